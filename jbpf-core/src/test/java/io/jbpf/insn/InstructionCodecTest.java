package io.jbpf.insn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.MalformedObjectException;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

final class InstructionCodecTest {
    // r2 = *(u32 *)(r1 - 2)
    private static final Instruction LOAD =
            new Instruction(Opcodes.BPF_LDX | Opcodes.BPF_MEM | Opcodes.BPF_W, 2, 1, (short) -2, 0x01020304);

    @Test
    void registersLieAsTheMachinesByteOrderHasThem() {
        assertThat(HexFormat.of().formatHex(InstructionCodec.encode(List.of(LOAD), ByteOrder.LITTLE_ENDIAN)))
                .isEqualTo("6112feff04030201");
        assertThat(HexFormat.of().formatHex(InstructionCodec.encode(List.of(LOAD), ByteOrder.BIG_ENDIAN)))
                .isEqualTo("6121fffe01020304");
    }

    @Test
    void whatIsWrittenIsReadAgain() {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            byte[] bytes = InstructionCodec.encode(List.of(LOAD, LOAD.withImmediate(-1)), order);
            assertThat(InstructionCodec.decode("test", ".text", bytes, order))
                    .containsExactly(LOAD, LOAD.withImmediate(-1));
        }
    }

    @Test
    void refusesHalfAnInstructionAndRegistersThatDoNotFit() {
        assertThatThrownBy(() -> InstructionCodec.decode("test", ".text", new byte[12], ByteOrder.LITTLE_ENDIAN))
                .isInstanceOf(MalformedObjectException.class)
                .hasMessageContaining("test: .text at offset 12");
        assertThatThrownBy(() -> LOAD.withSource(16)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LOAD.withOpcode(256)).isInstanceOf(IllegalArgumentException.class);
    }
}
