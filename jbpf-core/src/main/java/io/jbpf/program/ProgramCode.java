package io.jbpf.program;

import io.jbpf.insn.Instruction;
import io.jbpf.insn.InstructionCodec;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.StructLayout.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The code of a loaded program, as the kernel shows it: {@code struct bpf_prog_info}, linux/bpf.h. Maps are there by id, and
 * helpers by their distance from {@code __bpf_call_base}. Where the kernel hides something from this process, that is empty:
 * instructions without CAP_BPF and CAP_PERFMON (before Linux 5.8: CAP_SYS_ADMIN), machine code and addresses also without
 * CAP_SYSLOG where {@code kernel.kptr_restrict} is set.
 *
 * @param instructions after the verifier's rewriting, one element per slot (Linux 4.13)
 * @param functions where its functions begin (Linux 5.0, if it was loaded with BTF)
 * @param lines where its source lines begin (Linux 5.0, if it was loaded with BTF)
 * @param jited the machine code of its functions (Linux 4.18)
 */
public record ProgramCode(
        List<Instruction> instructions, List<FunctionStart> functions, List<LineStart> lines, List<Jited> jited) {
    // struct bpf_func_info and struct bpf_line_info; a newer kernel may append to them
    private static final int FUNC_INFO = 8;
    private static final int LINE_INFO = 16;

    /**
     * A function begins ({@code struct bpf_func_info}).
     *
     * @param index its first instruction
     * @param typeId the function in the program's BTF
     */
    public record FunctionStart(int index, int typeId) {}

    /**
     * A source line begins ({@code struct bpf_line_info}).
     *
     * @param index its first instruction
     * @param fileNameOffset the file's name, a string of the program's BTF
     * @param textOffset the text of the line, a string of the program's BTF
     * @param number the line's number, from 1
     * @param column the column, from 1; 0 if it is not known
     */
    public record LineStart(int index, int fileNameOffset, int textOffset, int number, int column) {}

    /**
     * The machine code of a function.
     *
     * @param address where the kernel has it
     * @param code the bytes, read-only; empty if only the address is told
     */
    public record Jited(long address, ByteBuffer code) {}

    static ProgramCode read(Fd program) {
        NativeMemory sizes = RawProgramInfo.ask(program, RawProgramInfo.allocate());
        NativeMemory instructions = room(sizes, RawProgramInfo.XLATED_PROG_LEN, 1);
        NativeMemory machine = room(sizes, RawProgramInfo.JITED_PROG_LEN, 1);
        int functionSize = sizes.getInt(RawProgramInfo.FUNC_INFO_REC_SIZE);
        int lineSize = sizes.getInt(RawProgramInfo.LINE_INFO_REC_SIZE);
        NativeMemory functions = room(sizes, RawProgramInfo.NR_FUNC_INFO, functionSize);
        NativeMemory lines = room(sizes, RawProgramInfo.NR_LINE_INFO, lineSize);
        NativeMemory addresses = room(sizes, RawProgramInfo.NR_JITED_KSYMS, Long.BYTES);
        NativeMemory lengths = room(sizes, RawProgramInfo.NR_JITED_FUNC_LENS, Integer.BYTES);

        NativeMemory info = RawProgramInfo.allocate();
        want(info, sizes, RawProgramInfo.XLATED_PROG_LEN, RawProgramInfo.XLATED_PROG_INSNS, instructions);
        want(info, sizes, RawProgramInfo.JITED_PROG_LEN, RawProgramInfo.JITED_PROG_INSNS, machine);
        want(info, sizes, RawProgramInfo.NR_FUNC_INFO, RawProgramInfo.FUNC_INFO, functions);
        want(info, sizes, RawProgramInfo.NR_LINE_INFO, RawProgramInfo.LINE_INFO, lines);
        want(info, sizes, RawProgramInfo.NR_JITED_KSYMS, RawProgramInfo.JITED_KSYMS, addresses);
        want(info, sizes, RawProgramInfo.NR_JITED_FUNC_LENS, RawProgramInfo.JITED_FUNC_LENS, lengths);
        // The kernel insists on being told the size of records that are asked for.
        info.set(RawProgramInfo.FUNC_INFO_REC_SIZE, functions.size() == 0 ? 0 : functionSize)
                .set(RawProgramInfo.LINE_INFO_REC_SIZE, lines.size() == 0 ? 0 : lineSize);
        RawProgramInfo.ask(program, info);

        return new ProgramCode(
                decoded(given(info, RawProgramInfo.XLATED_PROG_INSNS, instructions)),
                records(given(info, RawProgramInfo.FUNC_INFO, functions), Math.max(FUNC_INFO, functionSize), at -> {
                    ByteBuffer from = functions.buffer();
                    return new FunctionStart(from.getInt(at), from.getInt(at + 4));
                }),
                records(given(info, RawProgramInfo.LINE_INFO, lines), Math.max(LINE_INFO, lineSize), at -> {
                    ByteBuffer from = lines.buffer();
                    int place = from.getInt(at + 12);
                    return new LineStart(
                            from.getInt(at), from.getInt(at + 4), from.getInt(at + 8), place >>> 10, place & 0x3ff);
                }),
                jited(
                        given(info, RawProgramInfo.JITED_PROG_INSNS, machine),
                        given(info, RawProgramInfo.JITED_KSYMS, addresses),
                        given(info, RawProgramInfo.JITED_FUNC_LENS, lengths)));
    }

    private static NativeMemory room(NativeMemory sizes, Field count, int each) {
        return NativeMemory.allocate(Math.multiplyExact(sizes.getInt(count), each));
    }

    private static void want(NativeMemory info, NativeMemory sizes, Field count, Field pointer, NativeMemory room) {
        if (room.size() > 0) {
            info.set(count, sizes.getInt(count)).set(pointer, room.address());
        }
    }

    /** What it hides, the kernel does not copy, and clears the pointer to it. */
    private static NativeMemory given(NativeMemory info, Field pointer, NativeMemory room) {
        return info.get(pointer) == 0 ? NativeMemory.allocate(0) : room;
    }

    private static List<Instruction> decoded(NativeMemory memory) {
        byte[] bytes = new byte[memory.size()];
        memory.buffer().get(0, bytes);
        return List.copyOf(InstructionCodec.decode("the kernel", "program", bytes, ByteOrder.nativeOrder()));
    }

    private static <T> List<T> records(NativeMemory memory, int size, IntFunction<T> read) {
        List<T> records = new ArrayList<>(memory.size() / size);
        for (int at = 0; at + size <= memory.size(); at += size) {
            records.add(read.apply(at));
        }
        return List.copyOf(records);
    }

    /** The images of all functions lie one behind the other. */
    private static List<Jited> jited(NativeMemory machine, NativeMemory addresses, NativeMemory lengths) {
        List<Jited> all = new ArrayList<>();
        int at = 0;
        for (int i = 0; i < addresses.size() / Long.BYTES; i++) {
            int length =
                    (i + 1) * Integer.BYTES <= lengths.size() ? lengths.buffer().getInt(i * Integer.BYTES) : 0;
            ByteBuffer code = at + length <= machine.size()
                    ? machine.buffer().slice(at, length).asReadOnlyBuffer()
                    : ByteBuffer.allocate(0);
            all.add(new Jited(addresses.buffer().getLong(i * Long.BYTES), code));
            at += length;
        }
        return List.copyOf(all);
    }
}
