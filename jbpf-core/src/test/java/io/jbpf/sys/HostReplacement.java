package io.jbpf.sys;

/** Puts other system calls before the kernel's, for the whole process and as long as this is open. */
public final class HostReplacement implements AutoCloseable {
    private HostReplacement() {}

    /** From now on {@link SystemCalls#host} is these. What was opened through others is closed through those. */
    public static HostReplacement by(SystemCalls calls) {
        HostCalls.replace(calls);
        return new HostReplacement();
    }

    @Override
    public void close() {
        HostCalls.replace(null);
    }
}
