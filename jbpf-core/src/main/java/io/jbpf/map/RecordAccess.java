package io.jbpf.map;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads and writes the members of structs: what the handles of a {@link RecordCodec} are made of. */
final class RecordAccess {
    static final MethodHandle ADD = handle("add");
    static final MethodHandle READ_INTEGER = handle("readInteger");
    static final MethodHandle WRITE_INTEGER = handle("writeInteger");
    static final MethodHandle READ_BOOLEAN = handle("readBoolean");
    static final MethodHandle WRITE_BOOLEAN = handle("writeBoolean");
    static final MethodHandle READ_FLOAT = handle("readFloat");
    static final MethodHandle WRITE_FLOAT = handle("writeFloat");
    static final MethodHandle READ_DOUBLE = handle("readDouble");
    static final MethodHandle WRITE_DOUBLE = handle("writeDouble");
    static final MethodHandle READ_BYTES = handle("readBytes");
    static final MethodHandle WRITE_BYTES = handle("writeBytes");
    static final MethodHandle READ_TEXT = handle("readText");
    static final MethodHandle WRITE_TEXT = handle("writeText");
    static final MethodHandle READ_ENUM = handle("readEnum");
    static final MethodHandle WRITE_ENUM = handle("writeEnum");
    private static final MethodHandle READ_INTEGERS = handle("readIntegers");
    private static final MethodHandle WRITE_INTEGERS = handle("writeIntegers");
    private static final MethodHandle READ_ELEMENTS = handle("readElements");
    private static final MethodHandle WRITE_ELEMENTS = handle("writeElements");

    private RecordAccess() {}

    /** Each name is one method of this class. */
    private static MethodHandle handle(String name) {
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        for (var method : RecordAccess.class.getDeclaredMethods()) {
            if (method.getName().equals(name)) {
                try {
                    return lookup.unreflect(method);
                } catch (IllegalAccessException e) {
                    throw new ExceptionInInitializerError(e);
                }
            }
        }
        throw new ExceptionInInitializerError("no method " + name);
    }

    static int add(int base, int offset) {
        return base + offset;
    }

    static long readInteger(int width, boolean signed, ByteBuffer from, int at) {
        return switch (width) {
            case 1 -> signed ? from.get(at) : from.get(at) & 0xffL;
            case 2 -> signed ? from.getShort(at) : from.getShort(at) & 0xffffL;
            case 4 -> signed ? from.getInt(at) : from.getInt(at) & 0xffff_ffffL;
            default -> from.getLong(at);
        };
    }

    static void writeInteger(
            String name, int width, boolean signed, boolean checked, ByteBuffer to, int at, long value) {
        if (checked) {
            int bits = width * Byte.SIZE;
            long least = signed ? -(1L << (bits - 1)) : 0;
            long most = signed ? (1L << (bits - 1)) - 1 : (1L << bits) - 1;
            if (value < least || value > most) {
                throw new IllegalArgumentException("component '" + name + "': " + value + " does not fit into "
                        + (signed ? "a signed" : "an unsigned") + " integer of " + width + " bytes");
            }
        }
        switch (width) {
            case 1 -> to.put(at, (byte) value);
            case 2 -> to.putShort(at, (short) value);
            case 4 -> to.putInt(at, (int) value);
            default -> to.putLong(at, value);
        }
    }

    static boolean readBoolean(ByteBuffer from, int at) {
        return from.get(at) != 0;
    }

    static void writeBoolean(ByteBuffer to, int at, boolean value) {
        to.put(at, (byte) (value ? 1 : 0));
    }

    static float readFloat(ByteBuffer from, int at) {
        return from.getFloat(at);
    }

    static void writeFloat(ByteBuffer to, int at, float value) {
        to.putFloat(at, value);
    }

    static double readDouble(ByteBuffer from, int at) {
        return from.getDouble(at);
    }

    static void writeDouble(ByteBuffer to, int at, double value) {
        to.putDouble(at, value);
    }

    static byte[] readBytes(int width, ByteBuffer from, int at) {
        byte[] bytes = new byte[width];
        from.get(at, bytes);
        return bytes;
    }

    static void writeBytes(String name, int width, ByteBuffer to, int at, byte[] value) {
        requireLength(name, value.length, width);
        to.put(at, value);
    }

    static String readText(int width, ByteBuffer from, int at) {
        byte[] bytes = readBytes(width, from, at);
        int length = 0;
        while (length < width && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    static void writeText(String name, int width, ByteBuffer to, int at, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        if (bytes.length >= width) {
            throw new IllegalArgumentException("component '" + name + "': a text of " + bytes.length
                    + " bytes does not fit into char[" + width + "] with its NUL");
        }
        to.put(at, bytes);
    }

    /** A Java enum and the numbers of its constants. */
    record EnumTable(String name, int width, boolean signed, Map<Long, Object> constants, Map<Object, Long> values) {}

    static Object readEnum(EnumTable table, ByteBuffer from, int at) {
        long value = readInteger(table.width, table.signed, from, at);
        Object constant = table.constants.get(value);
        if (constant == null) {
            throw new IllegalStateException(
                    "component '" + table.name + "': no constant of the enum has the value " + value);
        }
        return constant;
    }

    static void writeEnum(EnumTable table, ByteBuffer to, int at, Object value) {
        @Nullable Long number = table.values.get(value);
        if (number == null) {
            throw new IllegalArgumentException("component '" + table.name + "': no value of " + value);
        }
        writeInteger(table.name, table.width, table.signed, false, to, at, number);
    }

    static RecordFitting.Handles integers(String name, Class<?> arrayType, int count) {
        return new RecordFitting.Handles(
                MethodHandles.insertArguments(READ_INTEGERS, 0, arrayType, count)
                        .asType(MethodType.methodType(arrayType, ByteBuffer.class, int.class)),
                MethodHandles.insertArguments(WRITE_INTEGERS, 0, name, count)
                        .asType(MethodType.methodType(void.class, ByteBuffer.class, int.class, arrayType)));
    }

    static Object readIntegers(Class<?> arrayType, int count, ByteBuffer from, int at) {
        ByteBuffer slice = from.slice(at, from.limit() - at).order(from.order());
        if (arrayType == short[].class) {
            short[] values = new short[count];
            slice.asShortBuffer().get(values);
            return values;
        }
        if (arrayType == int[].class) {
            int[] values = new int[count];
            slice.asIntBuffer().get(values);
            return values;
        }
        long[] values = new long[count];
        slice.asLongBuffer().get(values);
        return values;
    }

    static void writeIntegers(String name, int count, ByteBuffer to, int at, Object array) {
        ByteBuffer slice = to.slice(at, to.limit() - at).order(to.order());
        if (array instanceof short[] values) {
            requireLength(name, values.length, count);
            slice.asShortBuffer().put(values);
        } else if (array instanceof int[] values) {
            requireLength(name, values.length, count);
            slice.asIntBuffer().put(values);
        } else if (array instanceof long[] values) {
            requireLength(name, values.length, count);
            slice.asLongBuffer().put(values);
        }
    }

    static RecordFitting.Handles elements(
            String name, Class<?> element, RecordFitting.Handles one, int stride, int count) {
        Class<?> arrayType = element.arrayType();
        MethodHandle reader = one.reader().asType(MethodType.methodType(Object.class, ByteBuffer.class, int.class));
        MethodHandle writer =
                one.writer().asType(MethodType.methodType(void.class, ByteBuffer.class, int.class, Object.class));
        return new RecordFitting.Handles(
                MethodHandles.insertArguments(READ_ELEMENTS, 0, element, reader, stride, count)
                        .asType(MethodType.methodType(arrayType, ByteBuffer.class, int.class)),
                MethodHandles.insertArguments(WRITE_ELEMENTS, 0, name, writer, stride, count)
                        .asType(MethodType.methodType(void.class, ByteBuffer.class, int.class, arrayType)));
    }

    static Object readElements(Class<?> element, MethodHandle reader, int stride, int count, ByteBuffer from, int at)
            throws Throwable {
        Object[] values = (Object[]) Array.newInstance(element, count);
        for (int i = 0; i < count; i++) {
            values[i] = (Object) reader.invokeExact(from, at + i * stride);
        }
        return values;
    }

    static void writeElements(
            String name, MethodHandle writer, int stride, int count, ByteBuffer to, int at, Object[] values)
            throws Throwable {
        requireLength(name, values.length, count);
        for (int i = 0; i < count; i++) {
            writer.invokeExact(to, at + i * stride, values[i]);
        }
    }

    private static void requireLength(String name, int length, int wanted) {
        if (length != wanted) {
            throw new IllegalArgumentException(
                    "component '" + name + "' has " + length + " elements, the member " + wanted);
        }
    }
}
