package io.jbpf.link;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.object.AttachType;
import io.jbpf.probe.LinkFeature;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;
import java.util.Optional;

/**
 * A program for a network namespace: it chooses the socket for incoming packets ({@code BPF_PROG_TYPE_SK_LOOKUP}, Linux
 * 5.9), or finds the flow of a packet ({@code FLOW_DISSECTOR}, 5.8). Of the first kind there may be many, of the second one.
 * The link ends when the namespace does.
 */
public final class NetnsLink extends KernelLink {
    /** {@code BPF_LINK_TYPE_NETNS}. */
    static final int TYPE = 5;

    NetnsLink(Fd fd) {
        super(fd);
    }

    /**
     * Attaches a program behind those that are there. Needs CAP_NET_ADMIN in the namespace, and CAP_BPF or CAP_SYS_ADMIN.
     *
     * @param program of type {@code SK_LOOKUP} or {@code FLOW_DISSECTOR}
     * @param namespace the network namespace
     * @param attachType {@link AttachType#SK_LOOKUP} or {@link AttachType#FLOW_DISSECTOR}
     * @throws UnsupportedFeatureException if the kernel has no such links
     * @throws SystemCallException EEXIST or E2BIG if there is no room for another one, or another refusal
     */
    public static NetnsLink attach(BpfProgram program, NetworkNamespace namespace, AttachType attachType) {
        Bpf bpf = Bpf.with(program.fd().calls());
        String what = "program '" + program.name() + "' to " + attachType + " of " + namespace;
        int target = namespace.fd().acquire();
        try {
            int result = bpf.links().create(program.fd(), target, attachType.number(), 0);
            if (result < 0) {
                throw Refusal.link(what, result, LinkFeature.NETNS, hint(new Errno(-result)));
            }
            return new NetnsLink(bpf.own(result, what));
        } finally {
            namespace.fd().release();
        }
    }

    private static String hint(Errno errno) {
        if (errno.equals(Errno.EEXIST) || errno.equals(Errno.E2BIG)) {
            return "there is no room beside those that are attached there";
        }
        return errno.equals(Errno.EINVAL) ? "was the program loaded for this attach type?" : "";
    }

    /**
     * What the kernel says of such a link.
     *
     * @param namespaceInode the namespace, as the number in {@code /proc/PID/ns/net}; 0 once it is gone or the link is
     *     detached
     * @param attachType the hook, if this version knows it
     */
    public record Info(long namespaceInode, Optional<AttachType> attachType) implements LinkInfo.Details {
        private static final StructLayout LAYOUT = new StructLayout("bpf_link_info.netns");
        private static final Field NETNS_INO = LAYOUT.u32("netns_ino");
        private static final Field ATTACH_TYPE = LAYOUT.u32("attach_type");

        static Info of(RawLinkInfo info) {
            return new Info(info.get(NETNS_INO), AttachType.of(info.getInt(ATTACH_TYPE)));
        }

        @Override
        public String target() {
            return "netns " + namespaceInode;
        }
    }
}
