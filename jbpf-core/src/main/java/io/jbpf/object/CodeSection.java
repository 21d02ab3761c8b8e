package io.jbpf.object;

import io.jbpf.btf.BtfExt.CoreRelocation;
import io.jbpf.btf.BtfExt.FuncInfo;
import io.jbpf.btf.BtfExt.LineInfo;
import io.jbpf.insn.Instruction;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * A section of instructions with all that is known about single ones, each by its slot in the section. Functions are
 * stretches of it and share it.
 */
final class CodeSection {
    private final String name;
    private final List<Instruction> instructions;
    private final NavigableMap<Integer, Reference> references;
    private final NavigableMap<Integer, FuncInfo> functions;
    private final NavigableMap<Integer, LineInfo> lines;
    private final NavigableMap<Integer, CoreRelocation> coreRelocations;

    CodeSection(
            String name,
            List<Instruction> instructions,
            NavigableMap<Integer, Reference> references,
            Collection<FuncInfo> functions,
            Collection<LineInfo> lines,
            Collection<CoreRelocation> coreRelocations) {
        this.name = name;
        this.instructions = List.copyOf(instructions);
        this.references = references;
        this.functions = bySlot(functions, FuncInfo::instructionOffset);
        this.lines = bySlot(lines, LineInfo::instructionOffset);
        this.coreRelocations = bySlot(coreRelocations, CoreRelocation::instructionOffset);
    }

    String name() {
        return name;
    }

    List<Instruction> instructions(Function function) {
        return instructions.subList(function.start(), function.end());
    }

    NavigableMap<Integer, Reference> references(Function function) {
        return part(references, function);
    }

    NavigableMap<Integer, FuncInfo> functions(Function function) {
        return part(functions, function);
    }

    NavigableMap<Integer, LineInfo> lines(Function function) {
        return part(lines, function);
    }

    NavigableMap<Integer, CoreRelocation> coreRelocations(Function function) {
        return part(coreRelocations, function);
    }

    private static <T> NavigableMap<Integer, T> part(NavigableMap<Integer, T> all, Function function) {
        return all.subMap(function.start(), true, function.end(), false);
    }

    private static <T> NavigableMap<Integer, T> bySlot(Collection<T> records, ToLongFunction<T> byteOffset) {
        NavigableMap<Integer, T> map = new TreeMap<>();
        for (T record : records) {
            map.put((int) (byteOffset.applyAsLong(record) / Instruction.SIZE), record);
        }
        return map;
    }
}
