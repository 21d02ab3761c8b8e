package io.jbpf.insn;

import java.util.List;

/**
 * Instructions as text, in the words of the verifier's log and of {@code bpftool prog dump xlated}: {@code (bf) r6 = r1}.
 * The number in brackets is the opcode. What is no instruction is {@code BUG_} and its opcode, as there. Immutable.
 */
public final class Disassembler {
    // Indexed by the operation, the upper four bits of the opcode; kernel/bpf/disasm.c has the same in its tables.
    private static final String[] ALU = {
        "+=", "-=", "*=", "/=", "|=", "&=", "<<=", ">>=", "neg", "%=", "^=", "=", "s>>=", "endian", "", ""
    };
    private static final String[] JUMP = {
        "", "==", ">", ">=", "&", "!=", "s>", "s>=", "", "", "<", "<=", "s<", "s<=", "", ""
    };

    // Indexed by the size, bits 3 and 4 of the opcode.
    private static final String[] UNSIGNED = {"u32", "u16", "u8", "u64"};
    private static final String[] SIGNED = {"s32", "s16", "s8", "s64"};

    /** Stands for a barrier against speculation, which the verifier puts in; in no header for users. */
    private static final int NOSPEC = Opcodes.BPF_ATOMIC;

    /** Of a copy: the offset says what else it does. */
    private static final int ADDRESS_SPACE_CAST = 1;

    private static final int PER_CPU_ADDRESS = -1;

    // Operations of an atomic instruction, in its immediate; linux/bpf.h.
    private static final int FETCH = 0x01;
    private static final int XCHG = 0xe0 | FETCH;
    private static final int CMPXCHG = 0xf0 | FETCH;
    private static final int LOAD_ACQUIRE = 0x100;
    private static final int STORE_RELEASE = 0x110;

    private final InstructionNames names;

    /**
     * A disassembler.
     *
     * @param names how to call what the instructions refer to
     */
    public Disassembler(InstructionNames names) {
        this.names = names;
    }

    /**
     * One instruction as text.
     *
     * @param code the instructions around it, one element per slot
     * @param index which of them; of a 64-bit load the first slot
     * @return without a line break
     * @throws IndexOutOfBoundsException if there is none at that index
     */
    public String text(List<Instruction> code, int index) {
        Instruction instruction = code.get(index);
        String words =
                switch (instruction.instructionClass()) {
                    case Opcodes.BPF_ALU, Opcodes.BPF_ALU64 -> arithmetic(instruction);
                    case Opcodes.BPF_LDX -> load(instruction);
                    case Opcodes.BPF_ST -> storeImmediate(instruction);
                    case Opcodes.BPF_STX -> store(instruction);
                    case Opcodes.BPF_LD -> oldLoad(code, index);
                    default -> jump(instruction);
                };
        return "(%02x) %s".formatted(instruction.opcode(), words);
    }

    private static String arithmetic(Instruction i) {
        boolean wide = i.instructionClass() == Opcodes.BPF_ALU64;
        String destination = register(wide, i.destination());
        int operation = operation(i);
        if (operation == Opcodes.BPF_END) {
            String order = wide ? "bswap" : isSourceRegister(i) ? "be" : "le";
            return "r%d = %s%d r%d".formatted(i.destination(), order, i.immediate(), i.destination());
        }
        if (operation == Opcodes.BPF_NEG) {
            return "%s = -%s".formatted(destination, destination);
        }
        if (operation > Opcodes.BPF_END) {
            return unknown("alu", i);
        }
        String sign = (operation == Opcodes.BPF_DIV || operation == Opcodes.BPF_MOD) && i.offset() == 1 ? "s" : "";
        String words = destination + " " + sign + ALU[operation >> 4] + " ";
        if (!isSourceRegister(i)) {
            return words + i.immediate();
        }
        String source = register(wide, i.source());
        return operation == Opcodes.BPF_MOV ? words + copied(i, wide, source) : words + source;
    }

    private static String copied(Instruction i, boolean wide, String source) {
        if (wide && i.offset() == ADDRESS_SPACE_CAST) {
            return "addr_space_cast(%s, %d, %d)".formatted(source, i.immediate() >>> 16, i.immediate() & 0xffff);
        }
        if (wide && i.offset() == PER_CPU_ADDRESS) {
            return "&(void __percpu *)(%s)".formatted(source);
        }
        return switch (i.offset()) {
            case 8, 16, 32 -> "(s%d)%s".formatted(i.offset(), source);
            default -> source;
        };
    }

    private static String load(Instruction i) {
        return switch (mode(i)) {
            case Opcodes.BPF_MEM -> "r%d = %s".formatted(i.destination(), memory(UNSIGNED, i, i.source()));
            case Opcodes.BPF_MEMSX -> "r%d = %s".formatted(i.destination(), memory(SIGNED, i, i.source()));
            default -> unknown("ldx", i);
        };
    }

    private static String storeImmediate(Instruction i) {
        return switch (mode(i)) {
            case Opcodes.BPF_MEM -> "%s = %d".formatted(memory(UNSIGNED, i, i.destination()), i.immediate());
            case NOSPEC -> "nospec";
            default -> unknown("st", i);
        };
    }

    private static String store(Instruction i) {
        return switch (mode(i)) {
            case Opcodes.BPF_MEM -> "%s = r%d".formatted(memory(UNSIGNED, i, i.destination()), i.source());
            case Opcodes.BPF_ATOMIC -> atomic(i);
            default -> unknown("stx", i);
        };
    }

    private static String atomic(Instruction i) {
        String size = i.opcode() == (Opcodes.BPF_STX | Opcodes.BPF_ATOMIC | Opcodes.BPF_DW) ? "64" : "";
        String place = place(UNSIGNED, i, i.destination());
        return switch (i.immediate()) {
            case Opcodes.BPF_ADD, Opcodes.BPF_AND, Opcodes.BPF_OR, Opcodes.BPF_XOR ->
                "lock *%s %s r%d".formatted(place, ALU[i.immediate() >> 4], i.source());
            case Opcodes.BPF_ADD | FETCH -> fetching("add", size, place, i);
            case Opcodes.BPF_AND | FETCH -> fetching("and", size, place, i);
            case Opcodes.BPF_OR | FETCH -> fetching("or", size, place, i);
            case Opcodes.BPF_XOR | FETCH -> fetching("xor", size, place, i);
            case XCHG -> "r%d = atomic%s_xchg(%s, r%d)".formatted(i.source(), size, place, i.source());
            case CMPXCHG -> "r0 = atomic%s_cmpxchg(%s, r0, r%d)".formatted(size, place, i.source());
            case LOAD_ACQUIRE -> "r%d = load_acquire(%s)".formatted(i.destination(), place(UNSIGNED, i, i.source()));
            case STORE_RELEASE -> "store_release(%s, r%d)".formatted(place, i.source());
            default -> unknown("stx", i);
        };
    }

    private static String fetching(String operation, String size, String place, Instruction i) {
        return "r%d = atomic%s_fetch_%s(%s, r%d)".formatted(i.source(), size, operation, place, i.source());
    }

    /** Loads of packet data as classic BPF has them, and the 64-bit number. */
    private String oldLoad(List<Instruction> code, int index) {
        Instruction i = code.get(index);
        String type = UNSIGNED[i.opcode() >> 3 & 3];
        if (mode(i) == Opcodes.BPF_ABS) {
            return "r0 = *(%s *)skb[%d]".formatted(type, i.immediate());
        }
        if (mode(i) == Opcodes.BPF_IND) {
            return "r0 = *(%s *)skb[r%d + %d]".formatted(type, i.source(), i.immediate());
        }
        return i.isWideLoad() && index + 1 < code.size()
                ? "r%d = %s".formatted(i.destination(), names.value(i, code.get(index + 1)))
                : unknown("ld", i);
    }

    private String jump(Instruction i) {
        boolean wide = i.instructionClass() == Opcodes.BPF_JMP;
        int operation = operation(i);
        if (operation == Opcodes.BPF_CALL) {
            return i.isSubprogramCall()
                    ? "call pc" + names.subprogram(i)
                    : "call %s#%d".formatted(names.function(i).orElse("unknown"), i.immediate());
        }
        if (operation == Opcodes.BPF_JA) {
            if (!wide) {
                return "gotol pc%+d".formatted(i.immediate());
            }
            return isSourceRegister(i) ? "gotox r%d".formatted(i.destination()) : "goto pc%+d".formatted(i.offset());
        }
        if (wide && operation == Opcodes.BPF_EXIT) {
            return "exit";
        }
        if (wide && operation == Opcodes.BPF_JCOND && i.source() == 0) {
            return "may_goto pc%+d".formatted(i.offset());
        }
        String comparison = JUMP[operation >> 4];
        if (comparison.isEmpty()) {
            return unknown("jmp", i);
        }
        String other = isSourceRegister(i) ? register(wide, i.source()) : "0x" + Integer.toHexString(i.immediate());
        return "if %s %s %s goto pc%+d".formatted(register(wide, i.destination()), comparison, other, i.offset());
    }

    private static String memory(String[] types, Instruction i, int base) {
        return "*" + place(types, i, base);
    }

    private static String place(String[] types, Instruction i, int base) {
        return "(%s *)(r%d %+d)".formatted(types[i.opcode() >> 3 & 3], base, i.offset());
    }

    private static String register(boolean wide, int number) {
        return (wide ? "r" : "w") + number;
    }

    private static boolean isSourceRegister(Instruction i) {
        return (i.opcode() & Opcodes.BPF_X) != 0;
    }

    private static int operation(Instruction i) {
        return i.opcode() & 0xf0;
    }

    private static int mode(Instruction i) {
        return i.opcode() & 0xe0;
    }

    private static String unknown(String kind, Instruction i) {
        return "BUG_%s_%02x".formatted(kind, i.opcode());
    }
}
