package io.jbpf.link;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.object.AttachType;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.Privileges;

/**
 * A program at an interface's traffic control hook, among others: each runs in turn until one answers something other
 * than {@code TCX_NEXT} (-1). {@code BPF_PROG_TYPE_SCHED_CLS} loaded with {@code BPF_TCX_INGRESS} or
 * {@code BPF_TCX_EGRESS}, Linux 6.6. The link ends when the interface does.
 */
public final class TcxLink extends KernelLink {
    private TcxLink(Fd fd) {
        super(fd);
    }

    /**
     * Attaches a program behind those that are there. Needs CAP_NET_ADMIN, in the calling thread's network namespace.
     *
     * @param program of type {@code SCHED_CLS}, loaded for the attach type
     * @param interfaceIndex the interface, by its index in the calling thread's network namespace
     * @param direction {@link AttachType#TCX_INGRESS} or {@link AttachType#TCX_EGRESS}
     * @throws UnsupportedFeatureException if the kernel has no TCX
     * @throws SystemCallException ENODEV if there is no such interface, or another refusal
     */
    public static TcxLink attach(BpfProgram program, int interfaceIndex, AttachType direction) {
        if (direction != AttachType.TCX_INGRESS && direction != AttachType.TCX_EGRESS) {
            throw new IllegalArgumentException(direction + " is not a TCX hook");
        }
        Bpf bpf = Bpf.with(program.fd().calls());
        String what = "program '" + program.name() + "' to " + direction + " of interface " + interfaceIndex;
        int result = bpf.linkCreate(program.fd(), interfaceIndex, direction.number(), 0);
        if (result < 0) {
            throw refused(what, new Errno(-result));
        }
        return new TcxLink(bpf.own(result, what));
    }

    private static RuntimeException refused(String what, Errno errno) {
        String hint = "";
        if (errno.equals(Errno.EPERM)) {
            hint = Privileges.NEEDED;
        } else if (errno.equals(Errno.ENODEV)) {
            hint = "no interface of that index is in this network namespace";
        }
        SystemCallException refusal = new SystemCallException("attach " + what, "bpf(BPF_LINK_CREATE)", errno, hint);
        // A kernel that knows no TCX does not know its attach types either; one that does says EINVAL for a program
        // loaded without expected_attach_type.
        return errno.equals(Errno.EINVAL) ? new UnsupportedFeatureException("TCX links", "6.6", refusal) : refusal;
    }
}
