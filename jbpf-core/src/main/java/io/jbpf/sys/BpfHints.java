package io.jbpf.sys;

import io.jbpf.error.Errno;

/** The likely cause behind an errno of bpf(2), by command: what a person should try first. */
public final class BpfHints {
    /** What the kernel makes for bpf(2) is charged to the caller's memory cgroup since Linux 5.11. */
    public static final String OUT_OF_MEMORY =
            "what the kernel makes for it is charged to this process's memory cgroup: raise its limit";

    private BpfHints() {}

    static String hint(BpfCommand command, Errno errno) {
        if (errno.equals(Errno.EPERM) || errno.equals(Errno.EACCES)) {
            return switch (command) {
                case BPF_OBJ_PIN, BPF_OBJ_GET -> "the directory or the pin belongs to another user";
                case BPF_PROG_GET_NEXT_ID,
                        BPF_MAP_GET_NEXT_ID,
                        BPF_LINK_GET_NEXT_ID,
                        BPF_PROG_GET_FD_BY_ID,
                        BPF_MAP_GET_FD_BY_ID,
                        BPF_LINK_GET_FD_BY_ID,
                        BPF_BTF_GET_NEXT_ID,
                        BPF_BTF_GET_FD_BY_ID -> "run as root or with CAP_SYS_ADMIN";
                default -> Privileges.NEEDED;
            };
        }
        if (errno.equals(Errno.ENOMEM)) {
            return OUT_OF_MEMORY;
        }
        return switch (command) {
            case BPF_OBJ_GET -> errno.equals(Errno.EINVAL) ? "what is pinned there is of another kind" : "";
            case BPF_RAW_TRACEPOINT_OPEN ->
                errno.equals(Errno.ENOENT) ? "no such tracepoint; see /sys/kernel/tracing/available_events" : "";
            default -> "";
        };
    }
}
