package io.jbpf.program;

import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;

/** {@code struct bpf_prog_info}, linux/bpf.h: what the kernel writes, and where it is to write the lists. */
final class RawProgramInfo {
    private static final StructLayout LAYOUT = new StructLayout("bpf_prog_info");
    static final Field TYPE = LAYOUT.u32("type");
    static final Field ID = LAYOUT.u32("id");
    static final Field TAG = LAYOUT.bytes("tag", 8);
    static final Field JITED_PROG_LEN = LAYOUT.u32("jited_prog_len");
    static final Field XLATED_PROG_LEN = LAYOUT.u32("xlated_prog_len");
    static final Field JITED_PROG_INSNS = LAYOUT.u64("jited_prog_insns");
    static final Field XLATED_PROG_INSNS = LAYOUT.u64("xlated_prog_insns");
    static final Field LOAD_TIME = LAYOUT.u64("load_time");
    static final Field CREATED_BY_UID = LAYOUT.u32("created_by_uid");
    static final Field NR_MAP_IDS = LAYOUT.u32("nr_map_ids");
    static final Field MAP_IDS = LAYOUT.u64("map_ids");
    static final Field NAME = LAYOUT.bytes("name", 16);
    static final Field IFINDEX = LAYOUT.u32("ifindex");
    /** A bit field of one bit, the lowest on little-endian machines. */
    static final Field GPL_COMPATIBLE = LAYOUT.u32("gpl_compatible");

    static final Field NETNS_DEV = LAYOUT.u64("netns_dev");
    static final Field NETNS_INO = LAYOUT.u64("netns_ino");
    static final Field NR_JITED_KSYMS = LAYOUT.u32("nr_jited_ksyms");
    static final Field NR_JITED_FUNC_LENS = LAYOUT.u32("nr_jited_func_lens");
    static final Field JITED_KSYMS = LAYOUT.u64("jited_ksyms");
    static final Field JITED_FUNC_LENS = LAYOUT.u64("jited_func_lens");
    static final Field BTF_ID = LAYOUT.u32("btf_id");
    static final Field FUNC_INFO_REC_SIZE = LAYOUT.u32("func_info_rec_size");
    static final Field FUNC_INFO = LAYOUT.u64("func_info");
    static final Field NR_FUNC_INFO = LAYOUT.u32("nr_func_info");
    static final Field NR_LINE_INFO = LAYOUT.u32("nr_line_info");
    static final Field LINE_INFO = LAYOUT.u64("line_info");
    static final Field JITED_LINE_INFO = LAYOUT.u64("jited_line_info");
    static final Field NR_JITED_LINE_INFO = LAYOUT.u32("nr_jited_line_info");
    static final Field LINE_INFO_REC_SIZE = LAYOUT.u32("line_info_rec_size");
    static final Field JITED_LINE_INFO_REC_SIZE = LAYOUT.u32("jited_line_info_rec_size");
    static final Field NR_PROG_TAGS = LAYOUT.u32("nr_prog_tags");
    static final Field PROG_TAGS = LAYOUT.u64("prog_tags");
    static final Field RUN_TIME_NS = LAYOUT.u64("run_time_ns");
    static final Field RUN_CNT = LAYOUT.u64("run_cnt");
    static final Field RECURSION_MISSES = LAYOUT.u64("recursion_misses");
    static final Field VERIFIED_INSNS = LAYOUT.u32("verified_insns");
    static final Field ATTACH_BTF_OBJ_ID = LAYOUT.u32("attach_btf_obj_id");
    static final Field ATTACH_BTF_ID = LAYOUT.u32("attach_btf_id");

    private RawProgramInfo() {}

    /** {@return room for it, with nothing asked for but the numbers} */
    static NativeMemory allocate() {
        return NativeMemory.allocate(LAYOUT.size());
    }

    /** Has the kernel fill it, and copy the lists that it points to. */
    static NativeMemory ask(Fd program, NativeMemory info) {
        Bpf.with(program.calls()).info(program, info);
        return info;
    }
}
