package io.jbpf.object;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfPatch;
import io.jbpf.btf.BtfType.DataSection;
import io.jbpf.btf.BtfType.Func;
import io.jbpf.btf.BtfType.Linkage;
import io.jbpf.btf.BtfType.SectionEntry;
import io.jbpf.btf.BtfType.Var;
import io.jbpf.elf.ElfFile;
import io.jbpf.elf.ElfSection;
import io.jbpf.elf.ElfSymbol;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Completes an object's BTF for bpf(BPF_BTF_LOAD). The compiler does not know yet how large a data section will be nor
 * where its global variables lie; the ELF file does. What is hidden from other objects ({@code __hidden}) becomes
 * static: the kernel verifies static functions together with their callers, as hidden ones are meant to be.
 */
final class KernelBtf {
    private final ElfFile elf;
    private final Btf btf;
    private final Map<String, ElfSymbol> globals;
    private final Map<String, ExternSpec> externs;

    KernelBtf(ElfFile elf, Btf btf, Map<String, ElfSymbol> globals, Map<String, ExternSpec> externs) {
        this.elf = elf;
        this.btf = btf;
        this.globals = globals;
        this.externs = externs;
    }

    byte[] complete(byte[] original, List<String> hiddenFunctions) {
        BtfPatch patch = new BtfPatch(btf, original);
        Set<String> hidden = new HashSet<>(hiddenFunctions);
        for (int id = btf.firstId(); id <= btf.lastId(); id++) {
            BtfKind kind = btf.kind(id);
            if (kind == BtfKind.DATASEC) {
                DataSection section = (DataSection) btf.type(id);
                int patched = id;
                if (section.name().equals(ExternSpec.KCONFIG)) {
                    configSection(patch, id, section);
                } else if (section.name().equals(ExternSpec.KSYMS)) {
                    symbolSection(patch, id, section);
                } else {
                    elf.section(section.name()).ifPresent(place -> dataSection(patch, patched, section, place));
                }
            } else if (kind == BtfKind.FUNC
                    && !hidden.isEmpty()
                    && btf.type(id) instanceof Func function
                    && function.linkage() == Linkage.GLOBAL
                    && hidden.contains(function.name())) {
                patch.function(id, Linkage.STATIC);
            }
        }
        return patch.toBytes();
    }

    /** Configuration values become variables of a map like any other. */
    private void configSection(BtfPatch patch, int id, DataSection section) {
        List<SectionEntry> entries = new ArrayList<>(section.entries().size());
        long size = 0;
        for (SectionEntry entry : section.entries()) {
            ExternSpec extern = externs.get(btf.typeName(entry.typeId()));
            if (extern == null || extern.kind() != ExternSpec.Kind.KERNEL_CONFIG) {
                // Declared, but no code refers to it: the whole section is of no use to the kernel.
                hide(patch, id, section);
                return;
            }
            entries.add(new SectionEntry(entry.typeId(), extern.offset(), extern.size()));
            size = Math.max(size, extern.offset() + extern.size());
        }
        section.entries().forEach(entry -> patch.variable(entry.typeId(), Linkage.GLOBAL));
        entries.sort(Comparator.comparingLong(SectionEntry::offset));
        patch.dataSection(id, size, entries);
    }

    /**
     * The kernel takes neither externs nor functions in a data section. Programs do not refer to the types of this one,
     * so it becomes a struct that nobody looks at, and its externs variables and functions like others.
     */
    private void symbolSection(BtfPatch patch, int id, DataSection section) {
        hide(patch, id, section);
        for (SectionEntry entry : section.entries()) {
            if (btf.kind(entry.typeId()) == BtfKind.FUNC) {
                patch.function(entry.typeId(), Linkage.GLOBAL);
                patch.nameParameters(entry.typeId());
            }
        }
    }

    private void hide(BtfPatch patch, int id, DataSection section) {
        int integer = fourByteInteger();
        patch.dataSectionToStruct(id, integer);
        for (SectionEntry entry : section.entries()) {
            if (btf.kind(entry.typeId()) == BtfKind.VAR) {
                patch.variable(entry.typeId(), Linkage.GLOBAL, integer);
            }
        }
    }

    private int fourByteInteger() {
        for (int id = btf.firstId(); id <= btf.lastId(); id++) {
            if (btf.kind(id) == BtfKind.INT && btf.sizeOf(id) == Integer.BYTES) {
                return id;
            }
        }
        throw btf.malformed(0, "there is no integer of four bytes to stand for externs");
    }

    private void dataSection(BtfPatch patch, int id, DataSection section, ElfSection place) {
        List<SectionEntry> entries = new ArrayList<>(section.entries().size());
        for (SectionEntry entry : section.entries()) {
            SectionEntry placed = entry;
            if (btf.type(entry.typeId()) instanceof Var variable && variable.linkage() == Linkage.GLOBAL) {
                ElfSymbol symbol = globals.get(variable.name());
                if (symbol == null || symbol.sectionIndex() != place.index()) {
                    throw btf.malformed(id, "variable '" + variable.name() + "' has no symbol in " + section.name());
                }
                placed = new SectionEntry(entry.typeId(), symbol.value(), entry.size());
                if (symbol.isHidden()) {
                    patch.variable(entry.typeId(), Linkage.STATIC);
                }
            }
            entries.add(placed);
        }
        entries.sort(Comparator.comparingLong(SectionEntry::offset));
        patch.dataSection(id, place.size(), entries);
    }
}
