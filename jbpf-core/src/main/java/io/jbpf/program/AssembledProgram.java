package io.jbpf.program;

import io.jbpf.error.SystemCallException;
import io.jbpf.error.VerifierException;
import io.jbpf.insn.Instruction;
import io.jbpf.insn.Opcodes;
import io.jbpf.map.BpfMap;
import io.jbpf.object.AttachType;
import io.jbpf.object.ProgramImage;
import io.jbpf.object.ProgramType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A program written instruction by instruction, without an object file: for a few instructions with constants in them, where
 * compiled code with a data section would cost a map more. The kernel gets no BTF and no line information of it.
 *
 * <p>Maps are referred to as the kernel's {@code fd_array} does (linux/bpf.h), on any kernel: a wide load whose source is
 * {@link Opcodes#BPF_PSEUDO_MAP_IDX} and whose immediate is an index into the maps that {@link #load} gets.
 *
 * @param name what the kernel shows of it, the first 15 characters
 * @param type its type
 * @param attachType where it is to be attached, if its type alone does not tell
 * @param licence decides what helpers it may call
 * @param instructions each eight bytes; the second half of a wide load is one of its own
 */
public record AssembledProgram(
        String name,
        ProgramType type,
        Optional<AttachType> attachType,
        String licence,
        List<Instruction> instructions) {
    /** A program. */
    public AssembledProgram {
        instructions = List.copyOf(instructions);
    }

    /**
     * Loads it. Needs CAP_BPF and what the type asks for: CAP_PERFMON for tracing, CAP_NET_ADMIN for packets.
     *
     * @param maps what its wide loads refer to; the kernel keeps them as long as the program
     * @throws IllegalArgumentException if an instruction refers to a map that is not given
     * @throws VerifierException if the verifier refuses it
     * @throws SystemCallException if the kernel refuses before it gets that far
     */
    public BpfProgram load(BpfMap... maps) {
        int[] descriptors = new int[maps.length];
        int acquired = 0;
        try {
            for (; acquired < maps.length; acquired++) {
                descriptors[acquired] = maps[acquired].fd().acquire();
            }
            return new ProgramLoader(licence, 0).load(this, ProgramImage.of(name, linked(descriptors)));
        } finally {
            for (int i = 0; i < acquired; i++) {
                maps[i].fd().release();
            }
        }
    }

    private List<Instruction> linked(int[] descriptors) {
        List<Instruction> linked = new ArrayList<>(instructions);
        linked.replaceAll(instruction -> {
            if (!instruction.isWideLoad() || instruction.source() != Opcodes.BPF_PSEUDO_MAP_IDX) {
                return instruction;
            }
            int map = instruction.immediate();
            if (map < 0 || map >= descriptors.length) {
                throw new IllegalArgumentException(
                        "program '" + name + "' refers to map " + map + " of " + descriptors.length);
            }
            return instruction.withSource(Opcodes.BPF_PSEUDO_MAP_FD).withImmediate(descriptors[map]);
        });
        return linked;
    }
}
