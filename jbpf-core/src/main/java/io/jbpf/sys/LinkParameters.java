package io.jbpf.sys;

import io.jbpf.sys.StructLayout.Field;
import java.util.List;

/**
 * The part of BPF_LINK_CREATE that depends on what is attached where: a union of linux/bpf.h, one method a member. It
 * holds on to the memory that it refers to.
 */
public final class LinkParameters {
    /** Nothing. */
    public static final LinkParameters NONE = new LinkParameters(NativeMemory.allocate(0));

    private final NativeMemory union;

    @SuppressWarnings("UnusedVariable") // kept reachable
    private final List<NativeMemory> referred;

    private LinkParameters(NativeMemory union, NativeMemory... referred) {
        this.union = union;
        this.referred = List.of(referred);
    }

    /**
     * {@code tracing}, and the {@code target_btf_id} it overlays.
     *
     * @param targetBtfId the function in another program (Linux 5.10), 0 for what the program was loaded for
     * @param cookie Linux 5.19; 0 for none
     */
    public static LinkParameters tracing(int targetBtfId, long cookie) {
        return new LinkParameters(NativeMemory.allocate(Tracing.LAYOUT.size())
                .set(Tracing.TARGET_BTF_ID, targetBtfId)
                .set(Tracing.COOKIE, cookie));
    }

    /**
     * {@code iter_info} and {@code iter_info_len}.
     *
     * @param info a {@code union bpf_iter_link_info}
     */
    public static LinkParameters iterator(NativeMemory info) {
        return new LinkParameters(
                NativeMemory.allocate(Iterator.LAYOUT.size())
                        .set(Iterator.ITER_INFO, info.address())
                        .set(Iterator.ITER_INFO_LEN, info.size()),
                info);
    }

    /** {@code perf_event} (Linux 5.15). */
    public static LinkParameters perfEvent(long cookie) {
        return new LinkParameters(NativeMemory.allocate(PerfEvent.LAYOUT.size()).set(PerfEvent.BPF_COOKIE, cookie));
    }

    /**
     * {@code tcx}, {@code netkit} and {@code cgroup} (Linux 6.6, 6.7, 6.16).
     *
     * @param relative a descriptor or an id, as the flags say
     */
    public static LinkParameters anchor(int relative, long expectedRevision) {
        return new LinkParameters(NativeMemory.allocate(Anchor.LAYOUT.size())
                .set(Anchor.RELATIVE_FD, relative)
                .set(Anchor.EXPECTED_REVISION, expectedRevision));
    }

    /** {@code netfilter} (Linux 6.4). */
    public static LinkParameters netfilter(int protocolFamily, int hook, int priority, int flags) {
        return new LinkParameters(NativeMemory.allocate(Netfilter.LAYOUT.size())
                .set(Netfilter.PF, protocolFamily)
                .set(Netfilter.HOOKNUM, hook)
                .set(Netfilter.PRIORITY, priority)
                .set(Netfilter.FLAGS, flags));
    }

    /**
     * {@code kprobe_multi} (Linux 5.18).
     *
     * @param symbols {@code char *[]}, or no memory
     * @param names what the symbols point to
     * @param cookies {@code u64[]}, or no memory
     */
    public static LinkParameters kprobeMulti(
            int flags, int count, NativeMemory symbols, NativeMemory names, NativeMemory cookies) {
        return new LinkParameters(
                NativeMemory.allocate(KprobeMulti.LAYOUT.size())
                        .set(KprobeMulti.FLAGS, flags)
                        .set(KprobeMulti.CNT, count)
                        .set(KprobeMulti.SYMS, addressOrNull(symbols))
                        .set(KprobeMulti.COOKIES, addressOrNull(cookies)),
                symbols,
                names,
                cookies);
    }

    /**
     * {@code kprobe_multi} for one symbol.
     *
     * @param symbols the address of the symbols, which the caller keeps
     */
    public static LinkParameters kprobeMulti(long symbols) {
        return new LinkParameters(NativeMemory.allocate(KprobeMulti.LAYOUT.size())
                .set(KprobeMulti.CNT, 1)
                .set(KprobeMulti.SYMS, symbols));
    }

    /**
     * {@code uprobe_multi} (Linux 6.6).
     *
     * @param path a C string
     * @param offsets {@code unsigned long[]}
     * @param referenceCounters {@code unsigned long[]}, or no memory
     * @param cookies {@code u64[]}, or no memory
     * @param pid of the one process, 0 for all
     */
    public static LinkParameters uprobeMulti(
            NativeMemory path,
            NativeMemory offsets,
            NativeMemory referenceCounters,
            NativeMemory cookies,
            int flags,
            int pid) {
        return new LinkParameters(
                NativeMemory.allocate(UprobeMulti.LAYOUT.size())
                        .set(UprobeMulti.PATH, addressOrNull(path))
                        .set(UprobeMulti.OFFSETS, addressOrNull(offsets))
                        .set(UprobeMulti.REF_CTR_OFFSETS, addressOrNull(referenceCounters))
                        .set(UprobeMulti.COOKIES, addressOrNull(cookies))
                        .set(UprobeMulti.CNT, offsets.size() / Long.BYTES)
                        .set(UprobeMulti.FLAGS, flags)
                        .set(UprobeMulti.PID, pid),
                path,
                offsets,
                referenceCounters,
                cookies);
    }

    private static long addressOrNull(NativeMemory memory) {
        return memory.size() == 0 ? 0 : memory.address();
    }

    int size() {
        return union.size();
    }

    void copyTo(NativeMemory attr, int offset) {
        for (int i = 0; i < union.size(); i++) {
            attr.buffer().put(offset + i, union.buffer().get(i));
        }
    }

    private static final class Tracing {
        static final StructLayout LAYOUT = new StructLayout("tracing");
        static final Field TARGET_BTF_ID = LAYOUT.u32("target_btf_id");
        static final Field COOKIE = LAYOUT.u64("cookie");

        private Tracing() {}
    }

    private static final class Iterator {
        static final StructLayout LAYOUT = new StructLayout("iter");
        static final Field ITER_INFO = LAYOUT.u64("iter_info");
        static final Field ITER_INFO_LEN = LAYOUT.u32("iter_info_len");

        private Iterator() {}
    }

    private static final class PerfEvent {
        static final StructLayout LAYOUT = new StructLayout("perf_event");
        static final Field BPF_COOKIE = LAYOUT.u64("bpf_cookie");

        private PerfEvent() {}
    }

    private static final class Anchor {
        static final StructLayout LAYOUT = new StructLayout("tcx");
        /** A union with {@code relative_id}. */
        static final Field RELATIVE_FD = LAYOUT.u32("relative_fd");

        static final Field EXPECTED_REVISION = LAYOUT.u64("expected_revision");

        private Anchor() {}
    }

    private static final class Netfilter {
        static final StructLayout LAYOUT = new StructLayout("netfilter");
        static final Field PF = LAYOUT.u32("pf");
        static final Field HOOKNUM = LAYOUT.u32("hooknum");
        static final Field PRIORITY = LAYOUT.u32("priority");
        static final Field FLAGS = LAYOUT.u32("flags");

        private Netfilter() {}
    }

    private static final class KprobeMulti {
        static final StructLayout LAYOUT = new StructLayout("kprobe_multi");
        static final Field FLAGS = LAYOUT.u32("flags");
        static final Field CNT = LAYOUT.u32("cnt");
        static final Field SYMS = LAYOUT.u64("syms");

        static {
            LAYOUT.u64("addrs");
        }

        static final Field COOKIES = LAYOUT.u64("cookies");

        private KprobeMulti() {}
    }

    private static final class UprobeMulti {
        static final StructLayout LAYOUT = new StructLayout("uprobe_multi");
        static final Field PATH = LAYOUT.u64("path");
        static final Field OFFSETS = LAYOUT.u64("offsets");
        static final Field REF_CTR_OFFSETS = LAYOUT.u64("ref_ctr_offsets");
        static final Field COOKIES = LAYOUT.u64("cookies");
        static final Field CNT = LAYOUT.u32("cnt");
        static final Field FLAGS = LAYOUT.u32("flags");
        static final Field PID = LAYOUT.u32("pid");

        private UprobeMulti() {}
    }
}
