package io.jbpf.event;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import jnr.ffi.LibraryLoader;

/** Work on one CPU: on a thread of its own that is bound to it, sched_setaffinity(2). */
final class Pinned {
    private static final int MASK_BYTES = 128;
    private static final Libc LIBC = LibraryLoader.create(Libc.class).load("c");

    private Pinned() {}

    /** The function of libc. */
    public interface Libc {
        int sched_setaffinity(int pid, long size, ByteBuffer mask);
    }

    static <T> T on(int cpu, Callable<T> work) throws Exception {
        FutureTask<T> task = new FutureTask<>(() -> {
            ByteBuffer mask = ByteBuffer.allocateDirect(MASK_BYTES).order(ByteOrder.nativeOrder());
            mask.putLong(cpu / 64 * 8, 1L << (cpu % 64));
            if (LIBC.sched_setaffinity(0, MASK_BYTES, mask) != 0) {
                throw new AssertionError("no affinity to CPU " + cpu);
            }
            return work.call();
        });
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
        return task.get();
    }
}
