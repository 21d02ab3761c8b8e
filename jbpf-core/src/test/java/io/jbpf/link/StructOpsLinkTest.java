package io.jbpf.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.AttachedObject;
import io.jbpf.BpfObject;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.object.ObjectSpec;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.SystemCalls;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

@KernelTest
class StructOpsLinkTest {
    private static boolean isRegistered() {
        try {
            return Files.readString(Path.of("/proc/sys/net/ipv4/tcp_available_congestion_control"))
                    .contains("jbpf_calmer");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aCongestionControlIsThereAsLongAsItsLink(TestReporter reporter) throws IOException {
        ObjectSpec spec = TestObjects.read("struct_ops").withMap("calm", map -> map.withAutocreate(false));
        try (BpfObject object = BpfObject.load(spec)) {
            BpfMap map = object.map("calmer");
            assertThatThrownBy(() -> StructOpsLink.attach(map))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("hold its value");
            byte[] value = object.structOpsValue("calmer");
            map.typed(Codec.u32(), Codec.bytes(value.length)).put(0, value);
            assertThat(isRegistered()).isFalse();
            StructOpsLink link = StructOpsLink.attach(map);
            assertThat(isRegistered()).isTrue();
            assertThat(link.info().details())
                    .isEqualTo(new StructOpsLink.Info(map.info().id()));
            LinkObject.checkTypedOpening(link, StructOpsLink.class);
            Waits.until(() -> !isRegistered());
            try (AttachedObject attached = object.attach()) {
                assertThat(attached.links()).containsOnlyKeys("calmer");
                assertThat(isRegistered()).isTrue();
            }
            Waits.until(() -> !isRegistered());
        } catch (SystemCallException e) {
            assertThat(e.call()).isEqualTo("bpf(BPF_MAP_CREATE)");
            KernelSupport.lacks(reporter, "links of struct_ops (Linux 6.4): " + e.errno());
        }
    }

    @Test
    void socketsTakeItAndAnUpdateIsForThoseThatComeLater(TestReporter reporter) throws IOException {
        try (BpfObject object = BpfObject.load(TestObjects.read("congestion"));
                Streams stream = Streams.connect()) {
            byte[] value = object.structOpsValue("second");
            object.map("second").typed(Codec.u32(), Codec.bytes(value.length)).put(0, value);
            try (StructOpsLink link = object.attachStructOps("first")) {
                assertThat(take(stream)).isZero();
                assertThat(object.variable("first_sockets").get()).isEqualTo(1);
                for (int i = 0; i < 10; i++) {
                    stream.send(i);
                    assertThat(stream.read(10_000)).isEqualTo(i);
                }
                Waits.until(() -> object.variable("acknowledgements").get() > 0);
                link.update(object.map("second"));
                assertThat(link.info().details())
                        .isEqualTo(new StructOpsLink.Info(
                                object.map("second").info().id()));
                try (Streams later = Streams.connect()) {
                    assertThat(take(later)).isZero();
                }
                assertThat(object.variable("first_sockets").get()).isEqualTo(1);
                assertThat(object.variable("second_sockets").get()).isEqualTo(1);
            }
            try (Streams after = Streams.connect()) {
                Waits.until(() -> take(after) == -Errno.ENOENT.number());
            }
        } catch (SystemCallException e) {
            assertThat(e.call()).isEqualTo("bpf(BPF_MAP_CREATE)");
            KernelSupport.lacks(reporter, "links of struct_ops (Linux 6.4): " + e.errno());
        }
    }

    /** setsockopt(TCP_CONGESTION). */
    private static int take(Streams stream) {
        NativeMemory name = NativeMemory.cString("jbpf_counts");
        return SystemCalls.host().setsockopt(stream.descriptor(), 6, 13, name.address(), name.size() - 1);
    }
}
