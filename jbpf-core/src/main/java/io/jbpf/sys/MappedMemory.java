package io.jbpf.sys;

import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.PageManager;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Memory shared with the kernel. It is unmapped when nobody can reach the buffer any more, never before: a read of
 * unmapped memory would end the whole process.
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

    private MappedMemory() {}

    /**
     * Maps from the start of what a descriptor stands for.
     *
     * @param calls the kernel
     * @param fd the descriptor, which may be closed afterwards
     * @param address where to; 0 lets the kernel choose
     * @param length how many bytes; the buffer has as many, but at most 2 GiB
     * @param writable whether to write, too
     * @param what what it is, for the message
     * @return the memory, in native order; read-only unless {@code writable}
     */
    public static ByteBuffer map(SystemCalls calls, int fd, long address, long length, boolean writable, String what) {
        int size = (int) Math.min(length, Integer.MAX_VALUE);
        long pages = (length + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
        int flags = MAP_SHARED | (address == 0 ? 0 : MAP_FIXED_NOREPLACE);
        long at = calls.mmap(address, pages, PROT_READ | (writable ? PROT_WRITE : 0), flags, fd, 0);
        if (at < 0 && at >= -LAST_ERRNO) {
            throw new SystemCallException("map " + what + " into memory", "mmap", new Errno((int) -at));
        }
        ByteBuffer memory = MemoryIO.getInstance().newDirectByteBuffer(at, size).order(ByteOrder.nativeOrder());
        // Views hold on to the buffer they are made from.
        CLEANER.register(memory, () -> calls.munmap(at, pages));
        ByteBuffer view = writable ? memory.duplicate() : memory.asReadOnlyBuffer();
        return view.order(ByteOrder.nativeOrder());
    }
}
