package io.jbpf.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.bytes.ByteView;
import io.jbpf.error.MalformedObjectException;
import io.jbpf.netlink.RouteStructs.InterfaceMessage;
import io.jbpf.netlink.RouteStructs.TrafficMessage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MessageTest {
    @Test
    void theStructsHaveTheSizesOfTheHeaders() {
        assertThat(RouteStructs.Header.LAYOUT.size()).isEqualTo(16);
        assertThat(RouteStructs.Attribute.LAYOUT.size()).isEqualTo(4);
        assertThat(RouteStructs.Acknowledgement.LAYOUT.size()).isEqualTo(20);
        assertThat(InterfaceMessage.LAYOUT.size()).isEqualTo(16);
        assertThat(RouteStructs.AddressMessage.LAYOUT.size()).isEqualTo(8);
        assertThat(RouteStructs.NeighbourMessage.LAYOUT.size()).isEqualTo(12);
        assertThat(TrafficMessage.LAYOUT.size()).isEqualTo(20);
        assertThat(RouteStructs.SocketAddress.LAYOUT.size()).isEqualTo(12);
        assertThat(RouteStructs.TimeValue.LAYOUT.size()).isEqualTo(16);
    }

    @Test
    void aRequestIsWhatWasWritten() {
        byte[] bytes = MessageWriter.request(
                        RouteMessageType.RTM_NEWLINK, MessageWriter.CREATE, InterfaceMessage.LAYOUT)
                .set(InterfaceMessage.INDEX, 7)
                .attribute(3, "eth0")
                .attribute(4, 1500)
                .nested(18, info -> info.attribute(1, "veth")
                        .nested(2, data -> data.attribute(9, new byte[] {1, 2, 3})))
                .finish(42);
        List<Message> messages = Message.split(view(bytes));
        assertThat(messages).hasSize(1);
        Message message = messages.get(0);
        assertThat(message.type()).isEqualTo(16);
        assertThat(message.flags()).isEqualTo(0x405);
        assertThat(message.sequence()).isEqualTo(42);
        assertThat(message.get(InterfaceMessage.INDEX)).isEqualTo(7);
        Attributes attributes = message.attributes(InterfaceMessage.LAYOUT);
        assertThat(attributes.text(3)).contains("eth0");
        assertThat(attributes.number(4, 0)).isEqualTo(1500);
        assertThat(attributes.number(5, -1)).isEqualTo(-1);
        Attributes info = attributes.nested(18);
        assertThat(info.text(1)).contains("veth");
        assertThat(info.nested(2).get(9).map(ByteView::copy)).contains(new byte[] {1, 2, 3});
    }

    @Test
    void aRequestGrowsAsItMust() {
        String longText = "x".repeat(5000);
        byte[] bytes = MessageWriter.request(RouteMessageType.RTM_NEWLINK, 0, InterfaceMessage.LAYOUT)
                .attribute(7, longText)
                .finish(1);
        assertThat(Message.split(view(bytes))
                        .get(0)
                        .attributes(InterfaceMessage.LAYOUT)
                        .text(7))
                .contains(longText);
    }

    @Test
    void anAttributeLongerThanItsLengthCanSayIsRefused() {
        MessageWriter writer = MessageWriter.request(RouteMessageType.RTM_NEWLINK, 0, InterfaceMessage.LAYOUT);
        assertThatThrownBy(() -> writer.attribute(7, new byte[0xffff])).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> writer.nested(
                        8, inner -> inner.attribute(1, new byte[40_000]).attribute(2, new byte[40_000])))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aMessageThatClaimsMoreThanThereIsIsMalformed() {
        byte[] bytes = message(0xffff_ffff, 16);
        assertThatThrownBy(() -> Message.split(view(bytes)))
                .isInstanceOf(MalformedObjectException.class)
                .hasMessageContaining("claims a length of 4294967295, but 16 bytes are left");
    }

    @Test
    void aMessageShorterThanItsHeaderIsMalformedAndNoEndlessLoop() {
        assertThatThrownBy(() -> Message.split(view(message(0, 16))))
                .isInstanceOf(MalformedObjectException.class)
                .hasMessageContaining("claims a length of 0");
    }

    @Test
    void aMessageWithoutItsStructIsMalformed() {
        Message message = Message.split(view(message(20, 20))).get(0);
        assertThatThrownBy(() -> message.get(InterfaceMessage.INDEX)).isInstanceOf(MalformedObjectException.class);
        assertThatThrownBy(() -> message.attributes(InterfaceMessage.LAYOUT))
                .isInstanceOf(MalformedObjectException.class)
                .hasMessageContaining("ifinfomsg");
    }

    @Test
    void anAttributeShorterThanItsHeaderIsMalformedAndNoEndlessLoop() {
        assertThatThrownBy(() -> Attributes.parse(view(new byte[] {0, 0, 5, 0, 0, 0, 0, 0})))
                .isInstanceOf(MalformedObjectException.class)
                .hasMessageContaining("attribute 5 claims a length of 0");
    }

    @Test
    void anAttributeThatPointsOutsideIsMalformed() {
        assertThatThrownBy(() -> Attributes.parse(view(new byte[] {9, 0, 5, 0, 0, 0, 0, 0})))
                .isInstanceOf(MalformedObjectException.class);
    }

    @Test
    void aTextWithoutItsEndAndANumberCutShortAreMalformed() {
        Attributes attributes = Attributes.parse(view(new byte[] {6, 0, 5, 0, 'a', 'b', 0, 0}));
        assertThatThrownBy(() -> attributes.text(5)).isInstanceOf(MalformedObjectException.class);
        assertThatThrownBy(() -> attributes.number(5, 0)).isInstanceOf(MalformedObjectException.class);
    }

    @Test
    void noiseIsEitherReadOrMalformed() {
        Random random = new Random(20261123);
        for (int i = 0; i < 20_000; i++) {
            byte[] noise = new byte[random.nextInt(96)];
            random.nextBytes(noise);
            if (noise.length > 8) {
                // Lengths that fit now and then, so that the noise gets past the first check.
                noise[0] = (byte) noise.length;
                noise[1] = noise[2] = noise[3] = 0;
            }
            try {
                for (Message message : Message.split(view(noise))) {
                    message.attributes(TrafficMessage.LAYOUT).nested(2).text(7);
                }
            } catch (MalformedObjectException e) {
                assertThat(e.file()).isEqualTo("answer");
            }
        }
    }

    private static byte[] message(int claimedLength, int realLength) {
        byte[] bytes = new byte[realLength];
        ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).putInt(0, claimedLength);
        return bytes;
    }

    private static ByteView view(byte[] bytes) {
        return ByteView.of("answer", "datagram", bytes, ByteOrder.nativeOrder());
    }
}
