package io.jbpf.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.LoadOptions;
import io.jbpf.error.BpfException;
import io.jbpf.testkit.KernelTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The virtual machine that runs the tests has probes of its own. */
@KernelTest
class UsdtLinkTest {
    static Path libjvm() throws IOException {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return maps.filter(line -> line.endsWith("/libjvm.so"))
                    .map(line -> Path.of(line.substring(line.indexOf('/'))))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static void startThread() throws InterruptedException {
        Thread thread = new Thread(() -> {});
        thread.start();
        thread.join();
    }

    @Test
    void aProbeOfThisVirtualMachineIsSeenFromAttachToClose() throws Exception {
        try (LinkObject object = LinkObject.load("on_uprobe")) {
            UprobeLink.Options here = UprobeLink.Options.ENTRY.ofProcess(
                    (int) ProcessHandle.current().pid());
            try (UsdtLink link =
                    UsdtLink.attach(object.program("on_uprobe"), libjvm(), "hotspot", "thread__start", here)) {
                assertThat(link.probes()).isNotEmpty().allSatisfy(probe -> assertThat(probe.arguments())
                        .contains("@"));
                startThread();
                assertThat(object.get("hits")).isPositive();
            }
            long hits = object.get("hits");
            startThread();
            assertThat(object.get("hits")).isEqualTo(hits);
        }
    }

    @Test
    void itsSectionSaysWhereItBelongs() throws Exception {
        String place = libjvm() + ":hotspot:thread__start";
        try (LinkObject object = LinkObject.load(
                        spec -> spec.withProgram("on_usdt", program -> program.withAttachTarget(place)),
                        LoadOptions.DEFAULTS,
                        "on_usdt");
                Link link = object.object().attach("on_usdt")) {
            assertThat(link.description()).contains("usdt " + place);
            startThread();
            assertThat(object.get("hits")).isPositive();
        }
    }

    @Test
    void aProbeThatIsNotThereIsNamed() {
        try (LinkObject object = LinkObject.load("on_uprobe")) {
            assertThatThrownBy(() -> UsdtLink.attach(
                            object.program("on_uprobe"), libjvm(), "hotspot", "no_such", UprobeLink.Options.ENTRY))
                    .isInstanceOf(BpfException.class)
                    .hasMessageContaining("no USDT probe hotspot:no_such");
        }
    }
}
