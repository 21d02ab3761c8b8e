package io.jbpf.relocation;

import io.jbpf.insn.Instruction;
import io.jbpf.insn.Opcodes;
import io.jbpf.relocation.PathValue.CannotAnswer;
import java.util.List;

/** The instruction that asks with the answer in it, whichever form it has. */
final class InstructionPatch {
    private InstructionPatch() {}

    /**
     * What to put in.
     *
     * @param expected what the compiler put there
     * @param checked whether to make sure of that
     * @param value what belongs there
     * @param oldSize how many bytes the instruction loads; 0 if that is no matter
     * @param newSize how many it should load
     * @param resizable whether it may load another number of bytes
     */
    record Answer(long expected, boolean checked, long value, int oldSize, int newSize, boolean resizable) {}

    /**
     * What belongs into the code from an index on: one instruction, or both halves of a 64-bit load.
     *
     * @throws CannotAnswer if the instruction cannot take the answer
     */
    static List<Instruction> of(List<Instruction> code, int index, Answer answer) throws CannotAnswer {
        Instruction instruction = code.get(index);
        return switch (instruction.instructionClass()) {
            case Opcodes.BPF_ALU, Opcodes.BPF_ALU64 -> List.of(arithmetic(instruction, answer));
            case Opcodes.BPF_LDX, Opcodes.BPF_ST, Opcodes.BPF_STX -> List.of(memory(instruction, answer));
            case Opcodes.BPF_LD -> wide(code, index, answer);
            default ->
                throw new CannotAnswer("the instruction has opcode 0x" + Integer.toHexString(instruction.opcode()));
        };
    }

    private static Instruction arithmetic(Instruction instruction, Answer answer) throws CannotAnswer {
        if ((instruction.opcode() & Opcodes.BPF_X) != 0) {
            throw new CannotAnswer("the instruction takes no immediate");
        }
        checkLowerHalf(answer, instruction.immediate());
        return instruction.withImmediate((int) answer.value());
    }

    private static Instruction memory(Instruction instruction, Answer answer) throws CannotAnswer {
        check(answer, instruction.offset(), answer.expected());
        if (answer.value() < 0 || answer.value() > Short.MAX_VALUE) {
            throw new CannotAnswer("offset " + answer.value() + " does not fit the instruction");
        }
        Instruction moved = instruction.withOffset((short) answer.value());
        if (answer.oldSize() == answer.newSize()) {
            return moved;
        }
        if (!answer.resizable()) {
            throw new CannotAnswer("the field has " + answer.newSize() + " bytes instead of " + answer.oldSize()
                    + " and is signed or no integer; read it with BPF_CORE_READ or bpf_core_read_bitfield");
        }
        if (sizeOf(instruction) != answer.oldSize()) {
            throw new CannotAnswer(
                    "the instruction moves " + sizeOf(instruction) + " bytes of a field of " + answer.oldSize());
        }
        int size =
                switch (answer.newSize()) {
                    case 1 -> Opcodes.BPF_B;
                    case 2 -> Opcodes.BPF_H;
                    case 4 -> Opcodes.BPF_W;
                    case 8 -> Opcodes.BPF_DW;
                    default -> throw new CannotAnswer("no instruction moves " + answer.newSize() + " bytes");
                };
        return moved.withOpcode((instruction.opcode() & ~Opcodes.BPF_DW) | size);
    }

    private static int sizeOf(Instruction instruction) {
        return switch (instruction.opcode() & Opcodes.BPF_DW) {
            case Opcodes.BPF_B -> 1;
            case Opcodes.BPF_H -> 2;
            case Opcodes.BPF_W -> 4;
            default -> 8;
        };
    }

    private static List<Instruction> wide(List<Instruction> code, int index, Answer answer) throws CannotAnswer {
        Instruction low = code.get(index);
        if (!low.isWideLoad() || low.source() != 0 || index + 1 >= code.size()) {
            throw new CannotAnswer("the instruction is no plain 64-bit load");
        }
        Instruction high = code.get(index + 1);
        // Compilers disagree on whether a 32-bit enum is widened with its sign: the lower half tells enough.
        checkLowerHalf(answer, low.immediate());
        return List.of(low.withImmediate((int) answer.value()), high.withImmediate((int) (answer.value() >>> 32)));
    }

    private static void checkLowerHalf(Answer answer, int there) throws CannotAnswer {
        check(answer, Integer.toUnsignedLong(there), answer.expected() & 0xffff_ffffL);
    }

    private static void check(Answer answer, long there, long expected) throws CannotAnswer {
        if (answer.checked() && there != expected) {
            throw new CannotAnswer("the instruction has " + there + " where the program's types give " + expected);
        }
    }

    /** Makes an instruction one that no verifier accepts; both halves of a 64-bit load. */
    static void poison(List<Instruction> code, int index) {
        Instruction poison =
                new Instruction(Opcodes.BPF_JMP | Opcodes.BPF_CALL, 0, 0, (short) 0, FailedRelocation.POISON);
        if (code.get(index).isWideLoad() && index + 1 < code.size()) {
            code.set(index + 1, poison);
        }
        code.set(index, poison);
    }
}
