package io.jbpf.map;

import io.jbpf.btf.BtfBuilder;
import io.jbpf.btf.BtfType;
import io.jbpf.insn.Instruction;
import io.jbpf.insn.InstructionCodec;
import io.jbpf.insn.Opcodes;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The program that copies a map's elements into an array's one value: {@code bpf_for_each_map_elem} (Linux 5.13) in a
 * program of type SYSCALL (5.14), made for one map and its sizes. The value begins with the count; elements follow at
 * {@link #FIRST}, key and value each at a multiple of eight bytes.
 */
final class DrainProgram {
    /** Where the first element lies. */
    static final int FIRST = 16;

    private static final int SYSCALL = 31;
    private static final int SLEEPABLE = 1 << 4;
    private static final int FOR_EACH_MAP_ELEM = 164;

    /** Where the function begins that is called with each element. */
    private static final int CALLBACK = 11;

    private static final int LOAD_DW = Opcodes.BPF_LDX | Opcodes.BPF_MEM | Opcodes.BPF_DW;
    private static final int STORE_DW = Opcodes.BPF_STX | Opcodes.BPF_MEM | Opcodes.BPF_DW;

    private final List<Instruction> code = new ArrayList<>();

    private DrainProgram() {}

    /** {@return how many bytes an element takes} */
    static int stride(MapInfo info) {
        return aligned(info.keySize()) + aligned(info.valueSize());
    }

    private static int aligned(int size) {
        return (size + 7) & -8;
    }

    /**
     * Loads the program for a map.
     *
     * @param from the map's descriptor
     * @param to the descriptor of the array
     * @param room how many elements the array has room for
     * @return the program; nothing if this kernel does not take it
     */
    static Optional<Fd> load(Bpf bpf, MapInfo info, int from, int to, int room) {
        BtfBuilder types = BtfBuilder.create(ByteOrder.nativeOrder());
        int word = types.add(BtfBuilder.unsigned("__u64", Long.BYTES));
        int integer = types.add(BtfBuilder.signed("int", Integer.BYTES));
        int mainProto = types.add(new BtfType.FuncProto(integer, parameters(word, "ctx")));
        int eachProto = types.add(new BtfType.FuncProto(integer, parameters(word, "map", "key", "value", "ctx")));
        int main = types.add(new BtfType.Func("drain", mainProto, BtfType.Linkage.GLOBAL));
        int each = types.add(new BtfType.Func("copy", eachProto, BtfType.Linkage.STATIC));
        NativeMemory nothing = NativeMemory.allocate(0);
        int btf = bpf.btfLoad(NativeMemory.copyOf(types.encode()), nothing, 0);
        if (btf < 0) {
            return Optional.empty();
        }
        try (Fd held = bpf.own(btf, "the types of a drain")) {
            // struct bpf_func_info: instruction and type, of each function
            NativeMemory functions = NativeMemory.allocate(4 * Integer.BYTES);
            functions.buffer().putInt(0, 0).putInt(4, main).putInt(8, CALLBACK).putInt(12, each);
            byte[] instructions =
                    InstructionCodec.encode(new DrainProgram().write(info, from, to, room), ByteOrder.nativeOrder());
            int number = held.acquire();
            int program;
            try {
                program = bpf.programLoad(
                        new Bpf.ProgramDefinition(
                                "jbpf_drain",
                                SYSCALL,
                                NativeMemory.copyOf(instructions),
                                "GPL",
                                0,
                                SLEEPABLE,
                                0,
                                number,
                                functions,
                                2 * Integer.BYTES,
                                nothing,
                                0,
                                0,
                                0),
                        nothing,
                        0);
            } finally {
                held.release();
            }
            return program < 0 ? Optional.empty() : Optional.of(bpf.own(program, "the drain of '" + info.name() + "'"));
        }
    }

    private static List<BtfType.Parameter> parameters(int type, String... names) {
        return List.of(names).stream()
                .map(name -> new BtfType.Parameter(name, type))
                .toList();
    }

    private List<Instruction> write(MapInfo info, int from, int to, int room) {
        // drain(): count = 0; return bpf_for_each_map_elem(from, copy, 0, 0)
        wide(1, Opcodes.BPF_PSEUDO_MAP_VALUE, to);
        add(Opcodes.BPF_ST | Opcodes.BPF_MEM | Opcodes.BPF_DW, 1, 0, 0, 0);
        wide(1, Opcodes.BPF_PSEUDO_MAP_FD, from);
        wide(2, Opcodes.BPF_PSEUDO_FUNC, CALLBACK - code.size() - 1);
        add(Opcodes.BPF_ALU64 | Opcodes.BPF_MOV, 3, 0, 0, 0);
        add(Opcodes.BPF_ALU64 | Opcodes.BPF_MOV, 4, 0, 0, 0);
        add(Opcodes.BPF_JMP | Opcodes.BPF_CALL, 0, 0, 0, FOR_EACH_MAP_ELEM);
        add(Opcodes.BPF_JMP | Opcodes.BPF_EXIT, 0, 0, 0, 0);
        // copy(map, key = r2, value = r3): r5 = the array, r0 = count
        wide(5, Opcodes.BPF_PSEUDO_MAP_VALUE, to);
        add(LOAD_DW, 0, 5, 0, 0);
        int full = code.size();
        add(Opcodes.BPF_JMP | Opcodes.BPF_JGT, 0, 0, 0, room - 1);
        add(Opcodes.BPF_ALU64 | Opcodes.BPF_MOV | Opcodes.BPF_X, 1, 0, 0, 0);
        add(Opcodes.BPF_ALU64 | Opcodes.BPF_ADD, 1, 0, 0, 1);
        add(STORE_DW, 5, 1, 0, 0);
        add(Opcodes.BPF_ALU64 | Opcodes.BPF_MUL, 0, 0, 0, stride(info));
        add(Opcodes.BPF_ALU64 | Opcodes.BPF_ADD | Opcodes.BPF_X, 5, 0, 0, 0);
        copy(2, info.keySize(), FIRST);
        copy(3, info.valueSize(), FIRST + aligned(info.keySize()));
        add(Opcodes.BPF_ALU64 | Opcodes.BPF_MOV, 0, 0, 0, 0);
        add(Opcodes.BPF_JMP | Opcodes.BPF_EXIT, 0, 0, 0, 0);
        code.set(full, code.get(full).withOffset((short) (code.size() - full - 1)));
        // full: 1 ends the iteration
        add(Opcodes.BPF_ALU64 | Opcodes.BPF_MOV, 0, 0, 0, 1);
        add(Opcodes.BPF_JMP | Opcodes.BPF_EXIT, 0, 0, 0, 0);
        return code;
    }

    private void copy(int source, int size, int to) {
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
            add(Opcodes.BPF_LDX | mode, 1, source, at, 0);
            add(Opcodes.BPF_STX | mode, 5, 1, to + at, 0);
            at += width;
        }
    }

    private void wide(int register, int kind, int number) {
        add(Opcodes.BPF_LD | Opcodes.BPF_DW | Opcodes.BPF_IMM, register, kind, 0, number);
        add(0, 0, 0, 0, 0);
    }

    private void add(int opcode, int destination, int source, int offset, int immediate) {
        code.add(new Instruction(opcode, destination, source, (short) offset, immediate));
    }
}
