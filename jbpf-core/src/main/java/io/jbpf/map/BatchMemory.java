package io.jbpf.map;

import io.jbpf.sys.NativeMemory;
import java.lang.ref.WeakReference;

/**
 * Memory for batches that a thread's last walk has left, for its next: getting fresh pages from the kernel costs as much as
 * reading some thousand elements. The garbage collector may have it whenever no walk does.
 */
final class BatchMemory {
    /** More than this is not kept. */
    private static final int LARGEST = 1 << 20;

    private static final WeakReference<NativeMemory> NONE = new WeakReference<>(NativeMemory.allocate(0));
    private static final ThreadLocal<WeakReference<NativeMemory>> SPARE = ThreadLocal.withInitial(() -> NONE);

    private BatchMemory() {}

    /** {@return memory of at least that many bytes, with anything in it; the caller's alone} */
    static NativeMemory take(int size) {
        NativeMemory spare = SPARE.get().get();
        if (spare == null || spare.size() < size) {
            return NativeMemory.allocate(size);
        }
        SPARE.set(NONE);
        return spare;
    }

    /** Gives back what a walk no longer writes to. */
    static void giveBack(NativeMemory memory) {
        if (memory.size() <= LARGEST) {
            SPARE.set(new WeakReference<>(memory));
        }
    }
}
