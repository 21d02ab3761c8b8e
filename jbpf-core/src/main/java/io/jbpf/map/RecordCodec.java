package io.jbpf.map;

import io.jbpf.btf.Btf;
import io.jbpf.error.BpfException;
import io.jbpf.error.RecordMismatchException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;

/**
 * A Java record as it lies in a map: components and members of a C struct are matched by name ({@code cgroupId} stands for
 * {@code cgroup_id}), and fitted once; then no call uses reflection.
 *
 * <pre>{@code
 * record Flow(int from, int to, short port) {}
 *
 * Codec<Flow> flows = RecordCodec.of(MethodHandles.lookup(), Flow.class, spec.btf().orElseThrow(), "flow");
 * }</pre>
 *
 * <table>
 * <caption>What stands for what</caption>
 * <tr><th>member</th><th>component</th></tr>
 * <tr><td>integer, pointer</td><td>{@code byte}, {@code short}, {@code int}, {@code long}, as wide or wider. A wider one is
 * extended as the member's sign says, and refused if it does not fit</td></tr>
 * <tr><td>{@code bool}</td><td>{@code boolean}</td></tr>
 * <tr><td>{@code float}, {@code double}</td><td>the same</td></tr>
 * <tr><td>{@code enum}</td><td>a Java enum with the same constants, or an integer</td></tr>
 * <tr><td>{@code char[N]}</td><td>{@code String}: UTF-8 up to the NUL, at most N - 1 bytes</td></tr>
 * <tr><td>array of integers</td><td>array of integers as wide</td></tr>
 * <tr><td>struct, array of structs</td><td>record, array of records</td></tr>
 * <tr><td>anything but a bit field</td><td>{@code byte[]} as large</td></tr>
 * </table>
 *
 * <p>Every member needs a component, except padding ({@code pad…}, {@code _…}), what belongs to the kernel ({@code struct
 * bpf_spin_lock} and its like) and members of a union, of which one is enough. Bytes without a component are zeroes.
 */
public final class RecordCodec {
    private RecordCodec() {}

    /**
     * The codec of a record for a struct in BTF.
     *
     * @param lookup the caller's, by which the record's constructor and accessors can be reached
     * @param type the record
     * @param btf the BTF of an object
     * @param struct the struct's name there
     * @throws RecordMismatchException if the record does not fit the struct, with every difference
     * @throws IllegalArgumentException if there is no such struct, or the record cannot be reached
     */
    public static <T extends Record> Codec<T> of(MethodHandles.Lookup lookup, Class<T> type, Btf btf, String struct) {
        return of(lookup, type, RecordLayout.of(btf, struct));
    }

    /**
     * The codec of a record for a layout.
     *
     * @param lookup the caller's, by which the record's constructor and accessors can be reached
     * @throws RecordMismatchException if the record does not fit the struct, with every difference
     * @throws IllegalArgumentException if the record cannot be reached
     */
    public static <T extends Record> Codec<T> of(MethodHandles.Lookup lookup, Class<T> type, RecordLayout layout) {
        RecordFitting.Handles handles = RecordFitting.fit(lookup, type, layout);
        MethodHandle reader = handles.reader().asType(MethodType.methodType(Object.class, ByteBuffer.class, int.class));
        MethodHandle writer =
                handles.writer().asType(MethodType.methodType(void.class, ByteBuffer.class, int.class, Object.class));
        int size = layout.size();
        return new Codec<>() {
            @Override
            public int size() {
                return size;
            }

            @Override
            public void encode(T value, ByteBuffer to) {
                try {
                    writer.invokeExact(to, to.position(), (Object) value);
                } catch (Throwable e) {
                    throw unchecked(e);
                }
            }

            @Override
            public T decode(ByteBuffer from) {
                try {
                    return type.cast((Object) reader.invokeExact(from, from.position()));
                } catch (Throwable e) {
                    throw unchecked(e);
                }
            }
        };
    }

    /** What a record's own constructor or accessor throws comes out as it is. */
    static RuntimeException unchecked(Throwable thrown) {
        if (thrown instanceof RuntimeException exception) {
            return exception;
        }
        if (thrown instanceof Error error) {
            throw error;
        }
        return new BpfException("cannot read or write a record: " + thrown, thrown);
    }
}
