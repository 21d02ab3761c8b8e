package io.jbpf.link;

import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.object.AttachType;
import io.jbpf.probe.LinkFeature;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.Privileges;
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;
import io.jbpf.sys.SystemCalls;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A program at a hook of a cgroup: it runs for what the processes in it and below it do, beside the programs of others
 * ({@code BPF_F_ALLOW_MULTI}), each of which can refuse. All {@code CGROUP_…} attach types and {@code LSM_CGROUP}, Linux
 * 5.7; before, {@link CgroupAttachment}. The link ends when the cgroup is removed.
 */
public final class CgroupLink extends KernelLink {
    /** {@code BPF_LINK_TYPE_CGROUP}. */
    static final int TYPE = 3;

    private static final int O_RDONLY = 0;

    CgroupLink(Fd fd) {
        super(fd);
    }

    /**
     * Attaches a program behind those that are there. Needs CAP_NET_ADMIN, and CAP_BPF or CAP_SYS_ADMIN for some hooks.
     *
     * @param program loaded for the attach type
     * @param cgroup a directory in a cgroup v2 hierarchy
     * @param attachType the hook
     * @throws UnsupportedFeatureException if the kernel has no cgroup links
     * @throws SystemCallException EPERM also if a program is there that tolerates no other, E2BIG if 64 are there
     */
    public static CgroupLink attach(BpfProgram program, Path cgroup, AttachType attachType) {
        return attach(program, cgroup, attachType, Anchor.LAST);
    }

    /**
     * Attaches a program at a place among those that are there. Linux 6.16 for other places than {@link Anchor#LAST}.
     *
     * @param program loaded for the attach type
     * @param cgroup a directory in a cgroup v2 hierarchy
     * @param attachType the hook
     * @param anchor where
     * @throws UnsupportedFeatureException if the kernel has no cgroup links, or no places among them
     * @throws SystemCallException ESTALE if the anchor's revision no longer holds, ENOENT if its neighbour is not there; and
     *     as {@link #attach(BpfProgram, Path, AttachType)}
     */
    public static CgroupLink attach(BpfProgram program, Path cgroup, AttachType attachType, Anchor anchor) {
        try (Fd directory = open(cgroup)) {
            Bpf bpf = Bpf.with(program.fd().calls());
            String what = "program '" + program.name() + "' to " + attachType + " of " + directory.what();
            int target = directory.acquire();
            try {
                int result = anchor.use(parameters ->
                        bpf.links().create(program.fd(), target, attachType.number(), anchor.flags(), parameters));
                if (result < 0) {
                    throw refused(what, result, anchor);
                }
                return new CgroupLink(bpf.own(result, what));
            } finally {
                directory.release();
            }
        }
    }

    private static BpfException refused(String what, int result, Anchor anchor) {
        BpfException refusal = Refusal.link(what, result, LinkFeature.CGROUP, hint(new Errno(-result)));
        boolean placeUnknown = anchor != Anchor.LAST
                && refusal instanceof SystemCallException call
                && call.errno().equals(Errno.EINVAL);
        return placeUnknown ? new UnsupportedFeatureException("places among cgroup links", "6.16", refusal) : refusal;
    }

    /** Advice for refusals at a cgroup's hook. */
    static String hint(Errno errno) {
        if (errno.equals(Errno.EPERM)) {
            return Privileges.NEEDED
                    + "; or a program is attached there, or above, that tolerates no other (no BPF_F_ALLOW_MULTI)";
        }
        if (errno.equals(Errno.EBADF)) {
            return "the directory is not one of cgroup v2";
        }
        return errno.equals(Errno.EINVAL) ? "was the program loaded for this attach type, or is it there already?" : "";
    }

    /** Opens a cgroup's directory. */
    static Fd open(Path cgroup) {
        SystemCalls calls = SystemCalls.host();
        int opened = calls.open(cgroup.toString(), O_RDONLY);
        if (opened < 0) {
            throw new SystemCallException("open cgroup " + cgroup, "open", new Errno(-opened));
        }
        return Fd.own(calls, opened, "cgroup " + cgroup);
    }

    /**
     * What the kernel says of such a link.
     *
     * @param cgroupId the cgroup: its directory's inode; 0 once it is gone or the link is detached
     * @param attachType the hook, if this version knows it
     */
    public record Info(long cgroupId, Optional<AttachType> attachType) implements LinkInfo.Details {
        private static final StructLayout LAYOUT = new StructLayout("bpf_link_info.cgroup");
        private static final Field CGROUP_ID = LAYOUT.u64("cgroup_id");
        private static final Field ATTACH_TYPE = LAYOUT.u32("attach_type");

        static Info of(RawLinkInfo info) {
            return new Info(info.get(CGROUP_ID), AttachType.of(info.getInt(ATTACH_TYPE)));
        }

        @Override
        public String target() {
            return cgroupId == 0 ? "" : "cgroup " + cgroupId;
        }
    }
}
