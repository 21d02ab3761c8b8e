package io.jbpf.link;

import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;

/**
 * What the kernel says of a link: the head of {@code struct bpf_link_info}, linux/bpf.h, and a word on what it hangs on.
 * Linux 5.8.
 *
 * @param id the number it has until it is gone
 * @param typeNumber {@code enum bpf_link_type}
 * @param typeName its name as bpftool shows it: {@code raw_tracepoint}, {@code tcx}
 * @param programId the program that runs
 * @param target what it hangs on, as far as this version can tell: {@code sys_enter}, {@code ifindex 7}; else empty
 */
public record LinkInfo(int id, int typeNumber, String typeName, int programId, String target) {
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
    private static final int RAW_TRACEPOINT = 1;
    private static final int XDP = 6;
    private static final int TCX = 11;

    private static final StructLayout LAYOUT = new StructLayout("bpf_link_info");
    private static final Field TYPE = LAYOUT.u32("type");
    private static final Field ID = LAYOUT.u32("id");
    private static final Field PROG_ID = LAYOUT.u32("prog_id");
    /** {@code raw_tracepoint.tp_name}: where the kernel is to copy the name. */
    private static final Field TP_NAME = LAYOUT.u64("raw_tracepoint.tp_name");

    private static final Field TP_NAME_LEN = LAYOUT.u32("raw_tracepoint.tp_name_len");
    /** {@code tcx.ifindex} and {@code xdp.ifindex} begin the same union. */
    private static final Field IFINDEX = new Field("tcx.ifindex", TP_NAME.offset(), Integer.BYTES);

    static LinkInfo read(Fd link) {
        Bpf bpf = Bpf.with(link.calls());
        NativeMemory info = NativeMemory.allocate(LAYOUT.size());
        bpf.info(link, info);
        int type = info.getInt(TYPE);
        return new LinkInfo(
                info.getInt(ID),
                type,
                type < TYPES.length ? TYPES[type] : "type " + type,
                info.getInt(PROG_ID),
                target(bpf, link, type, info));
    }

    private static String target(Bpf bpf, Fd link, int type, NativeMemory info) {
        return switch (type) {
            case RAW_TRACEPOINT -> tracepoint(bpf, link);
            case XDP, TCX -> "ifindex " + info.getInt(IFINDEX);
            default -> "";
        };
    }

    private static String tracepoint(Bpf bpf, Fd link) {
        NativeMemory name = NativeMemory.allocate(128);
        NativeMemory info = NativeMemory.allocate(LAYOUT.size())
                .set(TP_NAME, name.address())
                .set(TP_NAME_LEN, name.size());
        bpf.info(link, info);
        return name.cString(0, name.size());
    }
}
