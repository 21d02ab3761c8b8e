package io.jbpf.inspect;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfType;
import io.jbpf.error.BpfException;
import io.jbpf.insn.Instruction;
import io.jbpf.insn.InstructionNames;
import io.jbpf.insn.Opcodes;
import io.jbpf.kernel.KernelBtf;
import io.jbpf.kernel.KernelSymbols;
import io.jbpf.program.ProgramCode;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the instructions of a loaded program call. The verifier has put addresses in the place of numbers: of a helper its
 * distance from {@code __bpf_call_base}, of a function of the program its place among the compiled ones (kernel/bpf/core.c,
 * {@code bpf_prog_get_info_by_fd} of syscall.c).
 */
final class LoadedNames implements InstructionNames {
    private static final String CALL_BASE = "__bpf_call_base";

    private final long callBase;
    private final List<ProgramCode.Jited> jited;
    private final Map<Long, String> symbols;

    private LoadedNames(long callBase, List<ProgramCode.Jited> jited, Map<Long, String> symbols) {
        this.callBase = callBase;
        this.jited = jited;
        this.symbols = symbols;
    }

    static LoadedNames of(ProgramCode code) {
        List<Instruction> calls =
                code.instructions().stream().filter(Instruction::isCall).toList();
        if (calls.isEmpty()) {
            return new LoadedNames(0, code.jited(), Map.of());
        }
        // Zero where the kernel hides addresses.
        long base = KernelSymbols.occurrences(Set.of(CALL_BASE)).getOrDefault(CALL_BASE, Set.of()).stream()
                .findFirst()
                .orElse(0L);
        Set<Long> wanted = new HashSet<>();
        code.jited().forEach(function -> wanted.add(function.address()));
        if (base != 0) {
            calls.forEach(call -> wanted.add(base + call.immediate()));
        }
        return new LoadedNames(base, code.jited(), KernelSymbols.names(wanted));
    }

    @Override
    public Optional<String> function(Instruction call) {
        return InstructionNames.super
                .function(call)
                .or(() -> Optional.ofNullable(symbols.get(callBase + call.immediate())))
                .or(() -> kernelFunction(call));
    }

    /** Machines whose calls reach the whole kernel keep a kernel function's BTF id; with an offset it is a module's. */
    private static Optional<String> kernelFunction(Instruction call) {
        if (call.source() != Opcodes.BPF_PSEUDO_KFUNC_CALL || call.offset() != 0) {
            return Optional.empty();
        }
        try {
            Btf kernel = KernelBtf.get();
            int id = call.immediate();
            return id >= kernel.firstId() && id <= kernel.lastId() && kernel.type(id) instanceof BtfType.Func function
                    ? Optional.of(function.name())
                    : Optional.empty();
        } catch (BpfException e) {
            return Optional.empty();
        }
    }

    @Override
    public String subprogram(Instruction call) {
        if (jited.isEmpty()) {
            return "%+d".formatted(call.offset());
        }
        int function = call.immediate();
        if (function < 0 || function >= jited.size()) {
            return InstructionNames.super.subprogram(call);
        }
        long address = jited.get(function).address();
        String name = symbols.getOrDefault(address, "0x" + Long.toHexString(address));
        return "%+d#%s".formatted(call.offset(), name);
    }
}
