package io.jbpf.sys;

import io.jbpf.sys.StructLayout.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * Memory with an address the kernel can be told: a direct buffer in native byte order. It lives as long as this object
 * is reachable, so keep the object, not the address.
 */
public final class NativeMemory {
    private final ByteBuffer buffer;
    private final long address;

    private NativeMemory(ByteBuffer buffer) {
        this.buffer = buffer;
        this.address = addressOf(buffer);
    }

    /** {@return zeroed memory of that many bytes} */
    public static NativeMemory allocate(int size) {
        return new NativeMemory(ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder()));
    }

    /** {@return a copy of the bytes} */
    public static NativeMemory copyOf(byte[] bytes) {
        NativeMemory memory = allocate(bytes.length);
        memory.buffer.put(0, bytes);
        return memory;
    }

    /** {@return the text in UTF-8 with the NUL that ends a C string} */
    public static NativeMemory cString(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        NativeMemory memory = allocate(bytes.length + 1);
        memory.buffer.put(0, bytes);
        return memory;
    }

    /**
     * The address of a direct buffer's first byte (index 0, whatever its position).
     *
     * @throws IllegalArgumentException if the buffer is not direct
     */
    public static long addressOf(ByteBuffer buffer) {
        if (!buffer.isDirect()) {
            throw new IllegalArgumentException("a direct ByteBuffer is needed: the kernel writes where it lies");
        }
        return Pointer.wrap(Runtime.getSystemRuntime(), buffer.duplicate().clear())
                .address();
    }

    /** {@return the address of the first byte} */
    public long address() {
        return address;
    }

    /** {@return the bytes; one buffer, whose position and limit are the caller's to keep} */
    public ByteBuffer buffer() {
        return buffer;
    }

    /** {@return the size in bytes} */
    public int size() {
        return buffer.capacity();
    }

    /** Zeroes the first bytes. */
    public NativeMemory clear(int length) {
        int i = 0;
        for (; i + Long.BYTES <= length; i += Long.BYTES) {
            buffer.putLong(i, 0);
        }
        for (; i < length; i++) {
            buffer.put(i, (byte) 0);
        }
        return this;
    }

    /** Writes an integer member; what does not fit its width is cut off, as a C assignment does. */
    public NativeMemory set(Field field, long value) {
        switch (field.width()) {
            case 1 -> buffer.put(field.offset(), (byte) value);
            case 2 -> buffer.putShort(field.offset(), (short) value);
            case 4 -> buffer.putInt(field.offset(), (int) value);
            case 8 -> buffer.putLong(field.offset(), value);
            default -> throw new IllegalArgumentException(field.name() + " is not an integer");
        }
        return this;
    }

    /** Writes a {@code char[]} member, cut to leave room for the NUL. */
    public NativeMemory set(Field field, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        buffer.put(field.offset(), bytes, 0, Math.min(bytes.length, field.width() - 1));
        return this;
    }

    /** {@return an integer member, zero-extended} */
    public long get(Field field) {
        return switch (field.width()) {
            case 1 -> buffer.get(field.offset()) & 0xffL;
            case 2 -> buffer.getShort(field.offset()) & 0xffffL;
            case 4 -> buffer.getInt(field.offset()) & 0xffff_ffffL;
            case 8 -> buffer.getLong(field.offset());
            default -> throw new IllegalArgumentException(field.name() + " is not an integer");
        };
    }

    /** {@return an integer member of at most four bytes} */
    public int getInt(Field field) {
        return (int) get(field);
    }

    /** {@return a {@code char[]} member up to its NUL} */
    public String getString(Field field) {
        return cString(field.offset(), field.width());
    }

    /** {@return the text from an offset to its NUL, or for at most that many bytes} */
    public String cString(int offset, int maxLength) {
        int length = 0;
        while (length < maxLength && buffer.get(offset + length) != 0) {
            length++;
        }
        byte[] bytes = new byte[length];
        buffer.get(offset, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
