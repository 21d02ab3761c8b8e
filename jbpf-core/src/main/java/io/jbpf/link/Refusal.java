package io.jbpf.link;

import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.probe.KernelProbes;
import io.jbpf.probe.LinkFeature;
import io.jbpf.sys.Privileges;

/** Why the kernel refused to attach: it is asked then, and not before, what it can do. */
final class Refusal {
    static final String LINK_CREATE = "bpf(BPF_LINK_CREATE)";

    private Refusal() {}

    /**
     * The exception for a refused link.
     *
     * @param what what was to be attached where, to follow "attach"
     * @param result the negative errno
     * @param kind what the kernel may not have
     * @param hint the way out if it has; may be empty
     */
    static BpfException link(String what, int result, LinkFeature kind, String hint) {
        SystemCallException refusal = call(what, LINK_CREATE, result, hint);
        boolean maybeUnknown = refusal.errno().equals(Errno.EINVAL)
                || refusal.errno().equals(Errno.EOPNOTSUPP)
                || refusal.errno().equals(Errno.E2BIG);
        return maybeUnknown && KernelProbes.link(kind).isUnsupported()
                ? new UnsupportedFeatureException(kind.description(), kind.kernelFloor(), refusal)
                : refusal;
    }

    /** The exception for a refused call, with advice on privileges if there is no better. */
    static SystemCallException call(String what, String call, int result, String hint) {
        Errno errno = new Errno(-result);
        boolean forbidden = errno.equals(Errno.EPERM) || errno.equals(Errno.EACCES);
        return new SystemCallException(
                "attach " + what, call, errno, hint.isEmpty() && forbidden ? Privileges.NEEDED : hint);
    }
}
