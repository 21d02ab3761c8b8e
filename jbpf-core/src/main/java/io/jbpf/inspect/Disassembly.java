package io.jbpf.inspect;

import io.jbpf.btf.Btf;
import io.jbpf.insn.Disassembler;
import io.jbpf.insn.Instruction;
import io.jbpf.kernel.BtfInfo;
import io.jbpf.program.BpfProgram;
import io.jbpf.program.ProgramCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A loaded program as text: what the verifier made of it, with the source lines and functions that it came from if it was
 * loaded with BTF (Linux 5.0). Empty if the kernel hides its instructions.
 *
 * @param rows in order; the second slot of a 64-bit load has none
 */
public record Disassembly(List<Row> rows) {
    /**
     * An instruction.
     *
     * @param index its slot, from 0
     * @param function the name of the function that begins here, if one does
     * @param source the source line that begins here, if one does
     * @param instruction the instruction itself
     * @param text the instruction in words, as {@code bpftool prog dump xlated} has it
     */
    public record Row(
            int index, Optional<String> function, Optional<Source> source, Instruction instruction, String text) {}

    /**
     * A source line.
     *
     * @param file its name, as the compiler was told
     * @param line its number, from 1
     * @param column where in it, from 1; 0 if that is not known
     * @param text the line without the blanks around it; may be empty
     */
    public record Source(String file, int line, int column, String text) {}

    /**
     * Reads the code of a program. The names of what it calls are /proc/kallsyms's, and missing where the kernel hides them
     * ({@code kernel.kptr_restrict}). Opening its BTF needs CAP_SYS_ADMIN.
     *
     * @param program a program
     */
    public static Disassembly of(BpfProgram program) {
        ProgramCode code = program.code();
        Optional<Btf> btf = program.info().btfId() == 0
                ? Optional.empty()
                : Optional.of(BtfInfo.typesOf(program.info().btfId()));
        Map<Integer, String> functions = new HashMap<>();
        Map<Integer, Source> lines = new HashMap<>();
        btf.ifPresent(types -> {
            code.functions().forEach(start -> functions.put(start.index(), types.typeName(start.typeId())));
            code.lines().forEach(line -> lines.put(line.index(), source(line, types)));
        });
        Disassembler disassembler = new Disassembler(LoadedNames.of(code));
        List<Row> rows = new ArrayList<>();
        List<Instruction> instructions = code.instructions();
        for (int i = 0; i < instructions.size(); i += instructions.get(i).isWideLoad() ? 2 : 1) {
            rows.add(new Row(
                    i,
                    Optional.ofNullable(functions.get(i)),
                    Optional.ofNullable(lines.get(i)),
                    instructions.get(i),
                    disassembler.text(instructions, i)));
        }
        return new Disassembly(List.copyOf(rows));
    }

    private static Source source(ProgramCode.LineStart line, Btf types) {
        return new Source(
                types.string(line.fileNameOffset()),
                line.number(),
                line.column(),
                types.string(line.textOffset()).strip());
    }
}
