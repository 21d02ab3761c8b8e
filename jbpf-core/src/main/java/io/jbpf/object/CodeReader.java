package io.jbpf.object;

import io.jbpf.btf.BtfExt;
import io.jbpf.elf.ElfFile;
import io.jbpf.elf.ElfRelocation;
import io.jbpf.elf.ElfSection;
import io.jbpf.elf.ElfSymbol;
import io.jbpf.error.MalformedObjectException;
import io.jbpf.insn.Instruction;
import io.jbpf.insn.InstructionCodec;
import io.jbpf.insn.Opcodes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Finds the functions of the code sections, and what their instructions refer to. */
final class CodeReader {
    /** Where the compiler puts functions without a section of their own. */
    static final String TEXT = ".text";

    private final ElfFile elf;
    private final @Nullable BtfExt ext;
    private final Map<Integer, NavigableMap<Long, String>> mapsBySection;
    private final Map<Integer, String> dataBySection;
    private final Map<String, ExternSpec> externs;

    /**
     * A reader.
     *
     * @param mapsBySection for each section of map definitions, the maps by offset
     * @param dataBySection for each section of variables, the map it becomes
     * @param externs what undefined symbols stand for
     */
    CodeReader(
            ElfFile elf,
            @Nullable BtfExt ext,
            Map<Integer, NavigableMap<Long, String>> mapsBySection,
            Map<Integer, String> dataBySection,
            Map<String, ExternSpec> externs) {
        this.elf = elf;
        this.ext = ext;
        this.mapsBySection = mapsBySection;
        this.dataBySection = dataBySection;
        this.externs = externs;
    }

    /** The functions of a code section, in the order of their addresses. */
    List<Function> read(ElfSection section) {
        List<Instruction> instructions =
                InstructionCodec.decode(elf.name(), section.name(), section.bytes(), elf.byteOrder());
        String name = section.name();
        CodeSection code = new CodeSection(
                name,
                instructions,
                references(section, instructions),
                ext == null ? List.of() : ext.funcInfo(name),
                ext == null ? List.of() : ext.lineInfo(name),
                ext == null ? List.of() : ext.coreRelocations(name));
        List<Function> functions = new ArrayList<>();
        for (ElfSymbol symbol : elf.symbols()) {
            if (symbol.sectionIndex() == section.index() && symbol.isFunction()) {
                functions.add(function(code, symbol));
            }
        }
        functions.sort(Comparator.comparingInt(Function::start));
        return functions;
    }

    private Function function(CodeSection code, ElfSymbol symbol) {
        if (symbol.value() % Instruction.SIZE != 0 || symbol.size() % Instruction.SIZE != 0 || symbol.size() == 0) {
            throw new MalformedObjectException(
                    elf.name(),
                    code.name(),
                    symbol.value(),
                    "function '" + symbol.name() + "' has " + symbol.size()
                            + " bytes, which are no whole instructions");
        }
        if (symbol.isLocal() && !code.name().equals(TEXT)) {
            throw new MalformedObjectException(
                    elf.name(),
                    code.name(),
                    symbol.value(),
                    "program '" + symbol.name() + "' is static; remove the 'static' or the SEC()");
        }
        return new Function(symbol.name(), code, (int) (symbol.value() / Instruction.SIZE), (int)
                (symbol.size() / Instruction.SIZE));
    }

    private NavigableMap<Integer, Reference> references(ElfSection section, List<Instruction> instructions) {
        NavigableMap<Integer, Reference> references = new TreeMap<>();
        for (ElfRelocation relocation : elf.relocations(section)) {
            int slot = (int) (relocation.offset() / Instruction.SIZE);
            if (relocation.offset() % Instruction.SIZE != 0 || slot >= instructions.size()) {
                throw new MalformedObjectException(
                        elf.name(), section.name(), relocation.offset(), "a relocation is not for a whole instruction");
            }
            ElfSymbol symbol = elf.symbols().get(relocation.symbolIndex());
            references.put(slot, reference(instructions.get(slot), symbol));
        }
        return references;
    }

    private Reference reference(Instruction instruction, ElfSymbol symbol) {
        if (symbol.isUndefined()) {
            return extern(instruction, symbol);
        }
        String section = symbol.sectionIndex() < elf.sections().size()
                ? elf.sections().get(symbol.sectionIndex()).name()
                : "number " + symbol.sectionIndex();
        boolean inText = section.equals(TEXT) && (symbol.isFunction() || symbol.isSection());
        if (instruction.isCall()) {
            if (instruction.source() != Opcodes.BPF_PSEUDO_CALL || !inText) {
                return new Reference.Refused("calls '" + symbol.name() + "' in section " + section
                        + "; functions that are called must be in .text, without a SEC()");
            }
            // The immediate counts from the symbol to the callee, less one: −1 for a function, more for the section.
            return callee(symbol, instruction.immediate() + 1L);
        }
        if (!instruction.isWideLoad()) {
            return new Reference.Refused("refers to '" + symbol.name() + "' in section " + section
                    + " in an instruction with opcode 0x" + Integer.toHexString(instruction.opcode())
                    + ", which has no room for it");
        }
        if (inText) {
            if (instruction.immediate() % Instruction.SIZE != 0) {
                return new Reference.Refused("takes the address of the middle of an instruction in .text");
            }
            Reference target = callee(symbol, instruction.immediate() / Instruction.SIZE);
            return target instanceof Reference.ToCallee c ? new Reference.ToFunction(c.instruction()) : target;
        }
        String data = dataBySection.get(symbol.sectionIndex());
        if (data != null) {
            return new Reference.ToData(data, (int) symbol.value());
        }
        return map(instruction, symbol)
                .orElseGet(() -> new Reference.Refused("refers to '" + symbol.name() + "' in section " + section
                        + ", which is neither a map nor data" + wayOut(section)));
    }

    private static String wayOut(String section) {
        return switch (section) {
            case ".jumptables" -> "; jump tables (Linux 6.19) are not supported: compile with -fno-jump-tables";
            case ".percpu" -> "; per-CPU variables are not supported: use a map of type BPF_MAP_TYPE_PERCPU_ARRAY";
            default -> "";
        };
    }

    private Reference extern(Instruction instruction, ElfSymbol symbol) {
        ExternSpec extern = externs.get(symbol.name());
        if (extern == null) {
            return new Reference.Refused("refers to '" + symbol.name()
                    + "', which is not in the object and not declared as an extern in .kconfig or .ksyms with types"
                    + " (clang -g)");
        }
        if (instruction.isCall() && extern.kind() != ExternSpec.Kind.KERNEL_FUNCTION) {
            return new Reference.Refused("calls " + extern + ", which is no function");
        }
        if (!instruction.isCall() && !instruction.isWideLoad()) {
            return new Reference.Refused("refers to " + extern + " in an instruction with opcode 0x"
                    + Integer.toHexString(instruction.opcode()) + ", which has no room for it");
        }
        return extern.kind() == ExternSpec.Kind.KERNEL_CONFIG
                ? new Reference.ToData(ExternSpec.KCONFIG, extern.offset())
                : new Reference.ToExtern(extern);
    }

    private static Reference callee(ElfSymbol symbol, long distance) {
        long slot = symbol.value() / Instruction.SIZE + distance;
        return symbol.value() % Instruction.SIZE == 0 && slot >= 0 && slot <= Integer.MAX_VALUE
                ? new Reference.ToCallee((int) slot)
                : new Reference.Refused("refers to a place outside .text");
    }

    private Optional<Reference> map(Instruction instruction, ElfSymbol symbol) {
        NavigableMap<Long, String> maps = mapsBySection.get(symbol.sectionIndex());
        if (maps == null) {
            return Optional.empty();
        }
        // A static map is known by its section, and the instruction says how far into it.
        long offset = symbol.value() + (symbol.isSection() ? instruction.immediate() : 0);
        return Optional.ofNullable(maps.get(offset)).map(Reference.ToMap::new);
    }
}
