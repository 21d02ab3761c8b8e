package io.jbpf.map;

import io.jbpf.error.UnsupportedFeatureException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The longs of an array in memory that programs share ({@code BPF_F_MMAPABLE}, Linux 5.5): no system call, about a
 * nanosecond. Plain access sees the long whole; acquire and release order it with what lies around it, as programs do with
 * {@code smp_load_acquire}, {@code smp_store_release} or atomic instructions. The memory stays valid after the map is
 * closed.
 */
public final class MappedArray {
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private final ByteBuffer memory;
    private final int stride;
    private final int valueSize;
    private final int entries;

    private MappedArray(BpfMap map, boolean writable) {
        this.memory = map.memory(writable);
        this.valueSize = map.info().valueSize();
        this.stride = (valueSize + 7) & -8;
        this.entries = memory.capacity() / stride;
    }

    /**
     * Maps an array.
     *
     * @param writable whether to write, too; a frozen map cannot be written
     * @throws IllegalArgumentException if the map is no array
     * @throws UnsupportedFeatureException if the map was not made with {@code BPF_F_MMAPABLE}
     */
    public static MappedArray of(BpfMap map, boolean writable) {
        Views.requireType(map, "array", io.jbpf.object.MapType.ARRAY);
        return new MappedArray(map, writable);
    }

    /** {@return how many elements there are} */
    public int length() {
        return entries;
    }

    /** {@return the long an element begins with} */
    public long get(int element) {
        return memory.getLong(at(element, 0));
    }

    /** {@return the long at an offset in an element, read before whatever this thread reads later} */
    public long getAcquire(int element, int offset) {
        return (long) LONG.getAcquire(memory, at(element, offset));
    }

    /** Writes the long an element begins with. */
    public void set(int element, long value) {
        memory.putLong(at(element, 0), value);
    }

    /** Writes the long at an offset in an element, after whatever this thread wrote before. */
    public void setRelease(int element, int offset, long value) {
        LONG.setRelease(memory, at(element, offset), value);
    }

    /** Adds to the long at an offset in an element, atomically; answers what was there before. */
    public long getAndAdd(int element, int offset, long delta) {
        return (long) LONG.getAndAdd(memory, at(element, offset), delta);
    }

    /** Replaces the long at an offset in an element if it is as expected, atomically; answers whether it was. */
    public boolean compareAndSet(int element, int offset, long expected, long value) {
        return LONG.compareAndSet(memory, at(element, offset), expected, value);
    }

    private int at(int element, int offset) {
        if (element < 0 || element >= entries || offset < 0 || offset + Long.BYTES > valueSize) {
            throw new IndexOutOfBoundsException("no long at offset " + offset + " of element " + element
                    + ": there are " + entries + " of " + valueSize + " bytes");
        }
        return element * stride + offset;
    }
}
