package io.jbpf.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.BpfObject;
import io.jbpf.error.BpfException;
import io.jbpf.fs.BpfFs;
import io.jbpf.inspect.Pins.Pin;
import io.jbpf.link.RawTracepointLink;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@KernelTest
class PinsTest {
    private final BpfFs root =
            BpfFs.mounted().subdirectory("jbpf_pins_" + ProcessHandle.current().pid());
    private final BpfObject object = BpfObject.load(TestObjects.read("attach"));

    @AfterEach
    void removeAll() throws IOException {
        object.close();
        try (Stream<Path> all = Files.walk(root.directory())) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    @Test
    void pinsAreFoundWithWhatTheyHoldAndGoneAfterwards() throws IOException {
        BpfFs below = root.subdirectory("below");
        int program = object.program("on_raw_tracepoint").info().id();
        int map = object.map("hits").info().id();
        int linkId;
        try (RawTracepointLink link = RawTracepointLink.attach(object.program("on_raw_tracepoint"), "sys_enter")) {
            linkId = link.info().id();
            link.pin(root.pin("a_link"));
        }
        object.program("on_raw_tracepoint").pin(root.pin("the_program"));
        object.map("hits").pin(root.pin("map"));
        object.map("hits").pin(below.pin("map_again"));

        Pins pins = Pins.below(root.directory());

        assertThat(pins.unreadable()).isEmpty();
        assertThat(pins.pins())
                .containsExactly(
                        new Pin(root.pin("a_link"), ObjectKind.LINK, linkId),
                        new Pin(below.pin("map_again"), ObjectKind.MAP, map),
                        new Pin(root.pin("map"), ObjectKind.MAP, map),
                        new Pin(root.pin("the_program"), ObjectKind.PROGRAM, program));
        assertThat(pins.of(ObjectKind.MAP, map)).containsExactly(below.pin("map_again"), root.pin("map"));

        Files.delete(root.pin("map"));

        assertThat(Pins.below(root.directory()).of(ObjectKind.MAP, map)).containsExactly(below.pin("map_again"));
    }

    @Test
    void symbolicLinksAreNotFollowed() throws IOException {
        BpfFs below = root.subdirectory("below");
        object.map("hits").pin(below.pin("map"));
        Files.createSymbolicLink(below.directory().resolve("again"), root.directory());
        Files.createSymbolicLink(root.directory().resolve("other"), below.pin("map"));

        assertThat(Pins.below(root.directory()).pins()).extracting(Pin::path).isEqualTo(List.of(below.pin("map")));
    }

    @Test
    void anotherFileSystemHasNoPins(@TempDir Path elsewhere) {
        assertThatThrownBy(() -> Pins.below(elsewhere))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("is not in a bpffs");
    }
}
