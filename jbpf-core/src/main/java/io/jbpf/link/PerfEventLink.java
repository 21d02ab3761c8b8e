package io.jbpf.link;

import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.object.AttachType;
import io.jbpf.probe.KernelProbes;
import io.jbpf.probe.LinkFeature;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.LinkParameters;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;
import io.jbpf.sys.SystemCalls;
import java.nio.file.Path;
import java.util.function.Function;

/**
 * A program at a perf event: what probes, tracepoints and samples have in common. From Linux 5.15 on it is a link of the
 * kernel's; before, the event holds the program, and it has neither pin, info nor cookie, each of which then says so.
 */
public abstract sealed class PerfEventLink extends KernelLink
        permits KprobeLink, UprobeLink, TracepointLink, SampleLink, FoundPerfEventLink {
    /** {@code BPF_LINK_TYPE_PERF_EVENT}. */
    static final int TYPE = 7;

    // linux/perf_event.h
    private static final int PERF_FLAG_FD_CLOEXEC = 8;
    private static final int PERF_EVENT_IOC_ENABLE = 0x2400;
    private static final int PERF_EVENT_IOC_SET_BPF = 0x4004_2408;

    private final boolean event;

    PerfEventLink(Attached attached) {
        super(attached.fd());
        this.event = attached.event();
    }

    /** What holds an attachment: a link, which holds the event in turn, or the event itself. */
    record Attached(Fd fd, boolean event) {}

    /**
     * Opens an event and attaches a program to it.
     *
     * @param attr a {@code struct perf_event_attr}
     * @param pid the process or thread; −1 for all
     * @param cpu the processor; −1 for all, if {@code pid} is one
     * @param what what is attached where, to follow "attach"
     * @param hint the advice if the event cannot be opened, by its errno
     */
    static Attached attach(
            BpfProgram program,
            NativeMemory attr,
            int pid,
            int cpu,
            long cookie,
            String what,
            Function<Errno, String> hint) {
        SystemCalls calls = program.fd().calls();
        int opened = calls.perfEventOpen(attr.address(), pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
        if (opened < 0) {
            throw Refusal.call(what, "perf_event_open", opened, hint.apply(new Errno(-opened)));
        }
        Fd event = Fd.own(calls, opened, what);
        try {
            Attached attached = attach(program, event, opened, cookie, what);
            if (!attached.event()) {
                event.close();
            }
            return attached;
        } catch (RuntimeException | Error e) {
            event.close();
            throw e;
        }
    }

    private static Attached attach(BpfProgram program, Fd event, int number, long cookie, String what) {
        Bpf bpf = Bpf.with(program.fd().calls());
        int result = bpf.links()
                .create(program.fd(), number, AttachType.PERF_EVENT.number(), 0, LinkParameters.perfEvent(cookie));
        if (result >= 0) {
            Fd link = bpf.own(result, what);
            try {
                enable(bpf.calls(), number, what);
            } catch (RuntimeException | Error e) {
                link.close();
                throw e;
            }
            return new Attached(link, false);
        }
        BpfException refusal = Refusal.link(what, result, LinkFeature.PERF_EVENT, hint(new Errno(-result)));
        if (cookie != 0 || !(refusal instanceof UnsupportedFeatureException)) {
            throw refusal;
        }
        int fd = program.fd().acquire();
        try {
            check(bpf.calls().ioctl(number, PERF_EVENT_IOC_SET_BPF, fd), what, "ioctl(PERF_EVENT_IOC_SET_BPF)");
        } finally {
            program.fd().release();
        }
        enable(bpf.calls(), number, what);
        return new Attached(event, true);
    }

    private static String hint(Errno errno) {
        if (errno.equals(Errno.EEXIST)) {
            return "the event has a program already";
        }
        return errno.equals(Errno.EINVAL) ? "is the program of the type that the event takes?" : "";
    }

    private static void enable(SystemCalls calls, int event, String what) {
        check(calls.ioctl(event, PERF_EVENT_IOC_ENABLE, 0), what, "ioctl(PERF_EVENT_IOC_ENABLE)");
    }

    private static void check(int result, String what, String call) {
        if (result < 0) {
            throw Refusal.call(what, call, result, hint(new Errno(-result)));
        }
    }

    private void requireLink() {
        if (event) {
            throw new UnsupportedFeatureException(
                    LinkFeature.PERF_EVENT.description(),
                    LinkFeature.PERF_EVENT.kernelFloor(),
                    new BpfException(description() + " is held by a perf event of this process: "
                            + KernelProbes.link(LinkFeature.PERF_EVENT).reason()));
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws UnsupportedFeatureException if the kernel has no perf event links (Linux 5.15)
     */
    @Override
    public LinkInfo info() {
        requireLink();
        return super.info();
    }

    /**
     * {@inheritDoc}
     *
     * @throws UnsupportedFeatureException if the kernel has no perf event links (Linux 5.15)
     */
    @Override
    public void pin(Path path) {
        requireLink();
        super.pin(path);
    }

    /**
     * {@inheritDoc}
     *
     * @throws UnsupportedFeatureException always: they keep their program
     */
    @Override
    public void update(BpfProgram program) {
        requireLink();
        super.update(program);
    }

    /**
     * {@inheritDoc}
     *
     * @throws UnsupportedFeatureException always: they end when nobody holds them
     */
    @Override
    public void detach() {
        requireLink();
        super.detach();
    }

    @Override
    boolean replaceable() {
        return false;
    }

    /** What the event is: {@code enum bpf_perf_event_type}. */
    public enum Kind {
        /** The kernel does not tell (before Linux 6.6), or it is of a kind that this version does not know. */
        UNKNOWN,
        /** The entry of a user-space function. */
        UPROBE,
        /** The return of a user-space function. */
        URETPROBE,
        /** The entry of a kernel function. */
        KPROBE,
        /** The return of a kernel function. */
        KRETPROBE,
        /** A tracepoint. */
        TRACEPOINT,
        /** A counter. */
        EVENT;

        private static Kind of(int number) {
            return number < values().length ? values()[number] : UNKNOWN;
        }
    }

    /**
     * What the kernel says of such a link. Linux 6.6; before, all but the kind {@link Kind#UNKNOWN} is empty.
     *
     * @param kind what the event is
     * @param name the file of a uprobe, the function of a kprobe, the tracepoint; else empty
     * @param offset of a uprobe in its file, of a kprobe in its function; of an event its {@code config}
     * @param cookie the number it was attached with (Linux 6.9), 0 for none
     */
    public record Info(Kind kind, String name, long offset, long cookie) implements LinkInfo.Details {
        private static final StructLayout LAYOUT = new StructLayout("bpf_link_info.perf_event");
        private static final Field KIND = LAYOUT.u32("type");
        /** {@code uprobe.file_name}, {@code kprobe.func_name}, {@code tracepoint.tp_name}, {@code event.config}. */
        private static final Field NAME = LAYOUT.u64("name");

        private static final Field NAME_LEN = LAYOUT.u32("name_len");
        private static final Field OFFSET = LAYOUT.u32("offset");
        /** {@code uprobe.cookie}, {@code tracepoint.cookie}, {@code event.cookie}; {@code kprobe.addr}. */
        private static final Field COOKIE = LAYOUT.u64("cookie");

        static {
            LAYOUT.u64("kprobe.missed");
        }

        private static final Field KPROBE_COOKIE = LAYOUT.u64("kprobe.cookie");

        static Info of(RawLinkInfo info) {
            Kind kind = Kind.of(info.getInt(KIND));
            return switch (kind) {
                case UNKNOWN -> new Info(kind, "", 0, 0);
                case EVENT -> new Info(kind, "", info.get(NAME), info.get(COOKIE));
                case KPROBE, KRETPROBE ->
                    new Info(kind, info.text(NAME, NAME_LEN), info.getInt(OFFSET), info.get(KPROBE_COOKIE));
                case UPROBE, URETPROBE ->
                    new Info(
                            kind,
                            info.text(NAME, NAME_LEN),
                            Integer.toUnsignedLong(info.getInt(OFFSET)),
                            info.get(COOKIE));
                case TRACEPOINT -> new Info(kind, info.text(NAME, NAME_LEN), 0, info.get(COOKIE));
            };
        }

        @Override
        public String target() {
            return switch (kind) {
                case UNKNOWN -> "";
                case EVENT -> "event " + offset;
                case TRACEPOINT -> name;
                default -> name + "+0x" + Long.toHexString(offset);
            };
        }
    }
}
