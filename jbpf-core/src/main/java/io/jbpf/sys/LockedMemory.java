package io.jbpf.sys;

import io.jbpf.error.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * {@code RLIMIT_MEMLOCK}, to which kernels before 5.11 charge maps and programs: most processes may lock 64 KiB, and the
 * kernel says EPERM when that is spent. Later kernels charge the memory cgroup and need nothing of this.
 */
public final class LockedMemory {
    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final int SOCKET_FILTER = 1;
    private static final int KTIME_GET_COARSE_NS = 160;
    private static final Set<SystemCalls> TRIED = ConcurrentHashMap.newKeySet();

    private LockedMemory() {}

    /**
     * Lifts the limit of this process, once, if that may be what a call failed for.
     *
     * @param result what bpf(2) answered
     * @return whether to try again
     */
    public static boolean lift(SystemCalls calls, int result) {
        if (result != -Errno.EPERM.number() || isUnlimited() || chargesCgroup(calls) || !TRIED.add(calls)) {
            return false;
        }
        return calls.unlimitLockedMemory() >= 0;
    }

    /** {@return what to say of the limit behind EPERM; empty where it has no say} */
    public static String hint(SystemCalls calls) {
        return isUnlimited() || chargesCgroup(calls)
                ? ""
                : "; or RLIMIT_MEMLOCK (" + limit()
                        + " bytes, to which kernels before 5.11 charge maps and programs) is"
                        + " spent and could not be raised: run 'ulimit -l unlimited' or with CAP_SYS_RESOURCE";
    }

    /**
     * Whether maps are charged to the cgroup cannot be seen; a helper of the same version (bpf_ktime_get_coarse_ns) can.
     * A process that may not try it gets "no".
     */
    private static boolean chargesCgroup(SystemCalls calls) {
        NativeMemory code = NativeMemory.allocate(24);
        code.buffer()
                .put(0, (byte) 0x85)
                .putInt(4, KTIME_GET_COARSE_NS)
                .put(8, (byte) 0xb7)
                .put(16, (byte) 0x95);
        NativeMemory nothing = NativeMemory.allocate(0);
        int result = Bpf.with(calls)
                .programLoad(
                        new Bpf.ProgramDefinition(
                                "", SOCKET_FILTER, code, "GPL", 0, 0, 0, 0, nothing, 0, nothing, 0, 0, 0),
                        nothing,
                        0);
        if (result >= 0) {
            calls.close(result);
        }
        return result >= 0;
    }

    private static boolean isUnlimited() {
        return limit().equals("unlimited");
    }

    /** The soft limit: the fourth word of "Max locked memory       65536                65536                bytes". */
    private static String limit() {
        try {
            return Files.readAllLines(LIMITS).stream()
                    .filter(line -> line.startsWith("Max locked memory"))
                    .map(line -> line.split("\\s+", -1)[3])
                    .findFirst()
                    .orElse("unlimited");
        } catch (IOException e) {
            return "unlimited";
        }
    }
}
