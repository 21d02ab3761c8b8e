package io.jbpf.link;

import io.jbpf.error.Errno;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.map.BpfMap;
import io.jbpf.object.AttachType;
import io.jbpf.probe.LinkFeature;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;
import java.util.Optional;

/**
 * A program for the sockets of a sockmap or sockhash: it judges what they receive ({@code BPF_PROG_TYPE_SK_SKB}) or send
 * ({@code SK_MSG}), and may hand it to another socket of a map. Linux 6.10; before, {@link SockmapAttachment}. A map has
 * room for one of each kind. The link ends when nobody holds it; sockets that are in the map then keep the program until
 * they leave it.
 */
public final class SockmapLink extends KernelLink {
    /** {@code BPF_LINK_TYPE_SOCKMAP}. */
    static final int TYPE = 14;

    SockmapLink(Fd fd) {
        super(fd);
    }

    /**
     * Attaches a program. It is for sockets that are put into the map from now on: put them there afterwards. Needs
     * CAP_NET_ADMIN.
     *
     * @param program of type {@code SK_SKB} or {@code SK_MSG}
     * @param map of type {@code SOCKMAP} or {@code SOCKHASH}
     * @param attachType {@link AttachType#SK_SKB_STREAM_PARSER}, {@link AttachType#SK_SKB_STREAM_VERDICT}, {@link
     *     AttachType#SK_SKB_VERDICT} or {@link AttachType#SK_MSG_VERDICT}
     * @throws UnsupportedFeatureException if the kernel has no such links
     * @throws io.jbpf.error.SystemCallException EBUSY if a program of that kind is there already, or a verdict with a parser
     *     and one without would meet; or another refusal
     */
    public static SockmapLink attach(BpfProgram program, BpfMap map, AttachType attachType) {
        Bpf bpf = Bpf.with(program.fd().calls());
        String what = what(program, map, attachType);
        int target = map.fd().acquire();
        try {
            int result = bpf.links().create(program.fd(), target, attachType.number(), 0);
            if (result < 0) {
                throw Refusal.link(what, result, LinkFeature.SOCKMAP, hint(new Errno(-result)));
            }
            return new SockmapLink(bpf.own(result, what));
        } finally {
            map.fd().release();
        }
    }

    /** What is attached where, in words. */
    static String what(BpfProgram program, BpfMap map, AttachType attachType) {
        return "program '" + program.name() + "' to " + attachType + " of "
                + map.fd().what();
    }

    /** Advice for refusals at a map of sockets. */
    static String hint(Errno errno) {
        if (errno.equals(Errno.EBUSY)) {
            return "the map has a program of that kind already, or a verdict with a parser and one without would meet";
        }
        if (errno.equals(Errno.EINVAL)) {
            return "is the map a sockmap or sockhash, and the program of the type for the attach type?";
        }
        return errno.equals(Errno.EOPNOTSUPP) ? "the map, or the kernel, has no place for this attach type" : "";
    }

    /**
     * What the kernel says of such a link.
     *
     * @param mapId the map; 0 once the link is detached
     * @param attachType the hook, if this version knows it
     */
    public record Info(int mapId, Optional<AttachType> attachType) implements LinkInfo.Details {
        private static final StructLayout LAYOUT = new StructLayout("bpf_link_info.sockmap");
        private static final Field MAP_ID = LAYOUT.u32("map_id");
        private static final Field ATTACH_TYPE = LAYOUT.u32("attach_type");

        static Info of(RawLinkInfo info) {
            return new Info(info.getInt(MAP_ID), AttachType.of(info.getInt(ATTACH_TYPE)));
        }

        @Override
        public String target() {
            return mapId == 0 ? "" : "map " + mapId;
        }
    }
}
