package io.jbpf.link;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.map.BpfMap;
import io.jbpf.object.AttachType;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.LinkParameters;
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;

/**
 * An implementation of a kernel interface, registered as long as the link lives: a struct_ops map of the section {@code
 * .struct_ops.link}. Linux 6.4. What is replaced in place is the map, with all its programs.
 */
public final class StructOpsLink extends KernelLink {
    /** {@code BPF_LINK_TYPE_STRUCT_OPS}. */
    static final int TYPE = 9;

    StructOpsLink(Fd fd) {
        super(fd);
    }

    /**
     * Registers an implementation. Needs CAP_BPF and what the interface asks for.
     *
     * @param map a struct_ops map with {@code BPF_F_LINK}, which holds its value already
     * @throws SystemCallException EEXIST if one of that name is registered, EINVAL if the map has no value or no
     *     {@code BPF_F_LINK}
     */
    public static StructOpsLink attach(BpfMap map) {
        Bpf bpf = Bpf.with(map.fd().calls());
        String what = map.fd().what();
        int result = bpf.links().create(map.fd(), 0, AttachType.STRUCT_OPS.number(), 0, LinkParameters.NONE);
        if (result < 0) {
            throw Refusal.call(what, Refusal.LINK_CREATE, result, hint(new Errno(-result)));
        }
        return new StructOpsLink(bpf.own(result, what));
    }

    private static String hint(Errno errno) {
        if (errno.equals(Errno.EEXIST)) {
            return "an implementation of that name is registered already";
        }
        return errno.equals(Errno.EINVAL)
                ? "the map must be of .struct_ops.link and hold its value (BpfObject.structOpsValue)"
                : "";
    }

    /**
     * Puts another implementation in this one's place, at once, if the interface can.
     *
     * @param map a struct_ops map for the same interface, which holds its value already
     * @throws UnsupportedFeatureException if the interface cannot
     * @throws SystemCallException if the kernel refuses otherwise
     */
    public void update(BpfMap map) {
        int result = Bpf.with(fd().calls()).links().replace(fd(), map.fd());
        if (result < 0) {
            SystemCallException refusal = new SystemCallException(
                    "put " + map.fd().what() + " into " + fd().what(), "bpf(BPF_LINK_UPDATE)", new Errno(-result));
            throw refusal.errno().equals(Errno.EOPNOTSUPP)
                    ? new UnsupportedFeatureException("replacing an implementation of this interface", "", refusal)
                    : refusal;
        }
    }

    /** Not for programs: see {@link #update(BpfMap)}. */
    @Override
    boolean replaceable() {
        return false;
    }

    /**
     * What the kernel says of such a link.
     *
     * @param mapId the struct_ops map; 0 once the link is detached
     */
    public record Info(int mapId) implements LinkInfo.Details {
        private static final StructLayout LAYOUT = new StructLayout("bpf_link_info.struct_ops");
        private static final Field MAP_ID = LAYOUT.u32("map_id");

        static Info of(RawLinkInfo info) {
            return new Info(info.getInt(MAP_ID));
        }

        @Override
        public String target() {
            return "map " + mapId;
        }
    }
}
