package io.jbpf.sys;

import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.PageManager;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Memory shared with the kernel. It is unmapped when nobody can reach it or one of its buffers any more, never before: a
 * read of unmapped memory would end the whole process.
 */
public final class MappedMemory {
    /** The size of a page, by which the kernel maps: 4096 on x86_64, up to 65,536 on aarch64. */
    public static final int PAGE_SIZE = (int) PageManager.getInstance().pageSize();

    private static final Cleaner CLEANER = Cleaner.create();
    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int MAP_SHARED = 1;
    private static final int MAP_FIXED_NOREPLACE = 0x100000;
    private static final int LAST_ERRNO = 4095;

    private final Mapping mapping;
    private final long length;
    private final boolean writable;

    private MappedMemory(Mapping mapping, long length, boolean writable) {
        this.mapping = mapping;
        this.length = length;
        this.writable = writable;
        mapping.holdFor(this);
    }

    /** Pages of this process, given back when the last of their holders is gone. */
    private record Mapping(SystemCalls calls, long address, long pages, AtomicInteger holders) {
        void holdFor(Object holder) {
            holders.incrementAndGet();
            CLEANER.register(holder, this::release);
        }

        private void release() {
            if (holders.decrementAndGet() == 0) {
                calls.munmap(address, pages);
                Mappings.remove();
            }
        }
    }

    /**
     * Maps from the start of what a descriptor stands for.
     *
     * @param calls the kernel
     * @param fd the descriptor, which may be closed afterwards
     * @param address where to; 0 lets the kernel choose
     * @param length how many bytes
     * @param writable whether to write, too
     * @param what what it is, for the message
     * @return the memory
     */
    public static MappedMemory of(SystemCalls calls, int fd, long address, long length, boolean writable, String what) {
        long pages = (length + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
        int flags = MAP_SHARED | (address == 0 ? 0 : MAP_FIXED_NOREPLACE);
        Mappings.add();
        long at = calls.mmap(address, pages, PROT_READ | (writable ? PROT_WRITE : 0), flags, fd, 0);
        if (at < 0 && at >= -LAST_ERRNO) {
            Mappings.remove();
            throw new SystemCallException("map " + what + " into memory", "mmap", new Errno((int) -at));
        }
        return new MappedMemory(new Mapping(calls, at, pages, new AtomicInteger()), length, writable);
    }

    /**
     * A part of it: a buffer has at most 2 GiB.
     *
     * @param offset where it starts
     * @param size how many bytes
     * @return the part, in native order; read-only unless the memory is mapped for writing
     * @throws IndexOutOfBoundsException if it reaches beyond the memory
     */
    public ByteBuffer part(long offset, int size) {
        Objects.checkFromIndexSize(offset, size, length);
        ByteBuffer memory;
        try {
            memory = MemoryIO.getInstance().newDirectByteBuffer(mapping.address + offset, size);
            // Views hold on to the buffer they are made from.
            mapping.holdFor(memory);
        } finally {
            Reference.reachabilityFence(this);
        }
        ByteBuffer view = writable ? memory.duplicate() : memory.asReadOnlyBuffer();
        return view.order(ByteOrder.nativeOrder());
    }

    /** {@return its first 2 GiB, or all there is} */
    public ByteBuffer start() {
        return part(0, (int) Math.min(length, Integer.MAX_VALUE));
    }
}
