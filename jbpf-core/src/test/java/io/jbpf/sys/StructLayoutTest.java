package io.jbpf.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class StructLayoutTest {
    @Test
    void membersLieWhereCPutsThem() {
        StructLayout layout = new StructLayout("example");
        assertThat(layout.u8("a").offset()).isZero();
        assertThat(layout.u32("b").offset()).isEqualTo(4);
        assertThat(layout.u16("c").offset()).isEqualTo(8);
        assertThat(layout.u64("d").offset()).isEqualTo(16);
        assertThat(layout.bytes("e", 3).offset()).isEqualTo(24);
        assertThat(layout.size()).isEqualTo(32);
    }

    @Test
    void theAttrsHaveTheOffsetsOfLinuxBpfH() {
        assertThat(BpfAttr.MapCreate.MAP_EXTRA.offset()).isEqualTo(64);
        assertThat(BpfAttr.ProgLoad.EXPECTED_ATTACH_TYPE.offset()).isEqualTo(68);
        assertThat(BpfAttr.ProgLoad.LINE_INFO_CNT.offset()).isEqualTo(104);
        assertThat(BpfAttr.LinkCreate.LAYOUT.size())
                .as("where the union begins")
                .isEqualTo(16);
        assertThat(BpfAttr.Query.REVISION.offset()).isEqualTo(56);
        assertThat(BpfAttr.ProgAttach.REPLACE_BPF_FD.offset()).isEqualTo(16);
        assertThat(BpfAttr.RawTracepoint.COOKIE.offset()).isEqualTo(16);
        assertThat(BpfAttr.TestRun.CTX_OUT.offset()).isEqualTo(56);
    }

    @Test
    void anIntegerComesBackZeroExtended() {
        StructLayout layout = new StructLayout("example");
        StructLayout.Field field = layout.u32("x");
        NativeMemory memory = NativeMemory.allocate(layout.size()).set(field, -1);
        assertThat(memory.get(field)).isEqualTo(0xffff_ffffL);
        assertThat(memory.getInt(field)).isEqualTo(-1);
    }

    @Test
    void theAddressOfABufferIsThatOfItsFirstByteWhateverItsPosition() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(64);
        long start = NativeMemory.addressOf(buffer);
        buffer.position(10);
        assertThat(NativeMemory.addressOf(buffer)).isEqualTo(start);
        assertThat(NativeMemory.addressOf(buffer.slice())).isEqualTo(start + 10);
    }
}
