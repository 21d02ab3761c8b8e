package io.jbpf.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.BpfObject;
import io.jbpf.btf.Btf;
import io.jbpf.error.RecordMismatchException;
import io.jbpf.object.ObjectSpec;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import java.lang.invoke.MethodHandles;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@SuppressWarnings("ArrayRecordComponent") // arrays are what they are about
class RecordCodecTest {
    private static final MethodHandles.Lookup HERE = MethodHandles.lookup();

    private final ObjectSpec spec = TestObjects.read("records");
    private final Btf btf = spec.btf().orElseThrow();

    private enum Verdict {
        PASS,
        DROP
    }

    private enum OtherVerdict {
        PASS,
        LOSE
    }

    private record Endpoint(int address, int port) {}

    private record Flow(
            int small,
            short negative,
            long flowId,
            long bytes,
            boolean open,
            String comm,
            byte[] mac,
            Verdict verdict,
            Endpoint from,
            Endpoint[] hops,
            int[] counts,
            int v4,
            int inner) {}

    private static Flow flow(int small, String comm, int hops) {
        Endpoint[] all = new Endpoint[hops];
        java.util.Arrays.fill(all, new Endpoint(1, 12));
        return new Flow(
                small,
                (short) -1,
                11,
                -1,
                false,
                comm,
                new byte[6],
                Verdict.PASS,
                new Endpoint(1, 2),
                all,
                new int[] {1, 2, 3},
                4,
                5);
    }

    private static ByteBuffer memory(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
    }

    @Nested
    @KernelTest
    class InTheKernel {
        @Test
        void aRecordIsWhatAProgramSeesAndWrites() {
            try (BpfObject object = BpfObject.load(spec)) {
                TypedMap<Integer, Flow> flows =
                        object.map("flows").typed(Codec.u32(), RecordCodec.of(HERE, Flow.class, btf, "flow"));
                flows.put(0, flow(255, "java", 2));
                assertThat(SpecialMaps.run(object, "fills_flow")).isEqualTo(2);
                Flow flow = flows.lookup(0).orElseThrow();
                assertThat(flow)
                        .usingRecursiveComparison()
                        .isEqualTo(new Flow(
                                200,
                                (short) -2,
                                0xffff_fffeL,
                                1L << 40,
                                true,
                                "bava",
                                new byte[] {0, 0, 0, 0, 0, (byte) 0xee},
                                Verdict.DROP,
                                new Endpoint(3, 65535),
                                new Endpoint[] {new Endpoint(1, 12), new Endpoint(5, 12)},
                                new int[] {1, 2, 9},
                                77,
                                88));
                assertThat(RecordLayout.of(btf, object.map("flows").info().btfValueTypeId())
                                .size())
                        .isEqualTo(object.map("flows").info().valueSize());
            }
        }
    }

    @Test
    void whatDoesNotFitTheMemberIsRefused() {
        Codec<Flow> codec = RecordCodec.of(HERE, Flow.class, btf, "flow");
        ByteBuffer to = memory(codec.size() + 8).position(8);
        codec.encode(flow(255, "123456789012345", 2), to);
        assertThat(codec.decode(to).comm()).isEqualTo("123456789012345");
        assertThat(to.position()).isEqualTo(8);
        assertThatThrownBy(() -> codec.encode(flow(256, "", 2), to))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("component 'small': 256 does not fit into an unsigned integer of 1 bytes");
        assertThatThrownBy(() -> codec.encode(flow(0, "1234567890123456", 2), to))
                .hasMessage("component 'comm': a text of 16 bytes does not fit into char[16] with its NUL");
        assertThatThrownBy(() -> codec.encode(flow(0, "", 3), to))
                .hasMessage("component 'hops' has 3 elements, the member 2");
        int verdict = RecordLayout.of(btf, "flow").fields().stream()
                .filter(field -> field.name().equals("verdict"))
                .findFirst()
                .orElseThrow()
                .offset();
        to.putInt(8 + verdict, 5);
        assertThatThrownBy(() -> codec.decode(to))
                .hasMessage("component 'verdict': no constant of the enum has the value 5");
    }

    private record Named(int port, String name) {}

    private record Odd(int three, int wide, long[] counts, OtherVerdict verdict, int comm, Named from, long extra) {}

    @Test
    void everyDifferenceIsNamed() {
        assertThatThrownBy(() -> RecordCodec.of(HERE, Odd.class, btf, "odd"))
                .isInstanceOfSatisfying(RecordMismatchException.class, e -> assertThat(e.differences())
                        .containsExactly(
                                "component 'three' is of type int, the member is a bit field of 3 bits",
                                "component 'wide' is of type int, the member is an unsigned integer of 8 bytes",
                                "component 'counts' is of type long[], the member is an array of integers of 4 bytes",
                                "component 'verdict': enum OtherVerdict and enum verdict differ in [LOSE] (in Java"
                                        + " only) and [DROP] (in C only)",
                                "component 'comm' is of type int, the member is an array of 16",
                                "component 'from.name' has no member of that name",
                                "member 'from.address' has no component",
                                "component 'extra' has no member of that name"))
                .hasMessageStartingWith("record Odd does not fit struct odd: component 'three'");
    }

    private record Both(int v4, byte[] raw) {}

    @Test
    void oneMemberOfAUnionIsEnoughAndTwoAreTooMany() {
        RecordLayout union = RecordLayout.named("choice", 8)
                .unsigned("v4", 0, 4)
                .array("raw", 0, 1, 8)
                .build();
        assertThatThrownBy(() -> RecordCodec.of(HERE, Both.class, union))
                .hasMessage("record Both does not fit struct choice: members 'v4' and 'raw' share bytes: have one of"
                        + " them only");
    }

    private record Told(
            byte tiny, long wide, Verdict verdict, Endpoint[] ends, short[] shorts, long[] longs, boolean yes) {}

    @Test
    void aLayoutCanBeToldMemberByMember() {
        RecordLayout endpoint = RecordLayout.named("endpoint", 8)
                .unsigned("address", 0, 4)
                .unsigned("port", 4, 2)
                .build();
        RecordLayout told = RecordLayout.named("told", 64)
                .signed("tiny", 0, 1)
                .signed("wide", 4, 4)
                .enumeration("verdict", 8, 2, Map.of("PASS", 1L, "DROP", 2L))
                .array("ends", 16, endpoint, 2)
                .array("shorts", 32, 2, 2)
                .array("longs", 40, 8, 2)
                .bool("yes", 63)
                .build();
        Codec<Told> codec = RecordCodec.of(HERE, Told.class, told);
        assertThat(codec.size()).isEqualTo(64);
        Told value = new Told(
                (byte) -1,
                -5,
                Verdict.DROP,
                new Endpoint[] {new Endpoint(1, 2), new Endpoint(3, 4)},
                new short[] {1, -1},
                new long[] {Long.MIN_VALUE, 1},
                true);
        ByteBuffer memory = memory(64);
        codec.encode(value, memory);
        assertThat(memory.getInt(4)).isEqualTo(-5);
        assertThat(memory.getShort(8)).isEqualTo((short) 2);
        assertThat(memory.getShort(28)).isEqualTo((short) 4);
        assertThat(codec.decode(memory)).usingRecursiveComparison().isEqualTo(value);
        assertThatThrownBy(() -> RecordLayout.named("small", 4).unsigned("long", 0, 8))
                .hasMessage("member 'long' at offset 0 with 8 bytes is outside of struct small of 4");
    }

    @Test
    void aStructThatIsNotThereOrARecordOutOfReachIsRefused() {
        assertThatThrownBy(() -> RecordLayout.of(btf, "nothing"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no struct 'nothing'");
        assertThatThrownBy(() -> RecordCodec.of(MethodHandles.publicLookup(), Endpoint.class, btf, "endpoint"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cannot be reached");
    }
}
