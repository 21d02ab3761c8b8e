package io.jbpf.map;

import io.jbpf.btf.BtfBuilder;
import io.jbpf.btf.BtfType;
import io.jbpf.insn.Instruction;
import io.jbpf.insn.InstructionCodec;
import io.jbpf.insn.Opcodes;
import io.jbpf.kernel.KernelBtf;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/**
 * The program that copies a map's elements into an array's one value: {@link BucketWalkProgram} where the kernel takes it,
 * else {@code bpf_for_each_map_elem} (Linux 5.13), in a program of type SYSCALL (5.14), made for one map and its sizes. The value begins with the count; elements follow at
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

    private static final int NO_PREALLOC = 1;
    private static final NativeMemory NOTHING = NativeMemory.allocate(0);

    private DrainProgram() {}

    /**
     * A program that copies a map.
     *
     * @param walksBuckets whether it answers {@link BucketWalkProgram#WHOLE} when it has copied all; else it answers how
     *     many elements it was called with
     */
    record Drain(Fd program, boolean walksBuckets) {}

    /** {@return how many bytes an element takes} */
    static int stride(MapInfo info) {
        return aligned(info.keySize()) + aligned(info.valueSize());
    }

    static int aligned(int size) {
        return (size + 7) & -8;
    }

    /**
     * Loads the program for a map.
     *
     * @param from the map's descriptor
     * @param to the descriptor of an array with room for all elements that the map may have
     * @return the program; nothing if this kernel does not take it
     */
    static Optional<Drain> load(Bpf bpf, MapInfo info, int from, int to) {
        BtfBuilder types = BtfBuilder.create(ByteOrder.nativeOrder());
        int word = types.add(BtfBuilder.unsigned("__u64", Long.BYTES));
        int integer = types.add(BtfBuilder.signed("int", Integer.BYTES));
        int mainProto = types.add(new BtfType.FuncProto(integer, parameters(word, "ctx")));
        int eachProto = types.add(new BtfType.FuncProto(integer, parameters(word, "map", "key", "value", "ctx")));
        int main = types.add(new BtfType.Func("drain", mainProto, BtfType.Linkage.GLOBAL));
        int each = types.add(new BtfType.Func("copy", eachProto, BtfType.Linkage.STATIC));
        int btf = bpf.btfLoad(NativeMemory.copyOf(types.encode()), NOTHING, 0);
        if (btf < 0) {
            return Optional.empty();
        }
        try (Fd held = bpf.own(btf, "the types of a drain")) {
            // struct bpf_func_info: instruction and type, of each function
            NativeMemory functions = NativeMemory.allocate(4 * Integer.BYTES);
            functions.buffer().putInt(0, 0).putInt(4, main).putInt(8, CALLBACK).putInt(12, each);
            NativeMemory first = NativeMemory.allocate(2 * Integer.BYTES);
            first.buffer().putInt(0, 0).putInt(4, main);
            int number = held.acquire();
            try {
                Optional<HashLayout> layout = walksBuckets(info) ? HashLayout.of(KernelBtf.get()) : Optional.empty();
                return layout.flatMap(
                                found -> load(bpf, info, BucketWalkProgram.write(found, info, from, to), number, first))
                        .map(program -> new Drain(program, true))
                        .or(() -> load(bpf, info, write(info, from, to), number, functions)
                                .map(program -> new Drain(program, false)));
            } finally {
                held.release();
            }
        }
    }

    /** Tables whose elements are all allocated beforehand, and not too large. */
    private static boolean walksBuckets(MapInfo info) {
        return (info.flags() & NO_PREALLOC) == 0
                && Integer.compareUnsigned(info.maxEntries(), BucketWalkProgram.LARGEST) <= 0;
    }

    private static Optional<Fd> load(Bpf bpf, MapInfo info, List<Instruction> code, int btf, NativeMemory functions) {
        byte[] instructions = InstructionCodec.encode(code, ByteOrder.nativeOrder());
        int program = bpf.programLoad(
                new Bpf.ProgramDefinition(
                        "jbpf_drain",
                        SYSCALL,
                        NativeMemory.copyOf(instructions),
                        "GPL",
                        0,
                        SLEEPABLE,
                        0,
                        btf,
                        functions,
                        2 * Integer.BYTES,
                        NOTHING,
                        0,
                        0,
                        0),
                NOTHING,
                0);
        return program < 0 ? Optional.empty() : Optional.of(bpf.own(program, "the drain of '" + info.name() + "'"));
    }

    private static List<BtfType.Parameter> parameters(int type, String... names) {
        return List.of(names).stream()
                .map(name -> new BtfType.Parameter(name, type))
                .toList();
    }

    private static List<Instruction> write(MapInfo info, int from, int to) {
        DrainCode code = new DrainCode();
        // drain(): count = 0; return bpf_for_each_map_elem(from, copy, 0, 0)
        code.wide(1, Opcodes.BPF_PSEUDO_MAP_VALUE, to);
        code.add(Opcodes.BPF_ST | Opcodes.BPF_MEM | Opcodes.BPF_DW, 1, 0, 0, 0);
        code.wide(1, Opcodes.BPF_PSEUDO_MAP_FD, from);
        code.wide(2, Opcodes.BPF_PSEUDO_FUNC, CALLBACK - code.size() - 1);
        code.add(Opcodes.BPF_ALU64 | Opcodes.BPF_MOV, 3, 0, 0, 0);
        code.add(Opcodes.BPF_ALU64 | Opcodes.BPF_MOV, 4, 0, 0, 0);
        code.add(Opcodes.BPF_JMP | Opcodes.BPF_CALL, 0, 0, 0, FOR_EACH_MAP_ELEM);
        code.add(Opcodes.BPF_JMP | Opcodes.BPF_EXIT, 0, 0, 0, 0);
        // copy(map, key = r2, value = r3): r5 = the array, r0 = count
        code.wide(DrainCode.TO, Opcodes.BPF_PSEUDO_MAP_VALUE, to);
        code.add(LOAD_DW, 0, DrainCode.TO, 0, 0);
        int full = code.jump(Opcodes.BPF_JMP | Opcodes.BPF_JGT, 0, info.maxEntries() - 1);
        code.add(Opcodes.BPF_ALU64 | Opcodes.BPF_MOV | Opcodes.BPF_X, 1, 0, 0, 0);
        code.add(Opcodes.BPF_ALU64 | Opcodes.BPF_ADD, 1, 0, 0, 1);
        code.add(STORE_DW, DrainCode.TO, 1, 0, 0);
        code.add(Opcodes.BPF_ALU64 | Opcodes.BPF_MUL, 0, 0, 0, stride(info));
        code.add(Opcodes.BPF_ALU64 | Opcodes.BPF_ADD | Opcodes.BPF_X, DrainCode.TO, 0, 0, 0);
        code.copy(2, 0, info.keySize(), FIRST);
        code.copy(3, 0, info.valueSize(), FIRST + aligned(info.keySize()));
        code.exit(0);
        code.land(full);
        // 1 ends the iteration
        code.exit(1);
        return code.instructions();
    }
}
