package io.jbpf.insn;

/**
 * The numbers instructions are made of, under the names they have in linux/bpf.h and linux/bpf_common.h. An opcode is
 * the sum of a class, a size or source, and a mode or operation.
 */
public final class Opcodes {
    /** Class: loads of immediate and packet data. */
    public static final int BPF_LD = 0x00;

    /** Class: loads from memory. */
    public static final int BPF_LDX = 0x01;

    /** Class: stores of an immediate. */
    public static final int BPF_ST = 0x02;

    /** Class: stores of a register. */
    public static final int BPF_STX = 0x03;

    /** Class: 32-bit arithmetic. */
    public static final int BPF_ALU = 0x04;

    /** Class: jumps on 64-bit comparisons, calls and exit. */
    public static final int BPF_JMP = 0x05;

    /** Class: jumps on 32-bit comparisons. */
    public static final int BPF_JMP32 = 0x06;

    /** Class: 64-bit arithmetic. */
    public static final int BPF_ALU64 = 0x07;

    /** Size: four bytes. */
    public static final int BPF_W = 0x00;

    /** Size: two bytes. */
    public static final int BPF_H = 0x08;

    /** Size: one byte. */
    public static final int BPF_B = 0x10;

    /** Size: eight bytes. */
    public static final int BPF_DW = 0x18;

    /** Mode: a 64-bit immediate. */
    public static final int BPF_IMM = 0x00;

    /** Mode: packet data at an absolute offset. */
    public static final int BPF_ABS = 0x20;

    /** Mode: packet data at an indirect offset. */
    public static final int BPF_IND = 0x40;

    /** Mode: memory. */
    public static final int BPF_MEM = 0x60;

    /** Mode: memory, sign-extended. */
    public static final int BPF_MEMSX = 0x80;

    /** Mode: an atomic operation. */
    public static final int BPF_ATOMIC = 0xc0;

    /** Source: the immediate. */
    public static final int BPF_K = 0x00;

    /** Source: the source register. */
    public static final int BPF_X = 0x08;

    /** Arithmetic: addition. */
    public static final int BPF_ADD = 0x00;

    /** Arithmetic: subtraction. */
    public static final int BPF_SUB = 0x10;

    /** Arithmetic: multiplication. */
    public static final int BPF_MUL = 0x20;

    /** Arithmetic: division. */
    public static final int BPF_DIV = 0x30;

    /** Arithmetic: bitwise or. */
    public static final int BPF_OR = 0x40;

    /** Arithmetic: bitwise and. */
    public static final int BPF_AND = 0x50;

    /** Arithmetic: shift left. */
    public static final int BPF_LSH = 0x60;

    /** Arithmetic: logical shift right. */
    public static final int BPF_RSH = 0x70;

    /** Arithmetic: negation. */
    public static final int BPF_NEG = 0x80;

    /** Arithmetic: remainder. */
    public static final int BPF_MOD = 0x90;

    /** Arithmetic: bitwise exclusive or. */
    public static final int BPF_XOR = 0xa0;

    /** Arithmetic: copy. */
    public static final int BPF_MOV = 0xb0;

    /** Arithmetic: arithmetic shift right. */
    public static final int BPF_ARSH = 0xc0;

    /** Arithmetic: byte swap. */
    public static final int BPF_END = 0xd0;

    /** Jump: always. */
    public static final int BPF_JA = 0x00;

    /** Jump: if equal. */
    public static final int BPF_JEQ = 0x10;

    /** Jump: if greater, unsigned. */
    public static final int BPF_JGT = 0x20;

    /** Jump: if greater or equal, unsigned. */
    public static final int BPF_JGE = 0x30;

    /** Jump: if a bit is common. */
    public static final int BPF_JSET = 0x40;

    /** Jump: if not equal. */
    public static final int BPF_JNE = 0x50;

    /** Jump: if greater, signed. */
    public static final int BPF_JSGT = 0x60;

    /** Jump: if greater or equal, signed. */
    public static final int BPF_JSGE = 0x70;

    /** Jump: call a function. */
    public static final int BPF_CALL = 0x80;

    /** Jump: return. */
    public static final int BPF_EXIT = 0x90;

    /** Jump: if less, unsigned. */
    public static final int BPF_JLT = 0xa0;

    /** Jump: if less or equal, unsigned. */
    public static final int BPF_JLE = 0xb0;

    /** Jump: if less, signed. */
    public static final int BPF_JSLT = 0xc0;

    /** Jump: if less or equal, signed. */
    public static final int BPF_JSLE = 0xd0;

    /** Jump: may go to, may not. */
    public static final int BPF_JCOND = 0xe0;

    /** Source of a wide load: the immediate is a map's descriptor. */
    public static final int BPF_PSEUDO_MAP_FD = 0x01;

    /** Source of a wide load: a map's descriptor, and an offset into its first value. */
    public static final int BPF_PSEUDO_MAP_VALUE = 0x02;

    /** Source of a wide load: a kernel variable by BTF id. */
    public static final int BPF_PSEUDO_BTF_ID = 0x03;

    /** Source of a wide load: a function of the program, relative to the next instruction. */
    public static final int BPF_PSEUDO_FUNC = 0x04;

    /** Source of a wide load: an index of the table of map descriptors. */
    public static final int BPF_PSEUDO_MAP_IDX = 0x05;

    /** Source of a wide load: an index of the table of map descriptors, and an offset into the first value. */
    public static final int BPF_PSEUDO_MAP_IDX_VALUE = 0x06;

    /** Source of a call: a function of the program. */
    public static final int BPF_PSEUDO_CALL = 0x01;

    /** Source of a call: a kernel function by BTF id. */
    public static final int BPF_PSEUDO_KFUNC_CALL = 0x02;

    private Opcodes() {}
}
