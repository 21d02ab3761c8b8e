package io.jbpf.map;

import io.jbpf.insn.Instruction;
import io.jbpf.insn.Opcodes;
import java.util.ArrayList;
import java.util.List;

/** The instructions of a drain as they are written one after the other. */
final class DrainCode {
    /** The register that points at where an element goes. */
    static final int TO = 5;

    private final List<Instruction> code = new ArrayList<>();

    int size() {
        return code.size();
    }

    List<Instruction> instructions() {
        return List.copyOf(code);
    }

    void add(int opcode, int destination, int source, int offset, int immediate) {
        code.add(new Instruction(opcode, destination, source, (short) offset, immediate));
    }

    /** A load of 64 bits, which takes two slots. */
    void wide(int register, int kind, int number) {
        add(Opcodes.BPF_LD | Opcodes.BPF_DW | Opcodes.BPF_IMM, register, kind, 0, number);
        add(0, 0, 0, 0, 0);
    }

    /**
     * A jump forward, to where {@link #land} says.
     *
     * @param with the other register, or the immediate, as the opcode has it
     */
    int jump(int opcode, int register, int with) {
        boolean registers = (opcode & Opcodes.BPF_X) != 0;
        add(opcode, register, registers ? with : 0, 0, registers ? 0 : with);
        return code.size() - 1;
    }

    /** A jump to an instruction that is there already, if a register is not 0 or always. */
    void jumpBack(int opcode, int register, int target) {
        add(opcode, register, 0, target - code.size() - 1, 0);
    }

    /** Makes a jump lead to the next instruction. */
    void land(int jump) {
        code.set(jump, code.get(jump).withOffset((short) (code.size() - jump - 1)));
    }

    void exit(int result) {
        add(Opcodes.BPF_ALU64 | Opcodes.BPF_MOV, 0, 0, 0, result);
        add(Opcodes.BPF_JMP | Opcodes.BPF_EXIT, 0, 0, 0, 0);
    }

    /** Copies bytes from behind a register to behind {@link #TO}, by way of r1. */
    void copy(int source, int from, int size, int to) {
        int at = 0;
        while (at < size) {
            int left = size - at;
            int width = left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
            int mode = Opcodes.BPF_MEM
                    | switch (width) {
                        case 8 -> Opcodes.BPF_DW;
                        case 4 -> Opcodes.BPF_W;
                        case 2 -> Opcodes.BPF_H;
                        default -> Opcodes.BPF_B;
                    };
            add(Opcodes.BPF_LDX | mode, 1, source, from + at, 0);
            add(Opcodes.BPF_STX | mode, TO, 1, to + at, 0);
            at += width;
        }
    }
}
