package io.jbpf.insn;

/**
 * One slot of a program: eight bytes, {@code struct bpf_insn}. The 64-bit load {@code ld_imm64} takes two slots, the
 * second of which has opcode 0 and the upper half of the number as its immediate.
 *
 * @param opcode what to do, 0 to 255, see {@link Opcodes}
 * @param destination the destination register, 0 to 15
 * @param source the source register, 0 to 15; for some opcodes a {@code BPF_PSEUDO_…} number
 * @param offset a signed 16-bit offset, of memory or of a jump
 * @param immediate a signed 32-bit number
 */
public record Instruction(int opcode, int destination, int source, short offset, int immediate) {
    /** How many bytes a slot has. */
    public static final int SIZE = 8;

    /**
     * An instruction.
     *
     * @throws IllegalArgumentException if opcode or a register does not fit its field
     */
    public Instruction {
        if ((opcode & ~0xff) != 0 || (destination & ~0xf) != 0 || (source & ~0xf) != 0) {
            throw new IllegalArgumentException("opcode " + opcode + ", registers " + destination + " and " + source
                    + " do not fit an instruction");
        }
    }

    /** {@return the class of the instruction: the lowest three bits of the opcode, such as {@link Opcodes#BPF_JMP}} */
    public int instructionClass() {
        return opcode & 0x07;
    }

    /** {@return whether this is the first of the two slots of a 64-bit load ({@code BPF_LD | BPF_DW | BPF_IMM})} */
    public boolean isWideLoad() {
        return opcode == (Opcodes.BPF_LD | Opcodes.BPF_DW | Opcodes.BPF_IMM);
    }

    /** {@return whether it calls a helper, a kernel function or a function of the program} */
    public boolean isCall() {
        return opcode == (Opcodes.BPF_JMP | Opcodes.BPF_CALL);
    }

    /** {@return whether it calls a function of the same program} */
    public boolean isSubprogramCall() {
        return isCall() && source == Opcodes.BPF_PSEUDO_CALL;
    }

    /** {@return whether it loads the address of a function of the same program} */
    public boolean isFunctionAddress() {
        return isWideLoad() && source == Opcodes.BPF_PSEUDO_FUNC;
    }

    /**
     * The same with another source register or {@code BPF_PSEUDO_…} number.
     *
     * @param newSource 0 to 15
     * @return the instruction
     */
    public Instruction withSource(int newSource) {
        return new Instruction(opcode, destination, newSource, offset, immediate);
    }

    /**
     * The same with another offset.
     *
     * @param newOffset the offset
     * @return the instruction
     */
    public Instruction withOffset(short newOffset) {
        return new Instruction(opcode, destination, source, newOffset, immediate);
    }

    /**
     * The same with another immediate.
     *
     * @param newImmediate the number
     * @return the instruction
     */
    public Instruction withImmediate(int newImmediate) {
        return new Instruction(opcode, destination, source, offset, newImmediate);
    }

    /**
     * The same with another opcode.
     *
     * @param newOpcode 0 to 255
     * @return the instruction
     */
    public Instruction withOpcode(int newOpcode) {
        return new Instruction(newOpcode, destination, source, offset, immediate);
    }
}
