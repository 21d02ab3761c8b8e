package io.jbpf.insn;

import java.util.Optional;

/**
 * What an instruction refers to, in words. As they are here, they suit code that no kernel has seen: helpers by their
 * numbers, functions of the program by distance.
 */
public interface InstructionNames {
    /** The names that the instructions alone give. */
    InstructionNames PLAIN = new InstructionNames() {};

    /**
     * The name of the helper or kernel function that is called.
     *
     * @param call a call that is none within the program
     * @return its name, or empty if it is not known
     */
    default Optional<String> function(Instruction call) {
        return call.source() == 0 ? Helpers.name(call.immediate()) : Optional.empty();
    }

    /**
     * Where a call of a function of the same program leads.
     *
     * @param call the call
     * @return the distance in instructions with its sign, and what else is known: {@code +12}
     */
    default String subprogram(Instruction call) {
        return "%+d".formatted(call.immediate());
    }

    /**
     * What a 64-bit load loads.
     *
     * @param load its first slot, whose source says what it is
     * @param next the second slot
     * @return such as {@code map[id:5][0]+8} or {@code 0x1234}
     */
    default String value(Instruction load, Instruction next) {
        return switch (load.source()) {
            case Opcodes.BPF_PSEUDO_MAP_FD -> "map[id:%d]".formatted(load.immediate());
            case Opcodes.BPF_PSEUDO_MAP_VALUE -> "map[id:%d][0]+%d".formatted(load.immediate(), next.immediate());
            case Opcodes.BPF_PSEUDO_MAP_IDX -> "map[idx:%d]".formatted(load.immediate());
            case Opcodes.BPF_PSEUDO_MAP_IDX_VALUE -> "map[idx:%d]+%d".formatted(load.immediate(), next.immediate());
            case Opcodes.BPF_PSEUDO_FUNC -> "subprog[%+d]".formatted(load.immediate());
            default -> "0x" + Long.toHexString((long) next.immediate() << 32 | (load.immediate() & 0xffff_ffffL));
        };
    }
}
