package io.jbpf.sys;

import org.jspecify.annotations.Nullable;

/** Which system calls are the host's: those of libc, unless a test has put others before them. */
final class HostCalls {
    private static volatile @Nullable SystemCalls replacement;

    private HostCalls() {}

    static SystemCalls get() {
        SystemCalls replaced = replacement;
        return replaced == null ? LibcSystemCalls.Holder.INSTANCE : replaced;
    }

    /** Everything opened from now on goes through these calls, and is closed through them; null for libc's again. */
    static void replace(@Nullable SystemCalls calls) {
        replacement = calls;
    }
}
