package io.jbpf.probe;

import io.jbpf.object.ProgramType;

/**
 * The versions of the BPF instruction set, as clang's {@code -mcpu} names them. Each has the instructions of those before.
 */
public enum InstructionSet {
    /** The first one. */
    V1("4.1"),
    /** Jumps if less: {@code JLT}, {@code JLE}, {@code JSLT}, {@code JSLE}. */
    V2("4.14"),
    /** Jumps on 32-bit comparisons. */
    V3("5.1"),
    /** Moves and loads that extend the sign, signed division, unconditional byte swaps, long jumps. */
    V4("6.6");

    private static final int JLT = 0xa5;
    private static final int JEQ32 = 0x16;
    private static final int MOV64_X = 0xbf;
    private static final int MOV64 = 0xb7;

    private final String kernelFloor;

    InstructionSet(String kernelFloor) {
        this.kernelFloor = kernelFloor;
    }

    /** {@return the first upstream kernel that has it, such as {@code 5.1}} */
    public String kernelFloor() {
        return kernelFloor;
    }

    Support tryOut() {
        byte[] zero = Trial.instruction(MOV64, 0, 0, 0);
        byte[] one =
                switch (this) {
                    case V1 -> zero;
                    case V2 -> Trial.instruction(JLT, 0, 0, 1);
                    case V3 -> Trial.instruction(JEQ32, 0, 0, 1);
                    // r0 = (s8)r0: the offset says how many bits
                    case V4 -> Trial.instruction(MOV64_X, 0, 8, 0);
                };
        return Trial.of(Trial.load(ProgramType.SOCKET_FILTER, 0, "", zero, one, Trial.EXIT));
    }
}
