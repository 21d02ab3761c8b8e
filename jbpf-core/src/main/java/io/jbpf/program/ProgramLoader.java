package io.jbpf.program;

import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.VerifierException;
import io.jbpf.object.ProgramImage;
import io.jbpf.object.ProgramImage.SourceLine;
import io.jbpf.object.ProgramSpec;
import io.jbpf.object.ProgramType;
import io.jbpf.relocation.FailedRelocation;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.LockedMemory;
import io.jbpf.sys.NativeMemory;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Hands a linked program to the kernel. The first try asks for no log, which is the fast way; only a refusal is repeated
 * with one, in a buffer that grows until the whole log fits.
 */
public final class ProgramLoader {
    private static final int FIRST_LOG = 1 << 16;
    /** The kernel takes up to UINT_MAX / 4 (verifier.c: bpf_verifier_log_attr_valid); nobody reads that much. */
    private static final int LARGEST_LOG = 1 << 26;

    /** {@code BPF_LOG_STATS} of linux/bpf_verifier.h, Linux 5.2: the statistics alone. */
    private static final int LOG_STATISTICS = 4;

    /** Far more than the six lines of it. */
    private static final int STATISTICS_LOG = 1 << 14;

    private final Bpf bpf = Bpf.host();
    private final String licence;
    private final int btfFd;
    private final boolean statistics;

    /**
     * A loader for the programs of one object.
     *
     * @param licence the object's licence, which decides what helpers its programs may call
     * @param btfFd a descriptor of the object's BTF in the kernel, 0 if it has none there
     */
    public ProgramLoader(String licence, int btfFd) {
        this(licence, btfFd, false);
    }

    private ProgramLoader(String licence, int btfFd, boolean statistics) {
        this.licence = licence;
        this.btfFd = btfFd;
        this.statistics = statistics;
    }

    /** {@return the same loader, whose programs know what they cost the verifier: {@link BpfProgram#statistics()}} */
    public ProgramLoader withStatistics() {
        return new ProgramLoader(licence, btfFd, true);
    }

    /**
     * Loads a program. Needs CAP_BPF and what the type asks for: CAP_PERFMON for tracing, CAP_NET_ADMIN for packets.
     *
     * @throws VerifierException if the verifier refuses it
     * @throws SystemCallException if the kernel refuses before it gets that far
     */
    public BpfProgram load(ProgramSpec spec, ProgramImage image) {
        return load(spec, image, Optional.empty());
    }

    /**
     * Loads a program for a function or type.
     *
     * @param attachPoint what the program is for, where its type asks for that
     * @throws VerifierException if the verifier refuses it
     * @throws SystemCallException if the kernel refuses before it gets that far
     */
    public BpfProgram load(ProgramSpec spec, ProgramImage image, Optional<BtfAttachPoint> attachPoint) {
        requireNativeOrder(image);
        if (spec.type() == ProgramType.UNSPEC) {
            throw new BpfException("program '" + spec.name() + "': section '" + spec.sectionName()
                    + "' tells no program type; give it one with withType(), or register the name in SectionNames");
        }
        return load(definition(spec, image, attachPoint), image);
    }

    BpfProgram load(AssembledProgram program, ProgramImage image) {
        NativeMemory nothing = NativeMemory.allocate(0);
        return load(
                new Bpf.ProgramDefinition(
                        kernelName(program.name()),
                        program.type().number(),
                        NativeMemory.copyOf(image.instructions()),
                        licence,
                        0,
                        0,
                        program.attachType().map(type -> type.number()).orElse(0),
                        0,
                        nothing,
                        0,
                        nothing,
                        0,
                        0,
                        0),
                image);
    }

    private BpfProgram load(Bpf.ProgramDefinition definition, ProgramImage image) {
        NativeMemory log = NativeMemory.allocate(statistics ? STATISTICS_LOG : 0);
        int level = statistics ? LOG_STATISTICS : 0;
        int result = bpf.programLoad(definition, log, level);
        if (LockedMemory.lift(bpf.calls(), result)) {
            result = bpf.programLoad(definition, log, level);
        }
        if (result < 0) {
            throw explain(definition, image, new Errno(-result));
        }
        return new BpfProgram(
                bpf.own(result, "program '" + definition.name() + "'"),
                statistics ? Optional.of(VerifierStatistics.in(log.cString(0, log.size()))) : Optional.empty());
    }

    private static void requireNativeOrder(ProgramImage image) {
        if (!image.byteOrder().equals(ByteOrder.nativeOrder())) {
            throw new BpfException("program '" + image.name() + "' is compiled for " + image.byteOrder()
                    + " machines and this one is " + ByteOrder.nativeOrder() + "; compile it with -target bpf here");
        }
    }

    private Bpf.ProgramDefinition definition(
            ProgramSpec spec, ProgramImage image, Optional<BtfAttachPoint> attachPoint) {
        return new Bpf.ProgramDefinition(
                kernelName(spec.name()),
                spec.type().number(),
                NativeMemory.copyOf(image.instructions()),
                licence,
                0,
                spec.flags(),
                attachPoint
                        .map(BtfAttachPoint::member)
                        .filter(member -> member >= 0)
                        .or(() -> spec.attachType().map(type -> type.number()))
                        .orElse(0),
                btfFd,
                NativeMemory.copyOf(image.funcInfo()),
                image.funcInfoRecordSize(),
                NativeMemory.copyOf(image.lineInfo()),
                image.lineInfoRecordSize(),
                attachPoint.map(BtfAttachPoint::typeId).orElse(0),
                attachPoint.map(BtfAttachPoint::descriptor).orElse(0),
                integers(image.btfDescriptors()));
    }

    private static NativeMemory integers(List<Integer> numbers) {
        NativeMemory memory = NativeMemory.allocate(Integer.BYTES * numbers.size());
        for (int i = 0; i < numbers.size(); i++) {
            memory.buffer().putInt(Integer.BYTES * i, numbers.get(i));
        }
        return memory;
    }

    /** The kernel keeps 15 characters (BPF_OBJ_NAME_LEN) and refuses all but letters, digits, '_' and '.'. */
    private static String kernelName(String name) {
        String legal = name.replaceAll("[^A-Za-z0-9_.]", "_");
        return legal.length() <= 15 ? legal : legal.substring(0, 15);
    }

    private BpfException explain(Bpf.ProgramDefinition definition, ProgramImage image, Errno refusal) {
        for (int size = FIRST_LOG; ; size *= 4) {
            NativeMemory buffer = NativeMemory.allocate(size);
            int result = bpf.programLoad(definition, buffer, 1);
            if (result >= 0) {
                // Refused a moment ago and accepted now: memory was short, or someone changed the rules.
                bpf.own(result, "program").close();
                return refused(definition, refusal, "a second try succeeded; try again");
            }
            Errno errno = new Errno(-result);
            if (errno.equals(Errno.ENOSPC) && size < LARGEST_LOG) {
                continue;
            }
            VerifierLog log = new VerifierLog(buffer.cString(0, buffer.size()));
            // EMFILE comes when the verifier has accepted it, with the statistics in the log: there is no number for
            // it.
            if (log.text().isBlank() || (errno.isPassing() && log.complaint().isEmpty())) {
                return refused(definition, errno, Refusals.hint(bpf, definition, errno));
            }
            Errno reason = errno.equals(Errno.ENOSPC) ? refusal : errno;
            return refusedByVerifier(image, reason, log, Refusals.hint(bpf, definition, reason));
        }
    }

    /** A poisoned instruction says nothing by itself: what was wanted of the kernel's types is the complaint. */
    private static VerifierException refusedByVerifier(ProgramImage image, Errno errno, VerifierLog log, String hint) {
        OptionalInt poisoned = log.poisonedInstruction();
        Optional<FailedRelocation> failed =
                poisoned.isPresent() ? image.failedRelocation(poisoned.getAsInt()) : Optional.empty();
        String line = failed.flatMap(relocation -> image.sourceLine(relocation.instruction()))
                .map(SourceLine::toString)
                .orElseGet(log::sourceLine);
        String complaint = failed.map(FailedRelocation::toString).orElseGet(log::complaint);
        OptionalInt unknownCall = log.unknownCall();
        Optional<String> unavailable =
                unknownCall.isPresent() ? image.unavailable(unknownCall.getAsInt()) : Optional.empty();
        if (unavailable.isPresent()) {
            complaint = unavailable.get();
            line = image.sourceLine(unknownCall.getAsInt())
                    .map(SourceLine::toString)
                    .orElse(line);
        }
        // Some refusals leave nothing but statistics behind: an attach type the verifier does not know, for one.
        String summary = complaint.isEmpty() ? "it does not say why; " + hint : complaint;
        return new VerifierException(image.name(), errno, summary, line, log.text());
    }

    private static SystemCallException refused(Bpf.ProgramDefinition definition, Errno errno, String hint) {
        return new SystemCallException("load program '" + definition.name() + "'", "bpf(BPF_PROG_LOAD)", errno, hint);
    }
}
