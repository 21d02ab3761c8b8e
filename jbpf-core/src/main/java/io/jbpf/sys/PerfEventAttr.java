package io.jbpf.sys;

import io.jbpf.sys.StructLayout.Field;

/** {@code struct perf_event_attr}, linux/perf_event.h, up to {@code config2} (PERF_ATTR_SIZE_VER1, 72 bytes). */
public final class PerfEventAttr {
    /** The struct. */
    public static final StructLayout LAYOUT = new StructLayout("perf_event_attr");

    /** {@code PERF_TYPE_*}. */
    public static final Field TYPE = LAYOUT.u32("type");

    /** How much of the struct the caller knows. */
    private static final Field SIZE = LAYOUT.u32("size");

    /** Which event of that type. */
    public static final Field CONFIG = LAYOUT.u64("config");

    /** Every how many events one is sampled; a union with {@code sample_freq}. */
    public static final Field SAMPLE_PERIOD = LAYOUT.u64("sample_period");

    /** {@code PERF_SAMPLE_*}: what a sample is made of. */
    public static final Field SAMPLE_TYPE = LAYOUT.u64("sample_type");

    /** {@code PERF_FORMAT_*}. */
    public static final Field READ_FORMAT = LAYOUT.u64("read_format");

    /** The bit field from {@code disabled} on, which is bit 0. */
    public static final Field FLAGS = LAYOUT.u64("flags");

    /** {@code wakeup_events}, or with the flag {@code watermark} the bytes of {@code wakeup_watermark}. */
    public static final Field WAKEUP = LAYOUT.u32("wakeup_events");

    static {
        LAYOUT.u32("bp_type");
    }

    /** {@code config1}, a union with {@code kprobe_func} and {@code uprobe_path}. */
    public static final Field CONFIG1 = LAYOUT.u64("config1");

    /** {@code config2}, a union with {@code probe_offset}. */
    public static final Field CONFIG2 = LAYOUT.u64("config2");

    private PerfEventAttr() {}

    /** An attr for an event of a type; all else is zero. */
    public static NativeMemory of(int type, long config) {
        return NativeMemory.allocate(LAYOUT.size())
                .set(TYPE, type)
                .set(SIZE, LAYOUT.size())
                .set(CONFIG, config);
    }
}
