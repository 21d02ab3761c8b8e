package io.jbpf.sys;

import io.jbpf.sys.StructLayout.Field;

/**
 * {@code union bpf_attr} of linux/bpf.h: one nested class per anonymous struct. The kernel accepts a shorter struct than
 * it knows, and a longer one if the part it does not know is zero, so each command hands over only the members it sets.
 */
final class BpfAttr {
    /** Larger than any member of the union, so that one piece of memory serves every command. */
    static final int SIZE = 256;

    private BpfAttr() {}

    /** BPF_MAP_CREATE. */
    static final class MapCreate {
        static final StructLayout LAYOUT = new StructLayout("bpf_attr: BPF_MAP_CREATE");
        static final Field MAP_TYPE = LAYOUT.u32("map_type");
        static final Field KEY_SIZE = LAYOUT.u32("key_size");
        static final Field VALUE_SIZE = LAYOUT.u32("value_size");
        static final Field MAX_ENTRIES = LAYOUT.u32("max_entries");
        static final Field MAP_FLAGS = LAYOUT.u32("map_flags");
        static final Field INNER_MAP_FD = LAYOUT.u32("inner_map_fd");
        static final Field NUMA_NODE = LAYOUT.u32("numa_node");
        static final Field MAP_NAME = LAYOUT.bytes("map_name", 16);
        static final Field MAP_IFINDEX = LAYOUT.u32("map_ifindex");
        static final Field BTF_FD = LAYOUT.u32("btf_fd");
        static final Field BTF_KEY_TYPE_ID = LAYOUT.u32("btf_key_type_id");
        static final Field BTF_VALUE_TYPE_ID = LAYOUT.u32("btf_value_type_id");
        static final Field BTF_VMLINUX_VALUE_TYPE_ID = LAYOUT.u32("btf_vmlinux_value_type_id");
        static final Field MAP_EXTRA = LAYOUT.u64("map_extra");
        static final Field VALUE_TYPE_BTF_OBJ_FD = LAYOUT.u32("value_type_btf_obj_fd");

        private MapCreate() {}
    }

    /** BPF_MAP_*_ELEM, BPF_MAP_GET_NEXT_KEY and BPF_MAP_FREEZE. */
    static final class MapElement {
        static final StructLayout LAYOUT = new StructLayout("bpf_attr: BPF_MAP_*_ELEM");
        static final Field MAP_FD = LAYOUT.u32("map_fd");
        static final Field KEY = LAYOUT.u64("key");
        /** A union with {@code next_key}. */
        static final Field VALUE = LAYOUT.u64("value");

        static final Field FLAGS = LAYOUT.u64("flags");

        private MapElement() {}
    }

    /** BPF_MAP_*_BATCH. */
    static final class MapBatch {
        static final StructLayout LAYOUT = new StructLayout("bpf_attr: BPF_MAP_*_BATCH");
        static final Field IN_BATCH = LAYOUT.u64("batch.in_batch");
        static final Field OUT_BATCH = LAYOUT.u64("batch.out_batch");
        static final Field KEYS = LAYOUT.u64("batch.keys");
        static final Field VALUES = LAYOUT.u64("batch.values");
        /** In: room for how many; out: how many there were. */
        static final Field COUNT = LAYOUT.u32("batch.count");

        static final Field MAP_FD = LAYOUT.u32("batch.map_fd");
        static final Field ELEM_FLAGS = LAYOUT.u64("batch.elem_flags");
        static final Field FLAGS = LAYOUT.u64("batch.flags");

        private MapBatch() {}
    }

    /** BPF_PROG_LOAD. */
    static final class ProgLoad {
        static final StructLayout LAYOUT = new StructLayout("bpf_attr: BPF_PROG_LOAD");
        static final Field PROG_TYPE = LAYOUT.u32("prog_type");
        static final Field INSN_CNT = LAYOUT.u32("insn_cnt");
        static final Field INSNS = LAYOUT.u64("insns");
        static final Field LICENSE = LAYOUT.u64("license");
        static final Field LOG_LEVEL = LAYOUT.u32("log_level");
        static final Field LOG_SIZE = LAYOUT.u32("log_size");
        static final Field LOG_BUF = LAYOUT.u64("log_buf");
        static final Field KERN_VERSION = LAYOUT.u32("kern_version");
        static final Field PROG_FLAGS = LAYOUT.u32("prog_flags");
        static final Field PROG_NAME = LAYOUT.bytes("prog_name", 16);
        static final Field PROG_IFINDEX = LAYOUT.u32("prog_ifindex");
        static final Field EXPECTED_ATTACH_TYPE = LAYOUT.u32("expected_attach_type");
        static final Field PROG_BTF_FD = LAYOUT.u32("prog_btf_fd");
        static final Field FUNC_INFO_REC_SIZE = LAYOUT.u32("func_info_rec_size");
        static final Field FUNC_INFO = LAYOUT.u64("func_info");
        static final Field FUNC_INFO_CNT = LAYOUT.u32("func_info_cnt");
        static final Field LINE_INFO_REC_SIZE = LAYOUT.u32("line_info_rec_size");
        static final Field LINE_INFO = LAYOUT.u64("line_info");
        static final Field LINE_INFO_CNT = LAYOUT.u32("line_info_cnt");
        static final Field ATTACH_BTF_ID = LAYOUT.u32("attach_btf_id");
        /** A union with {@code attach_btf_obj_fd}. */
        static final Field ATTACH_PROG_FD = LAYOUT.u32("attach_prog_fd");

        static final Field CORE_RELO_CNT = LAYOUT.u32("core_relo_cnt");
        static final Field FD_ARRAY = LAYOUT.u64("fd_array");
        static final Field CORE_RELOS = LAYOUT.u64("core_relos");
        static final Field CORE_RELO_REC_SIZE = LAYOUT.u32("core_relo_rec_size");
        /** Out: how much room the whole log takes (Linux 6.4). */
        static final Field LOG_TRUE_SIZE = LAYOUT.u32("log_true_size");

        private ProgLoad() {}
    }

    /** BPF_OBJ_PIN and BPF_OBJ_GET. */
    static final class Obj {
        static final StructLayout LAYOUT = new StructLayout("bpf_attr: BPF_OBJ_*");
        static final Field PATHNAME = LAYOUT.u64("pathname");
        static final Field BPF_FD = LAYOUT.u32("bpf_fd");
        static final Field FILE_FLAGS = LAYOUT.u32("file_flags");

        private Obj() {}
    }

    /** BPF_*_GET_NEXT_ID and BPF_*_GET_FD_BY_ID. */
    static final class ById {
        static final StructLayout LAYOUT = new StructLayout("bpf_attr: BPF_*_GET_*_ID");
        /** A union of {@code start_id}, {@code prog_id}, {@code map_id}, {@code btf_id} and {@code link_id}. */
        static final Field ID = LAYOUT.u32("id");

        static final Field NEXT_ID = LAYOUT.u32("next_id");
        static final Field OPEN_FLAGS = LAYOUT.u32("open_flags");

        private ById() {}
    }

    /** BPF_OBJ_GET_INFO_BY_FD. */
    static final class Info {
        static final StructLayout LAYOUT = new StructLayout("bpf_attr: BPF_OBJ_GET_INFO_BY_FD");
        static final Field BPF_FD = LAYOUT.u32("bpf_fd");
        static final Field INFO_LEN = LAYOUT.u32("info_len");
        static final Field INFO = LAYOUT.u64("info");

        private Info() {}
    }

    /** BPF_RAW_TRACEPOINT_OPEN. */
    static final class RawTracepoint {
        static final StructLayout LAYOUT = new StructLayout("bpf_attr: BPF_RAW_TRACEPOINT_OPEN");
        static final Field NAME = LAYOUT.u64("name");
        static final Field PROG_FD = LAYOUT.u32("prog_fd");
        static final Field COOKIE = LAYOUT.u64("cookie");

        private RawTracepoint() {}
    }

    /** BPF_BTF_LOAD. */
    static final class BtfLoad {
        static final StructLayout LAYOUT = new StructLayout("bpf_attr: BPF_BTF_LOAD");
        static final Field BTF = LAYOUT.u64("btf");
        static final Field BTF_LOG_BUF = LAYOUT.u64("btf_log_buf");
        static final Field BTF_SIZE = LAYOUT.u32("btf_size");
        static final Field BTF_LOG_SIZE = LAYOUT.u32("btf_log_size");
        static final Field BTF_LOG_LEVEL = LAYOUT.u32("btf_log_level");

        private BtfLoad() {}
    }

    /** BPF_LINK_CREATE up to its union, which {@link LinkParameters} fills. */
    static final class LinkCreate {
        static final StructLayout LAYOUT = new StructLayout("bpf_attr: BPF_LINK_CREATE");
        /** A union with {@code map_fd}. */
        static final Field PROG_FD = LAYOUT.u32("prog_fd");
        /** A union with {@code target_ifindex}. */
        static final Field TARGET_FD = LAYOUT.u32("target_fd");

        static final Field ATTACH_TYPE = LAYOUT.u32("attach_type");
        static final Field FLAGS = LAYOUT.u32("flags");

        private LinkCreate() {}
    }

    /** BPF_PROG_ATTACH and BPF_PROG_DETACH. */
    static final class ProgAttach {
        static final StructLayout LAYOUT = new StructLayout("bpf_attr: BPF_PROG_ATTACH");
        /** A union with {@code target_ifindex}. */
        static final Field TARGET_FD = LAYOUT.u32("target_fd");

        static final Field ATTACH_BPF_FD = LAYOUT.u32("attach_bpf_fd");
        static final Field ATTACH_TYPE = LAYOUT.u32("attach_type");
        static final Field ATTACH_FLAGS = LAYOUT.u32("attach_flags");
        static final Field REPLACE_BPF_FD = LAYOUT.u32("replace_bpf_fd");

        private ProgAttach() {}
    }

    /** BPF_PROG_QUERY. */
    static final class Query {
        static final StructLayout LAYOUT = new StructLayout("bpf_attr: BPF_PROG_QUERY");
        /** A union with {@code target_ifindex}. */
        static final Field TARGET_FD = LAYOUT.u32("target_fd");

        static final Field ATTACH_TYPE = LAYOUT.u32("attach_type");
        static final Field QUERY_FLAGS = LAYOUT.u32("query_flags");
        /** Out. */
        static final Field ATTACH_FLAGS = LAYOUT.u32("attach_flags");

        static final Field PROG_IDS = LAYOUT.u64("prog_ids");
        /** In and out. */
        static final Field COUNT = LAYOUT.u32("count");

        static final Field PADDING = LAYOUT.u32("padding");
        static final Field PROG_ATTACH_FLAGS = LAYOUT.u64("prog_attach_flags");
        static final Field LINK_IDS = LAYOUT.u64("link_ids");
        static final Field LINK_ATTACH_FLAGS = LAYOUT.u64("link_attach_flags");
        /** Out. */
        static final Field REVISION = LAYOUT.u64("revision");

        private Query() {}
    }

    /** BPF_ITER_CREATE. */
    static final class IterCreate {
        static final StructLayout LAYOUT = new StructLayout("bpf_attr: BPF_ITER_CREATE");
        static final Field LINK_FD = LAYOUT.u32("link_fd");
        static final Field FLAGS = LAYOUT.u32("flags");

        private IterCreate() {}
    }

    /** BPF_LINK_UPDATE. */
    static final class LinkUpdate {
        static final StructLayout LAYOUT = new StructLayout("bpf_attr: BPF_LINK_UPDATE");
        static final Field LINK_FD = LAYOUT.u32("link_fd");
        static final Field NEW_PROG_FD = LAYOUT.u32("new_prog_fd");
        static final Field FLAGS = LAYOUT.u32("flags");
        static final Field OLD_PROG_FD = LAYOUT.u32("old_prog_fd");

        private LinkUpdate() {}
    }

    /** BPF_LINK_DETACH. */
    static final class LinkDetach {
        static final StructLayout LAYOUT = new StructLayout("bpf_attr: BPF_LINK_DETACH");
        static final Field LINK_FD = LAYOUT.u32("link_fd");

        private LinkDetach() {}
    }

    /** BPF_PROG_BIND_MAP. */
    static final class ProgramBindMap {
        static final StructLayout LAYOUT = new StructLayout("bpf_attr: BPF_PROG_BIND_MAP");
        static final Field PROG_FD = LAYOUT.u32("prog_fd");
        static final Field MAP_FD = LAYOUT.u32("map_fd");
        /** None are known yet. */
        static final Field FLAGS = LAYOUT.u32("flags");

        private ProgramBindMap() {}
    }

    /** BPF_ENABLE_STATS. */
    static final class EnableStats {
        static final StructLayout LAYOUT = new StructLayout("bpf_attr: BPF_ENABLE_STATS");
        static final Field TYPE = LAYOUT.u32("enable_stats.type");

        private EnableStats() {}
    }

    /** BPF_PROG_TEST_RUN. */
    static final class TestRun {
        static final StructLayout LAYOUT = new StructLayout("bpf_attr: BPF_PROG_TEST_RUN");
        static final Field PROG_FD = LAYOUT.u32("prog_fd");
        static final Field RETVAL = LAYOUT.u32("retval");
        static final Field DATA_SIZE_IN = LAYOUT.u32("data_size_in");
        static final Field DATA_SIZE_OUT = LAYOUT.u32("data_size_out");
        static final Field DATA_IN = LAYOUT.u64("data_in");
        static final Field DATA_OUT = LAYOUT.u64("data_out");
        static final Field REPEAT = LAYOUT.u32("repeat");
        static final Field DURATION = LAYOUT.u32("duration");
        static final Field CTX_SIZE_IN = LAYOUT.u32("ctx_size_in");
        static final Field CTX_SIZE_OUT = LAYOUT.u32("ctx_size_out");
        static final Field CTX_IN = LAYOUT.u64("ctx_in");
        static final Field CTX_OUT = LAYOUT.u64("ctx_out");
        static final Field FLAGS = LAYOUT.u32("flags");
        static final Field CPU = LAYOUT.u32("cpu");
        static final Field BATCH_SIZE = LAYOUT.u32("batch_size");

        private TestRun() {}
    }
}
