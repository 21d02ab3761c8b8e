package io.jbpf.probe;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfKind;
import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.kernel.KernelBtf;
import io.jbpf.object.AttachType;
import io.jbpf.object.MapType;
import io.jbpf.object.ProgramType;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import java.util.OptionalInt;

/**
 * Finds out whether a kernel has an attach type, by a program of two instructions and a place that does not exist: a kernel
 * that knows the type complains of the place (EBADF), one that does not of everything (EINVAL). Nothing is
 * attached. Programs for functions of the kernel are loaded for one that is there for such tests.
 */
final class AttachTrial {
    private static final int NOWHERE = -1;

    /** {@code BPF_F_LINK}. */
    private static final int STRUCT_OPS_LINK = 1 << 13;

    private AttachTrial() {}

    static Support of(AttachType type) {
        return switch (type) {
            case CGROUP_INET_INGRESS, CGROUP_INET_EGRESS -> place(ProgramType.CGROUP_SKB, type);
            case CGROUP_INET_SOCK_CREATE, CGROUP_INET_SOCK_RELEASE, CGROUP_INET4_POST_BIND, CGROUP_INET6_POST_BIND ->
                place(ProgramType.CGROUP_SOCK, type);
            case CGROUP_SOCK_OPS -> place(ProgramType.SOCK_OPS, type);
            case CGROUP_DEVICE -> place(ProgramType.CGROUP_DEVICE, type);
            case CGROUP_SYSCTL -> place(ProgramType.CGROUP_SYSCTL, type);
            case CGROUP_GETSOCKOPT, CGROUP_SETSOCKOPT -> place(ProgramType.CGROUP_SOCKOPT, type);
            case CGROUP_INET4_BIND,
                    CGROUP_INET6_BIND,
                    CGROUP_INET4_CONNECT,
                    CGROUP_INET6_CONNECT,
                    CGROUP_UDP4_SENDMSG,
                    CGROUP_UDP6_SENDMSG,
                    CGROUP_UDP4_RECVMSG,
                    CGROUP_UDP6_RECVMSG,
                    CGROUP_INET4_GETPEERNAME,
                    CGROUP_INET6_GETPEERNAME,
                    CGROUP_INET4_GETSOCKNAME,
                    CGROUP_INET6_GETSOCKNAME,
                    CGROUP_UNIX_CONNECT,
                    CGROUP_UNIX_SENDMSG,
                    CGROUP_UNIX_RECVMSG,
                    CGROUP_UNIX_GETPEERNAME,
                    CGROUP_UNIX_GETSOCKNAME -> place(ProgramType.CGROUP_SOCK_ADDR, type);
            case SK_SKB_STREAM_PARSER, SK_SKB_STREAM_VERDICT, SK_SKB_VERDICT -> place(ProgramType.SK_SKB, type);
            case SK_MSG_VERDICT -> place(ProgramType.SK_MSG, type);
            case LIRC_MODE2 -> place(ProgramType.LIRC_MODE2, type);
            // bpf(BPF_PROG_ATTACH) takes these at the network namespace of the caller: they are not tried so.
            case FLOW_DISSECTOR -> KernelProbes.programType(ProgramType.FLOW_DISSECTOR);
            case SK_LOOKUP -> KernelProbes.programType(ProgramType.SK_LOOKUP);
            case SK_REUSEPORT_SELECT, SK_REUSEPORT_SELECT_OR_MIGRATE -> reuseport(type);
            case XDP -> KernelProbes.link(LinkFeature.XDP);
            // What a program was loaded for is looked at when it is put into the map: a map that takes programs at all.
            case XDP_DEVMAP -> Trial.of(Trial.map(MapType.DEVMAP.number(), 4, 8, 1, 0));
            case XDP_CPUMAP -> Trial.of(Trial.map(MapType.CPUMAP.number(), 4, 8, 1, 0));
            case PERF_EVENT -> KernelProbes.link(LinkFeature.PERF_EVENT);
            case TRACE_KPROBE_MULTI -> KernelProbes.link(LinkFeature.KPROBE_MULTI);
            case TRACE_UPROBE_MULTI -> KernelProbes.link(LinkFeature.UPROBE_MULTI);
            case NETFILTER -> KernelProbes.link(LinkFeature.NETFILTER);
            case TCX_INGRESS, TCX_EGRESS -> KernelProbes.link(LinkFeature.TCX);
            case NETKIT_PRIMARY, NETKIT_PEER -> KernelProbes.link(LinkFeature.NETKIT);
            case TRACE_KPROBE_SESSION -> LinkFeature.create(ProgramType.KPROBE, type, LinkFeature.noFunction());
            case TRACE_UPROBE_SESSION -> LinkFeature.create(ProgramType.KPROBE, type, LinkFeature.noFile());
            // Links came with the flag of the maps they are for.
            case STRUCT_OPS -> KernelProbes.mapFlags(MapType.STRUCT_OPS, STRUCT_OPS_LINK);
            case TRACE_RAW_TP -> typed(ProgramType.TRACING, type, "btf_trace_sched_switch", BtfKind.TYPEDEF);
            case TRACE_FENTRY, TRACE_FEXIT, TRACE_FSESSION ->
                typed(ProgramType.TRACING, type, "bpf_fentry_test1", BtfKind.FUNC);
            case MODIFY_RETURN -> typed(ProgramType.TRACING, type, "bpf_modify_return_test", BtfKind.FUNC);
            case TRACE_ITER -> typed(ProgramType.TRACING, type, "bpf_iter_task", BtfKind.FUNC);
            case LSM_MAC -> typed(ProgramType.LSM, type, "bpf_lsm_file_open", BtfKind.FUNC);
            case LSM_CGROUP -> typed(ProgramType.LSM, type, "bpf_lsm_socket_bind", BtfKind.FUNC);
            case TRACE_FENTRY_MULTI, TRACE_FEXIT_MULTI, TRACE_FSESSION_MULTI ->
                Trial.of(Trial.load(ProgramType.TRACING, type.number(), "", Trial.RETURN_ZERO));
        };
    }

    /** Before Linux 5.14 nobody looks at the attach type of such programs, so any will do. */
    private static Support reuseport(AttachType type) {
        Support any =
                Trial.of(Trial.load(ProgramType.SK_REUSEPORT, AttachType.CGROUP_DEVICE.number(), "", Trial.RETURN_ONE));
        return any.isSupported()
                ? Support.no("programs of this type have no attach type")
                : Trial.of(Trial.load(ProgramType.SK_REUSEPORT, type.number(), "", Trial.RETURN_ONE));
    }

    /** By bpf(BPF_PROG_ATTACH), which kernels without links have as well. */
    private static Support place(ProgramType program, AttachType type) {
        int loaded = Trial.load(program, type.number(), "", Trial.RETURN_ONE);
        if (loaded < 0) {
            return Trial.of(loaded);
        }
        try (Fd owner = Bpf.host().own(loaded, "probe")) {
            int result = Bpf.host().links().programAttach(owner, NOWHERE, type.number(), 0, 0);
            return result == -Errno.EBADF.number() ? Support.YES : Trial.of(result);
        }
    }

    private static Support typed(ProgramType program, AttachType type, String target, BtfKind kind) {
        OptionalInt id;
        try {
            Btf kernel = KernelBtf.get();
            id = kernel.find(target, kind);
        } catch (BpfException e) {
            return Support.unknown("the kernel's types cannot be read: " + e.getMessage());
        }
        if (id.isEmpty()) {
            return Support.unknown("no " + target + " among the kernel's types to try it with");
        }
        return Trial.of(Trial.loadFor(program, type.number(), id.getAsInt(), Trial.RETURN_ZERO));
    }
}
