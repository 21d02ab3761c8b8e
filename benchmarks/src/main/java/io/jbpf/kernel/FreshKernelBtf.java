package io.jbpf.kernel;

import io.jbpf.btf.Btf;

/** The kernel's types in a process that has not read them, as often as one likes. In this package for what it may do. */
public final class FreshKernelBtf {
    private FreshKernelBtf() {}

    /** Makes the process as if nothing had asked for them. */
    public static void forget() {
        KernelBtf.forget();
    }

    /** Reads them from the kernel again. */
    public static Btf read() {
        forget();
        return KernelBtf.get();
    }
}
