package io.jbpf.probe;

import io.jbpf.error.Errno;
import io.jbpf.object.AttachType;
import io.jbpf.object.ProgramType;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.LinkParameters;
import io.jbpf.sys.NativeMemory;

/**
 * The kinds of link, with the first Linux that makes them. A kind is tried with a program of two instructions and a place
 * that does not exist: a kernel that knows the kind complains of the place, one that does not of everything (EINVAL).
 * Nothing is attached.
 */
public enum LinkFeature {
    /** A program at a cgroup. */
    CGROUP("cgroup links", "5.7"),
    /** A program at a network namespace: flow dissectors, from 5.9 socket look-ups. */
    NETNS("network namespace links", "5.8"),
    /** A program in an interface's driver. */
    XDP("XDP links", "5.9"),
    /** A program at a perf event: kernel and user-space probes, tracepoints. */
    PERF_EVENT("perf event links", "5.15"),
    /** A program at many kernel functions. */
    KPROBE_MULTI("kprobe.multi links", "5.18"),
    /** A program at a netfilter hook. */
    NETFILTER("netfilter links", "6.4"),
    /** A program at an interface's traffic control hook. */
    TCX("TCX links", "6.6"),
    /** A program at many user-space functions. */
    UPROBE_MULTI("uprobe.multi links", "6.6"),
    /** A program at one side of a netkit pair. */
    NETKIT("netkit links", "6.7"),
    /** A program for the sockets of a map. */
    SOCKMAP("sockmap links", "6.10");

    private static final int NOWHERE = -1;
    /** An address in no process: the first page is never mapped. */
    private static final long BAD_ADDRESS = 1;

    private final String description;
    private final String kernelFloor;

    LinkFeature(String description, String kernelFloor) {
        this.description = description;
        this.kernelFloor = kernelFloor;
    }

    /** {@return what it is, in words} */
    public String description() {
        return description;
    }

    /** {@return the first upstream kernel that has it, such as {@code 5.7}} */
    public String kernelFloor() {
        return kernelFloor;
    }

    Support tryOut() {
        return switch (this) {
            case CGROUP -> create(ProgramType.CGROUP_SKB, AttachType.CGROUP_INET_EGRESS, LinkParameters.NONE);
            case NETNS -> create(ProgramType.FLOW_DISSECTOR, AttachType.FLOW_DISSECTOR, LinkParameters.NONE);
            // An interface that does not exist is EINVAL to it, too (net/core/dev.c); programs for socket look-ups came
            // with the same version.
            case XDP -> KernelProbes.programType(ProgramType.SK_LOOKUP);
            case PERF_EVENT -> create(ProgramType.TRACEPOINT, AttachType.PERF_EVENT, LinkParameters.NONE);
            case KPROBE_MULTI -> create(ProgramType.KPROBE, AttachType.TRACE_KPROBE_MULTI, noFunction());
            // Programs and links came together.
            case NETFILTER -> KernelProbes.programType(ProgramType.NETFILTER);
            case TCX -> create(ProgramType.SCHED_CLS, AttachType.TCX_INGRESS, LinkParameters.anchor(0, 0));
            case UPROBE_MULTI -> create(ProgramType.KPROBE, AttachType.TRACE_UPROBE_MULTI, noFile());
            case NETKIT -> create(ProgramType.SCHED_CLS, AttachType.NETKIT_PRIMARY, LinkParameters.anchor(0, 0));
            case SOCKMAP -> create(ProgramType.SK_MSG, AttachType.SK_MSG_VERDICT, LinkParameters.NONE);
        };
    }

    /** A function that no kernel has. */
    static LinkParameters noFunction() {
        return LinkParameters.kprobeMulti(BAD_ADDRESS);
    }

    /** A file that cannot have functions, being a directory: EBADF. */
    static LinkParameters noFile() {
        NativeMemory none = NativeMemory.allocate(0);
        return LinkParameters.uprobeMulti(
                NativeMemory.cString("/"), NativeMemory.allocate(Long.BYTES), none, none, 0, 0);
    }

    static Support create(ProgramType type, AttachType attachType, LinkParameters parameters) {
        int loaded = Trial.load(type, attachType.number(), "", Trial.RETURN_ZERO);
        if (loaded < 0) {
            return Trial.of(loaded);
        }
        try (Fd program = Bpf.host().own(loaded, "probe")) {
            int target = type == ProgramType.KPROBE ? 0 : NOWHERE;
            int result = Bpf.host().links().create(program, target, attachType.number(), 0, parameters);
            if (result >= 0) {
                return Trial.of(result);
            }
            Errno errno = new Errno(-result);
            boolean refused = errno.equals(Errno.EINVAL) || errno.equals(Errno.EOPNOTSUPP) || errno.equals(Errno.E2BIG);
            return refused || Trial.tellsNothing(errno) ? Trial.of(result) : Support.YES;
        }
    }
}
