package io.jbpf.map;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * How a Java value lies in a map: its size and the two directions. Bytes are in native order, as a BPF program on the
 * same machine sees them; a codec for network order sets the order itself.
 *
 * @param <T> the Java type
 */
public interface Codec<T> {
    /** {@return how many bytes a value takes} */
    int size();

    /**
     * Writes a value.
     *
     * @param value what to write
     * @param to {@link #size()} bytes from its position, in native order and zeroed
     */
    void encode(T value, ByteBuffer to);

    /**
     * Reads a value.
     *
     * @param from {@link #size()} bytes from its position, in native order; not to be kept
     */
    T decode(ByteBuffer from);

    /** {@return a codec made of its three parts} */
    static <T> Codec<T> of(int size, BiConsumer<T, ByteBuffer> encode, Function<ByteBuffer, T> decode) {
        Objects.requireNonNull(encode);
        Objects.requireNonNull(decode);
        return new Codec<>() {
            @Override
            public int size() {
                return size;
            }

            @Override
            public void encode(T value, ByteBuffer to) {
                encode.accept(value, to);
            }

            @Override
            public T decode(ByteBuffer from) {
                return decode.apply(from);
            }
        };
    }

    /** {@return {@code __u32} or {@code __s32}, as a Java int} */
    static Codec<Integer> u32() {
        return of(Integer.BYTES, (value, to) -> to.putInt(value), ByteBuffer::getInt);
    }

    /** {@return {@code __u64} or {@code __s64}, as a Java long} */
    static Codec<Long> u64() {
        return of(Long.BYTES, (value, to) -> to.putLong(value), ByteBuffer::getLong);
    }

    /** {@return that many bytes as they are} */
    static Codec<byte[]> bytes(int size) {
        return of(size, (value, to) -> to.put(Arrays.copyOf(value, size)), from -> {
            byte[] value = new byte[size];
            from.get(value);
            return value;
        });
    }
}
