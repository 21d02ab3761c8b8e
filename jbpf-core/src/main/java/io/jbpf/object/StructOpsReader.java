package io.jbpf.object;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfType.DataSection;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.SectionEntry;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.btf.BtfType.Var;
import io.jbpf.elf.ElfFile;
import io.jbpf.elf.ElfRelocation;
import io.jbpf.elf.ElfSection;
import io.jbpf.elf.ElfSymbol;
import io.jbpf.error.MalformedObjectException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads implementations of kernel interfaces: each variable of {@code .struct_ops} or {@code .struct_ops.link} is a struct
 * of the kernel's with programs for its functions. A question mark in front of the section's name makes them optional.
 */
final class StructOpsReader {
    /** {@code BPF_F_LINK}: the map is registered by a link (Linux 6.4). */
    static final int LINK = 1 << 13;

    private static final String PLAIN = ".struct_ops";
    private static final String LINKED = ".struct_ops.link";

    private final ElfFile elf;
    private final Btf btf;
    private final Collection<ProgramSpec> programs;

    StructOpsReader(ElfFile elf, Btf btf, Collection<ProgramSpec> programs) {
        this.elf = elf;
        this.btf = btf;
        this.programs = programs;
    }

    static boolean isStructOps(ElfSection section) {
        String name = plainName(section);
        return section.type() == ElfSection.SHT_PROGBITS && (name.equals(PLAIN) || name.equals(LINKED));
    }

    private static String plainName(ElfSection section) {
        return section.name().startsWith("?") ? section.name().substring(1) : section.name();
    }

    /** The maps of a section by the names of their variables. */
    void read(ElfSection section, Map<String, MapSpec> maps) {
        int id = btf.dataSection(section.name())
                .orElseThrow(() -> malformed(section, 0, "there are no types for this section; compile with clang -g"));
        byte[] content = section.bytes();
        for (SectionEntry entry : ((DataSection) btf.type(id)).entries()) {
            if (!(btf.type(entry.typeId()) instanceof Var variable)) {
                throw btf.malformed(id, "type " + entry.typeId() + " in " + section.name() + " is not a variable");
            }
            int typeId = btf.resolve(variable.typeId());
            if (!(btf.type(typeId) instanceof Struct struct)) {
                throw btf.malformed(variable.typeId(), "'" + variable.name() + "' is no struct of functions");
            }
            long start = symbol(section, variable.name()).value();
            if (start > content.length - struct.size()) {
                throw malformed(section, start, "'" + variable.name() + "' reaches beyond the section");
            }
            MapSpec.Fields fields = new MapSpec.Fields();
            fields.name = MapSpec.kernelName(variable.name());
            fields.type = MapType.STRUCT_OPS;
            fields.keySize = Integer.BYTES;
            fields.valueSize = struct.size();
            fields.maxEntries = 1;
            fields.flags = plainName(section).equals(LINKED) ? LINK : 0;
            fields.structTypeId = typeId;
            fields.autocreate = !section.name().startsWith("?");
            fields.initialValue = Arrays.copyOfRange(content, (int) start, (int) start + struct.size());
            fields.functions = functions(section, struct, start);
            if (maps.putIfAbsent(variable.name(), MapSpec.of(fields)) != null) {
                throw malformed(section, start, "there are two maps called '" + variable.name() + "'");
            }
        }
    }

    private ElfSymbol symbol(ElfSection section, String name) {
        return elf.symbols().stream()
                .filter(s -> s.sectionIndex() == section.index() && s.name().equals(name))
                .findFirst()
                .orElseThrow(() -> malformed(section, 0, "'" + name + "' has types but no symbol"));
    }

    /** Which program stands for which member: the compiler leaves a relocation at each. */
    private Map<String, String> functions(ElfSection section, Struct struct, long start) {
        Map<String, String> functions = new HashMap<>();
        for (ElfRelocation relocation : elf.relocations(section)) {
            long at = relocation.offset() - start;
            if (at < 0 || at >= struct.size()) {
                continue;
            }
            Member member = struct.members().stream()
                    .filter(m -> m.byteOffset() == at)
                    .findFirst()
                    .orElseThrow(() -> malformed(
                            section,
                            relocation.offset(),
                            "something is set in the middle of a member of '" + struct.name() + "'"));
            functions.put(member.name(), program(section, relocation, member));
        }
        return functions;
    }

    private String program(ElfSection section, ElfRelocation relocation, Member member) {
        ElfSymbol symbol = elf.symbols().get(relocation.symbolIndex());
        int slot = (int) (symbol.value() / 8);
        for (ProgramSpec program : programs) {
            if (program.isAt(
                    symbol.sectionIndex() < elf.sections().size()
                            ? elf.sections().get(symbol.sectionIndex()).name()
                            : "",
                    slot)) {
                if (program.type() != ProgramType.STRUCT_OPS) {
                    throw malformed(
                            section,
                            relocation.offset(),
                            "'" + program.name() + "', set for '" + member.name() + "', is in SEC(\""
                                    + program.sectionName() + "\"); put it into SEC(\"struct_ops\")");
                }
                return program.name();
            }
        }
        throw malformed(
                section,
                relocation.offset(),
                "'" + symbol.name() + "', set for '" + member.name() + "', is no program in a SEC(\"struct_ops\")");
    }

    private MalformedObjectException malformed(ElfSection section, long offset, String problem) {
        return new MalformedObjectException(elf.name(), section.name(), offset, problem);
    }
}
