package io.jbpf.programs;

import io.jbpf.insn.Instruction;
import io.jbpf.insn.Opcodes;
import io.jbpf.map.BpfMap;
import io.jbpf.netlink.Direction;
import io.jbpf.object.AttachType;
import io.jbpf.object.ProgramType;
import io.jbpf.program.AssembledProgram;
import io.jbpf.program.BpfProgram;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What hangs on the interfaces of one firewall: a program of a few instructions for each direction, which tells the shared
 * program in {@code skb->cb} whose packet it is and jumps there. Each takes one page and little more. The slot is in the
 * names, so that the kernel's list of programs shows which slots have a firewall.
 */
record FirewallStubs(BpfProgram ingress, BpfProgram egress) implements AutoCloseable {
    private static final Pattern NAME = Pattern.compile("l4_(in|out)_([0-9a-f]{4})");

    /** Of cb in struct __sk_buff, linux/bpf.h. */
    private static final int CB = 48;

    private static final int TAIL_CALL = 12;

    /** TC_ACT_SHOT, TCX_DROP: what is not judged does not come in. */
    private static final int DROP = 2;

    /** TC_ACT_UNSPEC, TCX_NEXT. */
    private static final int NEXT = -1;

    private static final int LOWER_HALF = 32;

    /**
     * Loads them.
     *
     * @param ingressProgram the program array of the shared program on ingress
     * @param egressProgram the one of egress
     * @param tcx whether the programs there are for TCX: stubs and programs have to agree
     */
    static FirewallStubs load(
            BpfMap ingressProgram, BpfMap egressProgram, boolean tcx, int slot, long id, boolean ethernet) {
        BpfProgram egress = stub(Direction.EGRESS, slot, id, ethernet, tcx).load(egressProgram);
        try {
            return new FirewallStubs(
                    stub(Direction.INGRESS, slot, id, ethernet, tcx).load(ingressProgram), egress);
        } catch (RuntimeException e) {
            egress.close();
            throw e;
        }
    }

    static FirewallStubs openPinned(Path ingress, Path egress) {
        BpfProgram out = BpfProgram.openPinned(egress);
        try {
            return new FirewallStubs(BpfProgram.openPinned(ingress), out);
        } catch (RuntimeException e) {
            out.close();
            throw e;
        }
    }

    private static AssembledProgram stub(Direction direction, int slot, long id, boolean ethernet, boolean tcx) {
        boolean in = direction == Direction.INGRESS;
        List<Instruction> code = new ArrayList<>();
        // enum of l4_firewall.bpf.c: CB_SLOT, CB_LINK_HEADER, CB_ID_LOW, CB_ID_HIGH
        int[] told = {slot, ethernet ? 1 : 0, (int) id, (int) (id >>> LOWER_HALF)};
        for (int i = 0; i < told.length; i++) {
            // By a register: storing an immediate into the context is for Linux 6.4 and later.
            add(code, Opcodes.BPF_ALU64 | Opcodes.BPF_MOV, 2, 0, 0, told[i]);
            add(code, Opcodes.BPF_STX | Opcodes.BPF_MEM | Opcodes.BPF_W, 1, 2, CB + Integer.BYTES * i, 0);
        }
        add(code, Opcodes.BPF_LD | Opcodes.BPF_DW | Opcodes.BPF_IMM, 2, Opcodes.BPF_PSEUDO_MAP_IDX, 0, 0);
        add(code, 0, 0, 0, 0, 0);
        add(code, Opcodes.BPF_ALU64 | Opcodes.BPF_MOV, 3, 0, 0, 0);
        add(code, Opcodes.BPF_JMP | Opcodes.BPF_CALL, 0, 0, 0, TAIL_CALL);
        add(code, Opcodes.BPF_ALU64 | Opcodes.BPF_MOV, 0, 0, 0, in ? DROP : NEXT);
        add(code, Opcodes.BPF_JMP | Opcodes.BPF_EXIT, 0, 0, 0, 0);
        AttachType attachType = in ? AttachType.TCX_INGRESS : AttachType.TCX_EGRESS;
        return new AssembledProgram(
                String.format("l4_%s_%04x", in ? "in" : "out", slot),
                ProgramType.SCHED_CLS,
                tcx ? Optional.of(attachType) : Optional.empty(),
                "GPL",
                code);
    }

    private static void add(
            List<Instruction> code, int opcode, int destination, int source, int offset, int immediate) {
        code.add(new Instruction(opcode, destination, source, (short) offset, immediate));
    }

    /** {@return the slot of the firewall whose stub bears a name, if it is a stub's} */
    static OptionalInt slot(String programName) {
        Matcher name = NAME.matcher(programName);
        return name.matches() ? OptionalInt.of(Integer.parseInt(name.group(2), 16)) : OptionalInt.empty();
    }

    BpfProgram get(Direction direction) {
        return direction == Direction.INGRESS ? ingress : egress;
    }

    /** Lets go of them; what is attached or pinned stays. */
    @Override
    public void close() {
        ingress.close();
        egress.close();
    }
}
