package io.jbpf.insn;

import io.jbpf.bytes.ByteView;
import io.jbpf.error.MalformedObjectException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** From bytes to instructions and back, in either byte order. */
public final class InstructionCodec {
    private InstructionCodec() {}

    /**
     * Reads a run of instructions.
     *
     * @param file the name of the file, for errors
     * @param section the name of the section, for errors
     * @param bytes the instructions, eight bytes each
     * @param order how numbers are stored
     * @return a modifiable list with one element per slot
     * @throws MalformedObjectException if the length is not a multiple of eight
     */
    public static List<Instruction> decode(String file, String section, byte[] bytes, ByteOrder order) {
        ByteView view = ByteView.of(file, section, bytes, order);
        if (bytes.length % Instruction.SIZE != 0) {
            throw view.malformed(bytes.length, "ends within an instruction of " + Instruction.SIZE + " bytes");
        }
        boolean little = order == ByteOrder.LITTLE_ENDIAN;
        List<Instruction> instructions = new ArrayList<>(bytes.length / Instruction.SIZE);
        for (int at = 0; at < bytes.length; at += Instruction.SIZE) {
            int registers = view.u8(at + 1L);
            // The two registers are bit fields of one byte, which C compilers lay out in the machine's byte order.
            int low = registers & 0xf;
            int high = registers >>> 4;
            instructions.add(new Instruction(
                    view.u8(at), little ? low : high, little ? high : low, view.s16(at + 2L), view.s32(at + 4L)));
        }
        return instructions;
    }

    /**
     * Writes instructions.
     *
     * @param instructions one element per slot
     * @param order how numbers are to be stored: the machine's own, if a kernel shall read them
     * @return eight bytes for each
     */
    public static byte[] encode(List<Instruction> instructions, ByteOrder order) {
        boolean little = order == ByteOrder.LITTLE_ENDIAN;
        ByteBuffer bytes =
                ByteBuffer.allocate(instructions.size() * Instruction.SIZE).order(order);
        for (Instruction instruction : instructions) {
            int low = little ? instruction.destination() : instruction.source();
            int high = little ? instruction.source() : instruction.destination();
            bytes.put((byte) instruction.opcode());
            bytes.put((byte) (high << 4 | low));
            bytes.putShort(instruction.offset());
            bytes.putInt(instruction.immediate());
        }
        return bytes.array();
    }
}
