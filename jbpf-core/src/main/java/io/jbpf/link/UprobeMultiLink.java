package io.jbpf.link;

import io.jbpf.elf.BinaryFile;
import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.object.AttachType;
import io.jbpf.probe.LinkFeature;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.LinkParameters;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;
import java.nio.file.Path;
import java.util.List;

/**
 * A program at many functions of one program or library on disk at once. {@code BPF_PROG_TYPE_KPROBE} loaded for {@code
 * BPF_TRACE_UPROBE_MULTI} (Linux 6.6), or for {@code BPF_TRACE_UPROBE_SESSION} (6.13).
 */
public final class UprobeMultiLink extends KernelLink {
    /** {@code BPF_LINK_TYPE_UPROBE_MULTI}. */
    static final int TYPE = 12;

    private static final int BPF_F_UPROBE_MULTI_RETURN = 1;

    UprobeMultiLink(Fd fd) {
        super(fd);
    }

    /**
     * How to attach.
     *
     * @param atReturn at the functions' returns instead of their entries
     * @param session whether the program was loaded for a session
     * @param pid the one process to watch; 0 for all
     * @param referenceCounters for each place where in the file its counter is, as of {@link UprobeLink.Options}; or none
     * @param cookies a number for each place that the program can ask for, {@code bpf_get_attach_cookie}; or none
     */
    public record Options(
            boolean atReturn, boolean session, int pid, List<Long> referenceCounters, List<Long> cookies) {
        /** At the entries, in every process, without cookies. */
        public static final Options ENTRY = new Options(false, false, 0, List.of(), List.of());

        /** At the returns, in every process, without cookies. */
        public static final Options RETURN = new Options(true, false, 0, List.of(), List.of());

        /** Both, for a program that was loaded for it. */
        public static final Options SESSION = new Options(false, true, 0, List.of(), List.of());

        /** {@return the same in one process} */
        public Options ofProcess(int newPid) {
            return new Options(atReturn, session, newPid, referenceCounters, cookies);
        }

        /** {@return the same with cookies} */
        public Options withCookies(List<Long> newCookies) {
            return new Options(atReturn, session, pid, referenceCounters, List.copyOf(newCookies));
        }
    }

    /**
     * Attaches a program to all functions whose names fit a pattern. Needs CAP_PERFMON and CAP_BPF, or CAP_SYS_ADMIN.
     *
     * @param program of type {@code KPROBE}, loaded for the attach type
     * @param binary the executable or shared library, an ELF file
     * @param pattern a name in which {@code *} stands for any letters and {@code ?} for one
     * @param options where in them, in which process
     * @throws BpfException if no function fits
     * @throws UnsupportedFeatureException if the kernel has no such links
     * @throws SystemCallException if the kernel refuses
     */
    public static UprobeMultiLink attach(BpfProgram program, Path binary, String pattern, Options options) {
        List<Long> offsets = BinaryFile.read(binary).functions(pattern).values().stream()
                .distinct()
                .toList();
        if (offsets.isEmpty()) {
            throw new BpfException(binary + " has no function '" + pattern + "'");
        }
        return attach(program, binary, offsets, options);
    }

    /**
     * Attaches a program to instructions by their places in the file. Needs CAP_PERFMON and CAP_BPF, or CAP_SYS_ADMIN.
     *
     * @param program of type {@code KPROBE}, loaded for the attach type
     * @param binary the executable or shared library
     * @param fileOffsets where the instructions are in the file, in bytes
     * @param options where in them, in which process
     * @throws UnsupportedFeatureException if the kernel has no such links
     * @throws SystemCallException if the kernel refuses
     */
    public static UprobeMultiLink attach(BpfProgram program, Path binary, List<Long> fileOffsets, Options options) {
        for (List<Long> each : List.of(options.referenceCounters(), options.cookies())) {
            if (fileOffsets.isEmpty() || !(each.isEmpty() || each.size() == fileOffsets.size())) {
                throw new IllegalArgumentException(
                        fileOffsets.size() + " places and " + each.size() + " cookies or reference counters");
            }
        }
        String what = "program '" + program.name() + "' to " + fileOffsets.size() + " places in " + binary;
        Bpf bpf = Bpf.with(program.fd().calls());
        AttachType type = options.session() ? AttachType.TRACE_UPROBE_SESSION : AttachType.TRACE_UPROBE_MULTI;
        int result = bpf.links()
                .create(
                        program.fd(),
                        0,
                        type.number(),
                        0,
                        LinkParameters.uprobeMulti(
                                NativeMemory.cString(binary.toString()),
                                longs(fileOffsets),
                                longs(options.referenceCounters()),
                                longs(options.cookies()),
                                options.atReturn() ? BPF_F_UPROBE_MULTI_RETURN : 0,
                                options.pid()));
        if (result < 0) {
            throw Refusal.link(what, result, LinkFeature.UPROBE_MULTI, hint(new Errno(-result), type));
        }
        return new UprobeMultiLink(bpf.own(result, what));
    }

    private static String hint(Errno errno, AttachType type) {
        if (errno.equals(Errno.ESRCH)) {
            return "there is no such process";
        }
        return errno.equals(Errno.EINVAL)
                ? "was the program loaded for " + type.kernelName() + ", and are these instructions?"
                : "";
    }

    /** Numbers as the kernel wants them. */
    static NativeMemory longs(List<Long> numbers) {
        NativeMemory memory = NativeMemory.allocate(numbers.size() * Long.BYTES);
        for (int i = 0; i < numbers.size(); i++) {
            memory.buffer().putLong(i * Long.BYTES, numbers.get(i));
        }
        return memory;
    }

    @Override
    boolean replaceable() {
        return false;
    }

    /**
     * What the kernel says of such a link. Linux 6.8.
     *
     * @param path the file
     * @param count of the places in it
     * @param atReturn whether it is at functions' returns
     * @param pid the one process; 0 for all
     */
    public record Info(String path, int count, boolean atReturn, int pid) implements LinkInfo.Details {
        private static final StructLayout LAYOUT = new StructLayout("bpf_link_info.uprobe_multi");
        private static final Field PATH = LAYOUT.u64("path");

        static {
            LAYOUT.u64("offsets");
            LAYOUT.u64("ref_ctr_offsets");
            LAYOUT.u64("cookies");
        }

        private static final Field PATH_SIZE = LAYOUT.u32("path_size");
        private static final Field COUNT = LAYOUT.u32("count");
        private static final Field FLAGS = LAYOUT.u32("flags");
        private static final Field PID = LAYOUT.u32("pid");

        static Info of(RawLinkInfo info) {
            return new Info(
                    info.text(PATH, PATH_SIZE),
                    info.getInt(COUNT),
                    (info.getInt(FLAGS) & BPF_F_UPROBE_MULTI_RETURN) != 0,
                    info.getInt(PID));
        }

        @Override
        public String target() {
            return count == 0 ? "" : count + " places in " + path;
        }
    }
}
