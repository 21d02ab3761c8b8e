package io.jbpf.programs;

/** How the counter comes to see system calls; which it is depends on what the kernel can do, and is found by trying. */
enum SysEnterHook {
    /** By raw tracepoint: Linux 5.4. */
    RAW_TRACEPOINT,
    /** By BTF tracepoint, which follows tasks without helpers and so costs a call less: Linux 5.11. */
    BTF_TRACEPOINT,
    /**
     * By classic tracepoint, and by BTF tracepoint for those calls that a classic one's program is left out of: where programs
     * on raw and BTF tracepoints run preemptibly (Linux 7.2), these alone would miss calls.
     */
    CLASSIC_TRACEPOINT
}
