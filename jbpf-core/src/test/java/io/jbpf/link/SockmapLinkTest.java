package io.jbpf.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.SocketMap;
import io.jbpf.map.UpdateMode;
import io.jbpf.object.AttachType;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bytes written into one connection come out of another. */
@KernelTest
@SuppressWarnings("try") // a link does its work by being open
class SockmapLinkTest {
    private static final int PATIENCE = 10_000;

    private static void put(BpfMap map, int key, Streams stream) {
        SocketMap.of(map, Codec.u32()).put(key, stream.descriptor(), UpdateMode.ANY);
    }

    /** A link where the kernel has it, so that each of the two ways is taken somewhere. */
    private static Link attach(LinkObject object, String program, BpfMap map, AttachType type) {
        try {
            return SockmapLink.attach(object.program(program), map, type);
        } catch (UnsupportedFeatureException e) {
            assertThat(e.kernelFloor()).isEqualTo("6.10");
            return SockmapAttachment.attach(object.program(program), map, type);
        }
    }

    @ParameterizedTest
    @CsvSource({"streams, redirects_stream", "streams_by_key, redirects_stream_by_key"})
    void whatOneSocketGetsAnotherSends(String map, String program) throws IOException {
        try (LinkObject object = LinkObject.loadFrom("sockets", "takes_all", program);
                Streams first = Streams.connect();
                Streams second = Streams.connect()) {
            BpfMap sockets = object.map(map);
            try (Link parser = attach(object, "takes_all", sockets, AttachType.SK_SKB_STREAM_PARSER);
                    Link verdict = attach(object, program, sockets, AttachType.SK_SKB_STREAM_VERDICT)) {
                put(sockets, 0, first);
                put(sockets, 1, second);
                first.write('a');
                assertThat(second.read(PATIENCE)).isEqualTo('a');
                assertThat(object.get("hits")).isPositive();
                assertThat(first.received()).isEqualTo(-1);
                assertThat(verdict.description()).endsWith("to SK_SKB_STREAM_VERDICT of map '" + map + "'");
            }
            // Those that come later are nobody's.
            try (Streams third = Streams.connect()) {
                put(sockets, 0, third);
                third.write('b');
                Waits.until(() -> third.received() == 'b');
            }
        }
    }

    @Test
    void aVerdictNeedsNoParser(TestReporter reporter) throws IOException {
        try (LinkObject object = LinkObject.loadFrom("sockets", "redirects_without_parser");
                Streams first = Streams.connect();
                Streams second = Streams.connect();
                Link verdict =
                        attach(object, "redirects_without_parser", object.map("streams"), AttachType.SK_SKB_VERDICT)) {
            put(object.map("streams"), 0, first);
            put(object.map("streams"), 1, second);
            first.write('a');
            assertThat(second.read(PATIENCE)).isEqualTo('a');
        } catch (SystemCallException e) {
            assertThat(e.errno()).isEqualTo(Errno.EINVAL);
            KernelSupport.lacks(reporter, "verdicts without a parser (Linux 5.13): " + e.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource({"streams, redirects_message", "streams_by_key, redirects_message_by_key"})
    void whatOneSocketSendsGoesOutOfAnother(String map, String program) throws IOException {
        try (LinkObject object = LinkObject.loadFrom("sockets", program);
                Streams first = Streams.connect();
                Streams second = Streams.connect()) {
            BpfMap sockets = object.map(map);
            try (Link link = attach(object, program, sockets, AttachType.SK_MSG_VERDICT)) {
                put(sockets, 0, first);
                put(sockets, 1, second);
                first.send('a');
                assertThat(second.read(PATIENCE)).isEqualTo('a');
                assertThat(object.get("hits")).as(link.description()).isEqualTo(1);
            }
            try (Streams third = Streams.connect()) {
                put(sockets, 0, third);
                third.send('b');
                assertThat(third.read(PATIENCE)).isEqualTo('b');
            }
        }
    }

    @Test
    void theLinkTellsItsMapIsReplacedAndComesBack(TestReporter reporter) throws IOException {
        AttachType type = AttachType.SK_SKB_STREAM_VERDICT;
        try (LinkObject object = LinkObject.loadFrom("sockets", "takes_all", "redirects_stream", "drops_stream")) {
            BpfMap map = object.map("streams");
            SockmapLink link;
            try {
                link = SockmapLink.attach(object.program("drops_stream"), map, type);
            } catch (UnsupportedFeatureException e) {
                assertThat(e.kernelFloor()).isEqualTo("6.10");
                KernelSupport.lacks(reporter, e.toString());
                return;
            }
            assertThat(link.info().typeName()).isEqualTo("sockmap");
            assertThat(link.info().details()).isInstanceOfSatisfying(SockmapLink.Info.class, info -> {
                assertThat(info.mapId()).isEqualTo(map.info().id());
                assertThat(info.attachType()).contains(type);
                assertThat(info.target()).isEqualTo("map " + map.info().id());
            });
            assertThatThrownBy(() -> SockmapLink.attach(object.program("redirects_stream"), map, type))
                    .isInstanceOfSatisfying(SystemCallException.class, e -> assertThat(e.errno())
                            .isEqualTo(Errno.EBUSY))
                    .hasMessageContaining("has a program of that kind already");
            link.update(object.program("redirects_stream"));
            try (Link parser = SockmapLink.attach(object.program("takes_all"), map, AttachType.SK_SKB_STREAM_PARSER);
                    Streams first = Streams.connect();
                    Streams second = Streams.connect()) {
                put(map, 0, first);
                put(map, 1, second);
                first.write('a');
                assertThat(second.read(PATIENCE)).isEqualTo('a');
            }
            LinkObject.checkTypedOpening(link, SockmapLink.class);
            SockmapLink again = SockmapLink.attach(object.program("drops_stream"), map, type);
            again.detach();
            assertThat(again.info().target()).isEmpty();
            SockmapLink.attach(object.program("drops_stream"), map, type).close();
            again.close();
        }
    }

    @Test
    void withoutALinkItIsDetachedOnCloseAndNothingElseIs() throws IOException {
        AttachType type = AttachType.SK_MSG_VERDICT;
        try (LinkObject object = LinkObject.loadFrom("sockets", "redirects_message", "redirects_message_by_key");
                Streams first = Streams.connect();
                Streams second = Streams.connect()) {
            BpfMap map = object.map("streams");
            SockmapAttachment ours = SockmapAttachment.attach(object.program("redirects_message_by_key"), map, type);
            try (SockmapAttachment next = SockmapAttachment.attach(object.program("redirects_message"), map, type)) {
                ours.close();
                ours.close();
                put(map, 0, first);
                put(map, 1, second);
                first.send('a');
                assertThat(second.read(PATIENCE)).as(next.toString()).isEqualTo('a');
            }
            LinkObject.leavesNoDescriptor(() -> SockmapAttachment.attach(object.program("redirects_message"), map, type)
                    .close());
        }
    }

    @Test
    void aMapWithoutSocketsIsRefused() {
        try (LinkObject object = LinkObject.loadFrom("sockets", "redirects_message")) {
            assertThatThrownBy(() -> SockmapAttachment.attach(
                            object.program("redirects_message"), object.map(".bss"), AttachType.SK_MSG_VERDICT))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("attach program 'redirects_messa' to SK_MSG_VERDICT of map 'sockets.bss'")
                    .hasMessageContaining("no place for this attach type");
            assertThatThrownBy(() -> object.object().attach("redirects_message"))
                    .isInstanceOf(NoAutoAttachException.class)
                    .hasMessageContaining("a map: SockmapLink.attach(program, map, AttachType.SK_MSG_VERDICT)");
        }
    }
}
