package io.jbpf.sys;

import com.kenai.jffi.MemoryIO;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Memory shared with the kernel that can be given back while views of it are still about. {@link #close} puts empty pages
 * of this process in its place, in one step (mmap(2), MAP_FIXED): the kernel's memory is free at once, and who reads a
 * view afterwards, or at that very moment in another thread, finds zeroes. The addresses themselves are free when nobody
 * can reach a view any more; unmapping them earlier would let such a read end the process.
 */
public final class MappedRegion implements AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();
    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int MAP_SHARED = 1;
    private static final int MAP_PRIVATE = 2;
    private static final int MAP_FIXED = 0x10;
    private static final int MAP_ANONYMOUS = 0x20;
    private static final int MAP_NORESERVE = 0x4000;
    private static final int LAST_ERRNO = 4095;

    private final SystemCalls calls;
    private final long address;
    private final int length;
    private final int protection;
    private final ByteBuffer memory;
    private final AtomicBoolean closed = new AtomicBoolean();

    private MappedRegion(SystemCalls calls, long address, int length, int protection) {
        this.calls = calls;
        this.address = address;
        this.length = length;
        this.protection = protection;
        this.memory =
                MemoryIO.getInstance().newDirectByteBuffer(address, length).order(ByteOrder.nativeOrder());
        // Views hold on to the buffer they are made from.
        CLEANER.register(memory, () -> {
            calls.munmap(address, length);
            Mappings.remove();
        });
    }

    /**
     * Maps a part of what a descriptor stands for.
     *
     * @param calls the kernel
     * @param fd the descriptor, which may be closed afterwards
     * @param offset from where, in bytes, whole pages
     * @param length how many bytes, whole pages
     * @param writable whether to write, too
     * @param what what it is, for the message
     * @throws SystemCallException if the kernel refuses
     */
    public static MappedRegion map(SystemCalls calls, int fd, long offset, int length, boolean writable, String what) {
        int protection = PROT_READ | (writable ? PROT_WRITE : 0);
        Mappings.add();
        long at = calls.mmap(0, length, protection, MAP_SHARED, fd, offset);
        if (at < 0 && at >= -LAST_ERRNO) {
            Mappings.remove();
            throw new SystemCallException("map " + what + " into memory", "mmap", new Errno((int) -at));
        }
        return new MappedRegion(calls, at, length, protection);
    }

    /** {@return the memory, in native order; to be read only, unless it was mapped for writing} */
    public ByteBuffer memory() {
        ByteBuffer view = (protection & PROT_WRITE) != 0 ? memory.duplicate() : memory.asReadOnlyBuffer();
        return view.order(ByteOrder.nativeOrder());
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
            // Where this fails, the kernel's pages stay until the views are gone: later than wanted, and as safe.
            long replaced = calls.mmap(address, length, protection, flags, -1, 0);
            assert replaced == address || replaced < 0;
        }
    }
}
