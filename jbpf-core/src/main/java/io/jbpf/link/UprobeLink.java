package io.jbpf.link;

import io.jbpf.elf.BinaryFile;
import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.PerfEventAttr;
import java.lang.ref.Reference;
import java.nio.file.Path;

/**
 * A program at a function of a program or library on disk, in every process that runs it or in one: at its entry, at an
 * instruction in it, or at its return. {@code BPF_PROG_TYPE_KPROBE}, Linux 4.17; a link with pin and info from 5.15.
 */
public final class UprobeLink extends PerfEventLink {
    /** {@code PERF_UPROBE_REF_CTR_OFFSET_SHIFT}: config's upper half is where the reference counter is. */
    private static final int REF_CTR_OFFSET_SHIFT = 32;

    private UprobeLink(Attached attached) {
        super(attached);
    }

    /**
     * How to attach.
     *
     * @param atReturn at the function's return instead of its entry: a uretprobe
     * @param pid the one process to watch; −1 for all
     * @param referenceCounter where in the file a counter of 16 bits is that the kernel raises while the probe is there: a
     *     USDT semaphore (Linux 4.20); 0 for none
     * @param cookie a number that the program can ask for, {@code bpf_get_attach_cookie} (Linux 5.15); 0 is none
     */
    public record Options(boolean atReturn, int pid, long referenceCounter, long cookie) {
        /** At the entry, in every process. */
        public static final Options ENTRY = new Options(false, -1, 0, 0);

        /** At the return, in every process. */
        public static final Options RETURN = new Options(true, -1, 0, 0);

        /** {@return the same with a cookie} */
        public Options withCookie(long newCookie) {
            return new Options(atReturn, pid, referenceCounter, newCookie);
        }

        /** {@return the same in one process} */
        public Options ofProcess(int newPid) {
            return new Options(atReturn, newPid, referenceCounter, cookie);
        }

        /** {@return the same with a reference counter} */
        public Options withReferenceCounter(long fileOffset) {
            return new Options(atReturn, pid, fileOffset, cookie);
        }
    }

    /**
     * Attaches a program to a function by its name. Needs CAP_PERFMON and CAP_BPF, or CAP_SYS_ADMIN.
     *
     * @param program of type {@code KPROBE}
     * @param binary the executable or shared library, an ELF file
     * @param symbol the function: {@code malloc}, or with its version {@code memcpy@GLIBC_2.14}
     * @param options where in it, in which process
     * @throws BpfException if the file has no such function
     * @throws UnsupportedFeatureException if the kernel has no uprobes, or no cookies
     * @throws SystemCallException if the kernel refuses
     */
    public static UprobeLink attach(BpfProgram program, Path binary, String symbol, Options options) {
        return attach(program, binary, BinaryFile.read(binary).fileOffset(symbol), options);
    }

    /**
     * Attaches a program to an instruction by its place in the file. Needs CAP_PERFMON and CAP_BPF, or CAP_SYS_ADMIN.
     *
     * @param program of type {@code KPROBE}
     * @param binary the executable or shared library
     * @param fileOffset where the instruction is in the file, in bytes
     * @param options where in it, in which process
     * @throws UnsupportedFeatureException if the kernel has no uprobes, or no cookies
     * @throws SystemCallException EINVAL if no instruction is there, or another refusal
     */
    public static UprobeLink attach(BpfProgram program, Path binary, long fileOffset, Options options) {
        String what = "program '" + program.name() + "' to " + (options.atReturn() ? "uretprobe " : "uprobe ") + binary
                + "+0x" + Long.toHexString(fileOffset);
        NativeMemory path = NativeMemory.cString(binary.toString());
        NativeMemory attr = ProbePmu.attr("uprobe", options.atReturn())
                .set(PerfEventAttr.CONFIG1, path.address())
                .set(PerfEventAttr.CONFIG2, fileOffset);
        attr.set(
                PerfEventAttr.CONFIG,
                attr.get(PerfEventAttr.CONFIG) | options.referenceCounter() << REF_CTR_OFFSET_SHIFT);
        // With a process on any CPU, without one on CPU 0, which stands for all as with tracepoints.
        int cpu = options.pid() < 0 ? 0 : -1;
        try {
            return new UprobeLink(attach(program, attr, options.pid(), cpu, options.cookie(), what, UprobeLink::hint));
        } finally {
            Reference.reachabilityFence(path);
        }
    }

    private static String hint(Errno errno) {
        if (errno.equals(Errno.ENOENT)) {
            return "there is no such file, as this process sees it";
        }
        return errno.equals(Errno.EINVAL) ? "is it the file of a program, and an instruction that can be probed?" : "";
    }
}
