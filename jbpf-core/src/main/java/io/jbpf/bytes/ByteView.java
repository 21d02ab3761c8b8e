package io.jbpf.bytes;

import io.jbpf.error.MalformedObjectException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A read-only window on bytes that knows what it is a window on: a named part of a named file. Every read is checked,
 * and a read outside says which file, which part and where. Reads are absolute, so a view may be shared by threads.
 * Numbers are read in the view's byte order; offsets are longs because files hold 64-bit ones.
 */
public final class ByteView {
    private final String file;
    private final String part;
    private final ByteBuffer bytes;

    private ByteView(String file, String part, ByteBuffer bytes) {
        this.file = file;
        this.part = part;
        this.bytes = bytes;
    }

    /**
     * A view of a whole array, not copied: it must not change any more.
     *
     * @param file the name of the file, for errors
     * @param part the part of the file, for errors
     * @param bytes the bytes
     * @param order how numbers are stored
     * @return the view
     */
    public static ByteView of(String file, String part, byte[] bytes, ByteOrder order) {
        return new ByteView(file, part, ByteBuffer.wrap(bytes).order(order));
    }

    /**
     * A view of what a buffer has between position and limit, not copied: it must not change any more.
     *
     * @param file the name of the file, for errors
     * @param part the part of the file, for errors
     * @param bytes the bytes, heap or direct
     * @param order how numbers are stored
     * @return the view
     */
    public static ByteView of(String file, String part, ByteBuffer bytes, ByteOrder order) {
        return new ByteView(file, part, bytes.slice().order(order));
    }

    /**
     * The same bytes, read in another byte order.
     *
     * @param order how numbers are stored
     * @return the view
     */
    public ByteView order(ByteOrder order) {
        return new ByteView(file, part, bytes.duplicate().order(order));
    }

    /** {@return how numbers are stored} */
    public ByteOrder order() {
        return bytes.order();
    }

    /** {@return the name of the file this is a part of} */
    public String file() {
        return file;
    }

    /** {@return how many bytes there are} */
    public int size() {
        return bytes.limit();
    }

    /**
     * One byte, unsigned.
     *
     * @param offset from the start of this view
     * @return 0 to 255
     */
    public int u8(long offset) {
        return bytes.get(check(offset, 1)) & 0xff;
    }

    /**
     * Two bytes, unsigned.
     *
     * @param offset from the start of this view
     * @return 0 to 65,535
     */
    public int u16(long offset) {
        return bytes.getShort(check(offset, 2)) & 0xffff;
    }

    /**
     * Two bytes, signed.
     *
     * @param offset from the start of this view
     * @return the number
     */
    public short s16(long offset) {
        return bytes.getShort(check(offset, 2));
    }

    /**
     * Four bytes, signed.
     *
     * @param offset from the start of this view
     * @return the number
     */
    public int s32(long offset) {
        return bytes.getInt(check(offset, 4));
    }

    /**
     * Four bytes, unsigned.
     *
     * @param offset from the start of this view
     * @return 0 to 2<sup>32</sup> − 1
     */
    public long u32(long offset) {
        return bytes.getInt(check(offset, 4)) & 0xffff_ffffL;
    }

    /**
     * Eight bytes. An unsigned number above 2<sup>63</sup> comes out negative.
     *
     * @param offset from the start of this view
     * @return the number
     */
    public long s64(long offset) {
        return bytes.getLong(check(offset, 8));
    }

    /**
     * A smaller window, which counts its offsets from its own start.
     *
     * @param name the part's name, for errors
     * @param offset where it starts
     * @param length how long it is
     * @return the view
     */
    public ByteView slice(String name, long offset, long length) {
        int start = check(offset, length);
        return new ByteView(file, name, bytes.slice(start, (int) length).order(bytes.order()));
    }

    /**
     * A copy of some of the bytes.
     *
     * @param offset where they start
     * @param length how many
     * @return a new array
     */
    public byte[] copy(long offset, long length) {
        int start = check(offset, length);
        byte[] copy = new byte[(int) length];
        bytes.get(start, copy);
        return copy;
    }

    /** {@return a copy of all the bytes} */
    public byte[] copy() {
        return copy(0, size());
    }

    /**
     * The text from an offset to the next NUL byte.
     *
     * @param offset where it starts
     * @return the text, read as UTF-8
     */
    public String text(long offset) {
        int start = check(offset, 1);
        int end = start;
        while (bytes.get(end) != 0) {
            if (++end == bytes.limit()) {
                throw malformed(offset, "a string runs past the end");
            }
        }
        byte[] copy = new byte[end - start];
        bytes.get(start, copy);
        return new String(copy, StandardCharsets.UTF_8);
    }

    /**
     * The error for something wrong here.
     *
     * @param offset where in this view
     * @param problem what is wrong, as a clause
     * @return the exception, to be thrown
     */
    public MalformedObjectException malformed(long offset, String problem) {
        return new MalformedObjectException(file, part, offset, problem);
    }

    private int check(long offset, long length) {
        if (offset < 0 || length < 0 || offset > bytes.limit() - length) {
            throw malformed(
                    offset,
                    "needs " + Long.toUnsignedString(length) + (length == 1 ? " byte" : " bytes") + ", but " + part
                            + " has " + bytes.limit() + " in all");
        }
        return (int) offset;
    }

    /** {@return file, part and size} */
    @Override
    public String toString() {
        return file + ": " + part + " (" + bytes.limit() + " bytes)";
    }
}
