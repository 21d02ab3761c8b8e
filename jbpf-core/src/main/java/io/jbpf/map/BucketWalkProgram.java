package io.jbpf.map;

import io.jbpf.insn.Instruction;
import io.jbpf.insn.Opcodes;
import java.util.List;

/**
 * The program that goes through the buckets of a hash table by itself, by the layout that the kernel's types tell, and
 * copies the elements: without a call per element it takes half of what {@code bpf_for_each_map_elem} does. It promises as
 * much as that does, for tables whose elements are allocated beforehand and so are never freed: neither takes a lock.
 *
 * <p>It reads through {@code bpf_rdonly_cast} to {@code void} (Linux 6.17), whose loads cannot fault, and loops with
 * {@code may_goto} (Linux 6.9), which the kernel ends after 8 million steps or a quarter of a second; so it says whether it
 * came to the end.
 */
final class BucketWalkProgram {
    /** What it answers when it has copied everything. */
    static final int WHOLE = 1;

    /** Larger tables would come near the end of the kernel's patience; their cost is memory, not calls. */
    static final int LARGEST = 1 << 18;

    private static final int LOAD_DW = Opcodes.BPF_LDX | Opcodes.BPF_MEM | Opcodes.BPF_DW;
    private static final int LOAD_W = Opcodes.BPF_LDX | Opcodes.BPF_MEM | Opcodes.BPF_W;
    private static final int STORE_DW = Opcodes.BPF_STX | Opcodes.BPF_MEM | Opcodes.BPF_DW;
    private static final int ZERO_DW = Opcodes.BPF_ST | Opcodes.BPF_MEM | Opcodes.BPF_DW;
    private static final int MOV = Opcodes.BPF_ALU64 | Opcodes.BPF_MOV;
    private static final int ADD = Opcodes.BPF_ALU64 | Opcodes.BPF_ADD;
    private static final int MUL = Opcodes.BPF_ALU64 | Opcodes.BPF_MUL;
    private static final int MAY_GOTO = Opcodes.BPF_JMP | Opcodes.BPF_JCOND;

    /** Where the count lies in the array's value, and where the number of the next bucket. */
    private static final int COUNT = 0;

    private static final int BUCKET = 8;

    private BucketWalkProgram() {}

    /**
     * {@return the program}
     *
     * @param layout where the kernel keeps things
     * @param info the table
     * @param from the table's descriptor
     * @param to the descriptor of the array
     */
    static List<Instruction> write(HashLayout layout, MapInfo info, int from, int to) {
        DrainCode code = new DrainCode();
        int stride = DrainProgram.stride(info);
        // r6: the array's value, r7: the first bucket, r8: how many there are. Counters live in memory, where the
        // verifier does not follow them from round to round.
        code.wide(6, Opcodes.BPF_PSEUDO_MAP_VALUE, to);
        code.add(ZERO_DW, 6, 0, COUNT, 0);
        code.add(ZERO_DW, 6, 0, BUCKET, 0);
        code.wide(1, Opcodes.BPF_PSEUDO_MAP_FD, from);
        cast(code, layout);
        code.add(LOAD_DW, 7, 0, layout.buckets(), 0);
        code.add(LOAD_W, 8, 0, layout.bucketCount(), 0);
        // for each bucket, r9: its first element, or an odd number, which ends a chain
        int buckets = code.size();
        int tooMany = code.jump(MAY_GOTO, 0, 0);
        code.add(LOAD_DW, 1, 6, BUCKET, 0);
        int whole = code.jump(Opcodes.BPF_JMP | Opcodes.BPF_JGE | Opcodes.BPF_X, 1, 8);
        code.add(MOV | Opcodes.BPF_X, 2, 1, 0, 0);
        code.add(ADD, 2, 0, 0, 1);
        code.add(STORE_DW, 6, 2, BUCKET, 0);
        code.add(MUL, 1, 0, 0, layout.bucketSize());
        code.add(ADD | Opcodes.BPF_X, 1, 7, 0, 0);
        cast(code, layout);
        code.add(LOAD_DW, 9, 0, layout.first(), 0);
        // for each element
        int elements = code.size();
        int tooLong = code.jump(MAY_GOTO, 0, 0);
        code.add(MOV | Opcodes.BPF_X, 1, 9, 0, 0);
        code.add(Opcodes.BPF_ALU64 | Opcodes.BPF_AND, 1, 0, 0, 1);
        code.jumpBack(Opcodes.BPF_JMP | Opcodes.BPF_JNE, 1, buckets);
        code.add(MOV | Opcodes.BPF_X, 1, 9, 0, 0);
        cast(code, layout);
        code.add(LOAD_DW, 2, 6, COUNT, 0);
        int full = code.jump(Opcodes.BPF_JMP | Opcodes.BPF_JGT, 2, info.maxEntries() - 1);
        code.add(MOV | Opcodes.BPF_X, 1, 2, 0, 0);
        code.add(ADD, 1, 0, 0, 1);
        code.add(STORE_DW, 6, 1, COUNT, 0);
        code.add(MUL, 2, 0, 0, stride);
        code.add(MOV | Opcodes.BPF_X, 5, 6, 0, 0);
        code.add(ADD | Opcodes.BPF_X, 5, 2, 0, 0);
        int value = DrainProgram.aligned(info.keySize());
        code.copy(0, layout.key(), info.keySize(), DrainProgram.FIRST);
        code.copy(0, layout.key() + value, info.valueSize(), DrainProgram.FIRST + value);
        code.add(LOAD_DW, 9, 0, layout.next(), 0);
        code.jumpBack(Opcodes.BPF_JMP | Opcodes.BPF_JA, 0, elements);
        code.land(whole);
        code.exit(WHOLE);
        code.land(tooMany);
        code.land(tooLong);
        code.land(full);
        code.exit(0);
        return code.instructions();
    }

    /** r0 = bpf_rdonly_cast(r1, 0): readable wherever it points. */
    private static void cast(DrainCode code, HashLayout layout) {
        code.add(MOV, 2, 0, 0, 0);
        code.add(Opcodes.BPF_JMP | Opcodes.BPF_CALL, 0, Opcodes.BPF_PSEUDO_KFUNC_CALL, 0, layout.castId());
    }
}
