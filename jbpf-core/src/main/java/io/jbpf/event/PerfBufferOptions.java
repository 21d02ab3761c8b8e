package io.jbpf.event;

import io.jbpf.sys.MappedMemory;

/** How large a {@link PerfBuffer} is, and when it wakes its reader. Immutable; the {@code with…} methods make copies. */
public final class PerfBufferOptions {
    /** 256 KiB for each CPU, and every sample wakes. */
    public static final PerfBufferOptions DEFAULTS = new PerfBufferOptions(1 << 18, 1, 0);

    private static final int MAX_BYTES = 1 << 30;

    private final int bytesPerCpu;
    private final int wakeupEvents;
    private final int wakeupBytes;

    private PerfBufferOptions(int bytesPerCpu, int wakeupEvents, int wakeupBytes) {
        this.bytesPerCpu = bytesPerCpu;
        this.wakeupEvents = wakeupEvents;
        this.wakeupBytes = wakeupBytes;
    }

    /**
     * The room for each CPU, rounded up to a power of two of pages. It is locked memory: without CAP_IPC_LOCK a user has
     * {@code /proc/sys/kernel/perf_event_mlock_kb} of it for each CPU (516 KiB unless changed), a page of it for the
     * positions.
     *
     * @param bytes from 1 to 1 GiB
     * @throws IllegalArgumentException if it is less or more
     */
    public PerfBufferOptions withBytesPerCpu(int bytes) {
        if (bytes < 1 || bytes > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "a perf buffer has 1 to " + MAX_BYTES + " bytes for each CPU, not " + bytes);
        }
        return new PerfBufferOptions(bytes, wakeupEvents, wakeupBytes);
    }

    /**
     * Wakes the reader after so many samples on one CPU; fewer are seen when its wait ends.
     *
     * @param events at least 1
     * @throws IllegalArgumentException if it is less
     */
    public PerfBufferOptions withWakeupEvents(int events) {
        if (events < 1) {
            throw new IllegalArgumentException("a reader is woken after 1 sample or more, not " + events);
        }
        return new PerfBufferOptions(bytesPerCpu, events, 0);
    }

    /**
     * Wakes the reader when there are so many bytes on one CPU; fewer are seen when its wait ends.
     *
     * @param bytes at least 1; the kernel takes half the buffer if it is more than that
     * @throws IllegalArgumentException if it is less
     */
    public PerfBufferOptions withWakeupBytes(int bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("a reader is woken by 1 byte or more, not " + bytes);
        }
        return new PerfBufferOptions(bytesPerCpu, 0, bytes);
    }

    /** {@return the bytes for each CPU, a power of two of pages} */
    public int bytesPerCpu() {
        int size = MappedMemory.PAGE_SIZE;
        while (size < bytesPerCpu) {
            size *= 2;
        }
        return size;
    }

    /** {@return after how many samples the reader is woken; 0 if bytes count} */
    public int wakeupEvents() {
        return wakeupEvents;
    }

    /** {@return by how many bytes the reader is woken; 0 if samples count} */
    public int wakeupBytes() {
        return wakeupBytes;
    }
}
