package io.jbpf.link;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.object.AttachType;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.LinkCalls;
import io.jbpf.sys.NativeMemory;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Who is attached to a hook, in the order in which they run: {@code BPF_PROG_QUERY}.
 *
 * @param revision a number that changes with each that comes or goes, for {@link Anchor#ifStill} (TCX, Linux 6.6; netkit, 6.7; cgroups,
 *     6.16; else 0)
 * @param attachFlags of a cgroup: {@code BPF_F_ALLOW_MULTI} and its like, as the first there was attached with (else 0)
 * @param entries one after the other
 */
public record AttachedPrograms(long revision, int attachFlags, List<Entry> entries) {
    private static final int BPF_F_QUERY_EFFECTIVE = 1;

    /** BPF_MPROG_MAX is 64, as is BPF_CGROUP_MAX_PROGS. */
    private static final int USUAL_ROOM = 64;

    private static final int MOST_ROOM = 1 << 20;

    /**
     * One of them.
     *
     * @param programId the program
     * @param linkId the link that holds it; 0 if none does, or if the hook does not tell (cgroups)
     */
    public record Entry(int programId, int linkId) {}

    /**
     * The programs at an interface's TCX hook. Needs CAP_NET_ADMIN, in the calling thread's network namespace.
     *
     * @param interfaceIndex the interface
     * @param direction {@link AttachType#TCX_INGRESS} or {@link AttachType#TCX_EGRESS}
     * @throws UnsupportedFeatureException if the kernel has no TCX
     * @throws SystemCallException ENODEV if there is no such interface, or another refusal
     */
    public static AttachedPrograms ofTcx(int interfaceIndex, AttachType direction) {
        String where = direction + " of interface " + interfaceIndex;
        try {
            return query(where, interfaceIndex, direction, 0, true);
        } catch (SystemCallException e) {
            throw e.errno().equals(Errno.EINVAL) ? new UnsupportedFeatureException("TCX", "6.6", e) : e;
        }
    }

    /**
     * The programs at one side of a netkit pair. Needs CAP_NET_ADMIN, in the calling thread's network namespace.
     *
     * @param interfaceIndex the primary side
     * @param side {@link AttachType#NETKIT_PRIMARY} or {@link AttachType#NETKIT_PEER}
     * @throws UnsupportedFeatureException if the kernel has no netkit
     * @throws SystemCallException ENODEV if there is no such interface, ENXIO if it is no netkit, or another refusal
     */
    public static AttachedPrograms ofNetkit(int interfaceIndex, AttachType side) {
        String where = side + " of interface " + interfaceIndex;
        try {
            return query(where, interfaceIndex, side, 0, true);
        } catch (SystemCallException e) {
            throw e.errno().equals(Errno.EINVAL) ? new UnsupportedFeatureException("netkit", "6.7", e) : e;
        }
    }

    /**
     * The programs attached to a cgroup itself. Needs CAP_NET_ADMIN. Linux 4.15.
     *
     * @param cgroup its directory in a cgroup v2 hierarchy
     * @param attachType the hook
     * @throws SystemCallException if the kernel refuses
     */
    public static AttachedPrograms ofCgroup(Path cgroup, AttachType attachType) {
        return ofCgroup(cgroup, attachType, 0);
    }

    /**
     * The programs that run for a cgroup: those attached to it, and those of its ancestors that apply to it, in the order in
     * which they run. Needs CAP_NET_ADMIN. Linux 4.15.
     *
     * @param cgroup its directory in a cgroup v2 hierarchy
     * @param attachType the hook
     * @throws SystemCallException if the kernel refuses
     */
    public static AttachedPrograms effectiveFor(Path cgroup, AttachType attachType) {
        return ofCgroup(cgroup, attachType, BPF_F_QUERY_EFFECTIVE);
    }

    /**
     * The programs of a network namespace. Needs CAP_NET_ADMIN. Linux 4.20 for the flow dissector, 5.9 for socket lookup.
     *
     * @param namespace which
     * @param attachType {@link AttachType#FLOW_DISSECTOR} or {@link AttachType#SK_LOOKUP}
     * @throws SystemCallException if the kernel refuses, EINVAL if it cannot tell
     */
    public static AttachedPrograms ofNetwork(NetworkNamespace namespace, AttachType attachType) {
        int number = namespace.fd().acquire();
        try {
            return query(attachType + " of " + namespace, number, attachType, 0, false);
        } finally {
            namespace.fd().release();
        }
    }

    private static AttachedPrograms ofCgroup(Path cgroup, AttachType attachType, int flags) {
        try (Fd directory = CgroupLink.open(cgroup)) {
            int number = directory.acquire();
            try {
                return query(attachType + " of " + directory.what(), number, attachType, flags, false);
            } finally {
                directory.release();
            }
        }
    }

    private static AttachedPrograms query(String where, int target, AttachType hook, int flags, boolean links) {
        for (int room = USUAL_ROOM; ; room *= 4) {
            NativeMemory programs = NativeMemory.allocate(room * Integer.BYTES);
            NativeMemory ids = NativeMemory.allocate(links ? programs.size() : 0);
            // The kernel lists what is attached to LSM hooks only together with the flags of each
            // (kernel/bpf/cgroup.c).
            boolean flagged = hook == AttachType.LSM_CGROUP && flags == 0;
            NativeMemory each = NativeMemory.allocate(flagged ? programs.size() : 0);
            LinkCalls.QueryResult answer =
                    Bpf.host().links().programQuery(target, hook.number(), flags, programs, ids, each);
            if (answer.result() == -Errno.ENOSPC.number() && room < MOST_ROOM) {
                continue;
            }
            if (answer.result() < 0) {
                Errno errno = new Errno(-answer.result());
                throw new SystemCallException(
                        "list the programs at " + where,
                        "bpf(BPF_PROG_QUERY)",
                        errno,
                        errno.equals(Errno.EPERM) ? "run as root or with CAP_NET_ADMIN" : "");
            }
            return new AttachedPrograms(
                    answer.revision(),
                    answer.attachFlags(),
                    IntStream.range(0, Math.min(answer.count(), room))
                            .mapToObj(i -> new Entry(
                                    programs.buffer().getInt(i * Integer.BYTES),
                                    links ? ids.buffer().getInt(i * Integer.BYTES) : 0))
                            .toList());
        }
    }
}
