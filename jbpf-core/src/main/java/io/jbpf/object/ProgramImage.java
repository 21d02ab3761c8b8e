package io.jbpf.object;

import io.jbpf.insn.Instruction;
import io.jbpf.insn.InstructionCodec;
import io.jbpf.relocation.FailedRelocation;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A program as bpf(BPF_PROG_LOAD) takes it: one run of instructions with the sub-programs behind, all references filled
 * in, and what the kernel is told about functions and source lines. In the object's byte order.
 */
public final class ProgramImage {
    private final String name;
    private final ByteOrder byteOrder;
    private final byte[] instructions;
    private final byte[] funcInfo;
    private final byte[] lineInfo;
    private final List<SourceLine> sourceLines;
    private final List<FailedRelocation> failedRelocations;
    private final List<Integer> btfDescriptors;
    private final Map<Integer, String> unavailable;

    /** The immediate that stands for a map that is not made, the same as libbpf's; a number for each follows on. */
    static final int MISSING_MAP = 2_001_000_000;

    /** The immediate of a call of a weak function that the kernel does not have; a number for each follows on. */
    static final int MISSING_FUNCTION = 2_002_000_000;

    /** {@code bpf_probe_read_{user,kernel}[_str]}, and what they were before there were two. */
    private static final Map<Integer, Integer> OLD_PROBE_READS = Map.of(112, 4, 113, 4, 114, 45, 115, 45);

    /** {@code BPF_FUNC_ktime_get_coarse_ns}. */
    public static final int KTIME_GET_COARSE_NS = 160;

    private static final int KTIME_GET_NS = 5;

    /** The size of {@code struct bpf_func_info}. */
    static final int FUNC_INFO_SIZE = 8;

    /** The size of {@code struct bpf_line_info}. */
    static final int LINE_INFO_SIZE = 16;

    /**
     * A line of C.
     *
     * @param instruction the first slot that belongs to it
     * @param file the file's name
     * @param line its number, from 1
     * @param column the column, from 1; 0 if it is not known
     * @param text the line itself, without the space around
     */
    public record SourceLine(int instruction, String file, int line, int column, String text) {
        /** {@return place and text: {@code filter.bpf.c:12: return 0;}} */
        @Override
        public String toString() {
            return file + ":" + line + (text.isEmpty() ? "" : ": " + text);
        }
    }

    ProgramImage(
            String name,
            ByteOrder byteOrder,
            byte[] instructions,
            byte[] funcInfo,
            byte[] lineInfo,
            List<SourceLine> sourceLines,
            List<FailedRelocation> failedRelocations,
            List<Integer> btfDescriptors,
            Map<Integer, String> unavailable) {
        this.name = name;
        this.byteOrder = byteOrder;
        this.instructions = instructions;
        this.funcInfo = funcInfo;
        this.lineInfo = lineInfo;
        this.sourceLines = List.copyOf(sourceLines);
        this.failedRelocations = List.copyOf(failedRelocations);
        this.btfDescriptors = List.copyOf(btfDescriptors);
        this.unavailable = Map.copyOf(unavailable);
    }

    /**
     * {@return an image of instructions that are all there is, in the machine's byte order}
     *
     * @param name the program's
     * @param instructions with all references filled in
     */
    public static ProgramImage of(String name, List<Instruction> instructions) {
        ByteOrder order = ByteOrder.nativeOrder();
        byte[] none = new byte[0];
        return new ProgramImage(
                name,
                order,
                InstructionCodec.encode(instructions, order),
                none,
                none,
                List.of(),
                List.of(),
                List.of(),
                Map.of());
    }

    /** {@return the program's name in the object} */
    public String name() {
        return name;
    }

    /** {@return the instructions, eight bytes each; a copy} */
    public byte[] instructions() {
        return instructions.clone();
    }

    /** {@return whether it calls a helper such as {@code bpf_probe_read_kernel} (Linux 5.5)} */
    public boolean tellsKernelMemoryFromUser() {
        return decoded().stream().anyMatch(i -> OLD_PROBE_READS.containsKey(helper(i)));
    }

    /** The same with other types for some functions in what the kernel is told of them. */
    ProgramImage withFunctionTypes(Map<Integer, Integer> typeByType) {
        ByteBuffer records = ByteBuffer.wrap(funcInfo.clone()).order(byteOrder);
        for (int at = Integer.BYTES; at < records.capacity(); at += FUNC_INFO_SIZE) {
            int type = records.getInt(at);
            records.putInt(at, typeByType.getOrDefault(type, type));
        }
        return new ProgramImage(
                name,
                byteOrder,
                instructions,
                records.array(),
                lineInfo,
                sourceLines,
                failedRelocations,
                btfDescriptors,
                unavailable);
    }

    /**
     * The same program for a kernel that does not know {@code bpf_probe_read_kernel} and its sisters: calls of them
     * become calls of the older {@code bpf_probe_read}, as libbpf does it.
     *
     * @return the image
     */
    public ProgramImage withOldProbeReads() {
        return withHelpers(OLD_PROBE_READS);
    }

    /**
     * The same program for a kernel that does not know {@code bpf_ktime_get_coarse_ns} (Linux 5.11): calls of it become
     * calls of {@code bpf_ktime_get_ns}, the same clock, which is finer and takes longer to read.
     *
     * @return the image
     */
    public ProgramImage withFineClock() {
        return withHelpers(Map.of(KTIME_GET_COARSE_NS, KTIME_GET_NS));
    }

    /**
     * {@return whether it calls a helper}
     *
     * @param number {@code BPF_FUNC_…} of linux/bpf.h
     */
    public boolean calls(int number) {
        return decoded().stream().anyMatch(i -> helper(i) == number);
    }

    private ProgramImage withHelpers(Map<Integer, Integer> replacements) {
        List<Instruction> code = new ArrayList<>(decoded());
        code.replaceAll(i -> {
            Integer other = replacements.get(helper(i));
            return other == null ? i : i.withImmediate(other);
        });
        return new ProgramImage(
                name,
                byteOrder,
                InstructionCodec.encode(code, byteOrder),
                funcInfo,
                lineInfo,
                sourceLines,
                failedRelocations,
                btfDescriptors,
                unavailable);
    }

    private List<Instruction> decoded() {
        return InstructionCodec.decode(name, name, instructions, byteOrder);
    }

    /** The number of the helper that an instruction calls; 0 for others, which is no helper. */
    private static int helper(Instruction instruction) {
        return instruction.isCall() && instruction.source() == 0 ? instruction.immediate() : 0;
    }

    /** {@return the byte order of all of it: a kernel takes only its own} */
    public ByteOrder byteOrder() {
        return byteOrder;
    }

    /** {@return how many instruction slots there are} */
    public int instructionCount() {
        return instructions.length / 8;
    }

    /** {@return where functions start ({@code struct bpf_func_info}); empty if it is not known of all; a copy} */
    public byte[] funcInfo() {
        return funcInfo.clone();
    }

    /** {@return how many bytes a record of {@link #funcInfo()} has} */
    public int funcInfoRecordSize() {
        return FUNC_INFO_SIZE;
    }

    /** {@return where source lines start ({@code struct bpf_line_info}); empty if it is not known; a copy} */
    public byte[] lineInfo() {
        return lineInfo.clone();
    }

    /** {@return how many bytes a record of {@link #lineInfo()} has} */
    public int lineInfoRecordSize() {
        return LINE_INFO_SIZE;
    }

    /** {@return where source lines start, as text, ascending by instruction} */
    public List<SourceLine> sourceLines() {
        return sourceLines;
    }

    /**
     * The source line an instruction belongs to.
     *
     * @param instruction a slot, as the verifier counts them
     * @return the line, if the object has line info
     */
    public Optional<SourceLine> sourceLine(int instruction) {
        SourceLine found = null;
        for (SourceLine line : sourceLines) {
            if (line.instruction() > instruction) {
                break;
            }
            found = line;
        }
        return Optional.ofNullable(found);
    }

    /** {@return what the program asks of the kernel's types in vain; harmless unless the verifier gets there} */
    public List<FailedRelocation> failedRelocations() {
        return failedRelocations;
    }

    /**
     * What an instruction asked of the kernel's types in vain.
     *
     * @param instruction a slot, as the verifier counts them
     * @return the failure, if that instruction is poisoned
     */
    public Optional<FailedRelocation> failedRelocation(int instruction) {
        return failedRelocations.stream()
                .filter(f -> f.instruction() == instruction)
                .findFirst();
    }

    /**
     * Descriptors of the BTF of the modules whose functions the program calls, as {@code bpf_attr.fd_array} wants them.
     *
     * @return the array; its first place stands for the kernel itself and holds 0; empty if no module is called
     */
    public List<Integer> btfDescriptors() {
        return btfDescriptors;
    }

    /**
     * What an instruction refers to in vain: a weak function that this kernel does not have, or a map that was not to be
     * made. Harmless unless the verifier gets there.
     *
     * @param instruction a slot, as the verifier counts them
     * @return what is wrong, as a sentence, if that instruction is such a one
     */
    public Optional<String> unavailable(int instruction) {
        return Optional.ofNullable(unavailable.get(instruction));
    }

    /** {@return name and size} */
    @Override
    public String toString() {
        return name + " (" + instructionCount() + " instructions)";
    }
}
