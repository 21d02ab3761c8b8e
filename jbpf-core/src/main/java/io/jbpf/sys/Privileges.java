package io.jbpf.sys;

/** What a process must be allowed to do BPF work, in one sentence. */
public final class Privileges {
    /** Advice behind EPERM. */
    public static final String NEEDED =
            "run as root, or with CAP_BPF and CAP_PERFMON (and CAP_NET_ADMIN for network programs; before Linux 5.8:"
                    + " CAP_SYS_ADMIN)";

    private Privileges() {}
}
