package io.jbpf.link;

import io.jbpf.sys.Fd;

/**
 * What the kernel says of a link: {@code struct bpf_link_info}, linux/bpf.h. Linux 5.8.
 *
 * @param id the number it has until it is gone
 * @param typeNumber {@code enum bpf_link_type}
 * @param typeName its name as bpftool shows it: {@code raw_tracepoint}, {@code tcx}
 * @param programId the program that runs; 0 for a struct_ops, which has many
 * @param details what only this kind of link has
 */
public record LinkInfo(int id, int typeNumber, String typeName, int programId, Details details) {
    // enum bpf_link_type in order, with bpftool's names
    private static final String[] TYPES = {
        "unspec",
        "raw_tracepoint",
        "tracing",
        "cgroup",
        "iter",
        "netns",
        "xdp",
        "perf_event",
        "kprobe_multi",
        "struct_ops",
        "netfilter",
        "tcx",
        "uprobe_multi",
        "netkit",
        "sockmap"
    };

    /** What one kind of link has to say: a record beside the link's class, such as {@link XdpLink.Info}. */
    public sealed interface Details
            permits RawTracepointLink.Info,
                    TracingLink.Info,
                    CgroupLink.Info,
                    IteratorLink.Info,
                    XdpLink.Info,
                    TcxLink.Info,
                    PerfEventLink.Info,
                    KprobeMultiLink.Info,
                    UprobeMultiLink.Info,
                    NetnsLink.Info,
                    NetfilterLink.Info,
                    StructOpsLink.Info,
                    NetkitLink.Info,
                    SockmapLink.Info,
                    Unknown {
        /** {@return what the link hangs on, in words: {@code sys_enter}, {@code ifindex 7}; empty if that is not known} */
        String target();
    }

    /** The details of a kind that this version does not know. */
    public record Unknown() implements Details {
        @Override
        public String target() {
            return "";
        }
    }

    /** {@return what it hangs on, in words: {@code sys_enter}, {@code ifindex 7}; empty if that is not known} */
    public String target() {
        return details.target();
    }

    static LinkInfo read(Fd link) {
        RawLinkInfo raw = RawLinkInfo.read(link);
        int type = raw.type();
        return new LinkInfo(
                raw.id(), type, type < TYPES.length ? TYPES[type] : "type " + type, raw.programId(), details(raw));
    }

    private static Details details(RawLinkInfo raw) {
        return switch (raw.type()) {
            case RawTracepointLink.TYPE -> RawTracepointLink.Info.of(raw);
            case TracingLink.TYPE -> TracingLink.Info.of(raw);
            case CgroupLink.TYPE -> CgroupLink.Info.of(raw);
            case IteratorLink.TYPE -> IteratorLink.Info.of(raw);
            case XdpLink.TYPE -> XdpLink.Info.of(raw);
            case TcxLink.TYPE -> TcxLink.Info.of(raw);
            case PerfEventLink.TYPE -> PerfEventLink.Info.of(raw);
            case KprobeMultiLink.TYPE -> KprobeMultiLink.Info.of(raw);
            case UprobeMultiLink.TYPE -> UprobeMultiLink.Info.of(raw);
            case NetnsLink.TYPE -> NetnsLink.Info.of(raw);
            case NetfilterLink.TYPE -> NetfilterLink.Info.of(raw);
            case StructOpsLink.TYPE -> StructOpsLink.Info.of(raw);
            case NetkitLink.TYPE -> NetkitLink.Info.of(raw);
            case SockmapLink.TYPE -> SockmapLink.Info.of(raw);
            default -> new Unknown();
        };
    }
}
