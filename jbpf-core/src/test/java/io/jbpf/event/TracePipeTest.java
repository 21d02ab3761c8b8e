package io.jbpf.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.BpfObject;
import io.jbpf.fs.TraceFs;
import io.jbpf.fs.TraceInstance;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@KernelTest
class TracePipeTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final byte[] PACKET = new byte[64];

    private final BpfObject object = BpfObject.load(TestObjects.read("inspect"));
    private final List<TraceLine> lines = new ArrayList<>();

    /** Others print, too. */
    private final TracePipe pipe = TracePipe.open(line -> {
        if (line.message().matches("(?s)(jbpf inspect test|first of).*")) {
            lines.add(line);
        }
    });

    @AfterEach
    void removeAll() {
        pipe.close();
        object.close();
    }

    private void print(int number) {
        object.variable("number").set(number);
        object.program("prints").testRun(PACKET, 1);
    }

    private void await(int count) {
        long end = System.nanoTime() + LONG.toNanos();
        while (lines.size() < count && System.nanoTime() < end) {
            pipe.poll(Duration.ofSeconds(1));
        }
        assertThat(lines).hasSize(count);
    }

    @Test
    void whatAProgramPrintsIsReadAsItWasPrinted() throws IOException {
        print(4711);
        await(2);

        TraceLine line = lines.get(0);
        assertThat(line.message()).isEqualTo("jbpf inspect test 4711");
        assertThat(line.event()).isEqualTo("bpf_trace_printk");
        assertThat(line.cpu()).isNotNegative();
        assertThat(Files.exists(Path.of("/proc/self/task", Integer.toString(line.pid()))))
                .isTrue();
        assertThat(line.time()).isPositive();
        assertThat(lines.get(1).message()).isEqualTo("first of 4711\nand second");
    }

    @Test
    void theCounterOfLinesIsTheirOrder() {
        for (int i = 0; i < 200; i++) {
            print(i);
        }
        await(400);

        assertThat(lines)
                .filteredOn(line -> line.message().startsWith("jbpf"))
                .extracting(TraceLine::message)
                .isEqualTo(Stream.iterate(0, i -> i + 1)
                        .limit(200)
                        .map(i -> "jbpf inspect test " + i)
                        .toList());
        assertThat(pipe.lost()).isZero();
    }

    @Test
    void twoReadersBothGetALineThatIsInInstancesOfTheirOwn() {
        List<TraceLine> others = new ArrayList<>();
        try (TracePipe other = TracePipe.open(others::add)) {
            assertThat(pipe.isShared()).isFalse();
            assertThat(other.isShared()).isFalse();
            print(8);
            await(2);
            Waits.until(() -> {
                other.consume();
                return others.stream().anyMatch(line -> line.message().equals("jbpf inspect test 8"));
            });
        }
    }

    @Test
    void aLineEndsTheWaitForIt() throws Exception {
        Reader<Integer> reader =
                Reader.start(() -> pipe.poll(LONG.multipliedBy(30))).waits();
        print(1);

        assertThat(reader.result()).isPositive();
    }

    /** As older kernels have it: nobody is woken for a line, only when the buffer is half full. */
    @Test
    void soItDoesInAPipeThatIsShared() throws Exception {
        try (TraceInstance others = TraceInstance.listeningTo(TraceFs.mounted(), "bpf_trace", "bpf_trace_printk")
                .orElseThrow()) {
            Path percent = others.directory().resolve("buffer_percent");
            if (Files.exists(percent)) {
                Files.writeString(percent, "50");
            }
            try (TracePipe shared = TracePipe.openShared(others.directory().resolve("trace_pipe"), lines::add)) {
                assertThat(shared.isShared()).isTrue();
                Reader<Integer> reader =
                        Reader.start(() -> shared.poll(LONG.multipliedBy(30))).waits();
                print(2);

                assertThat(reader.result()).isPositive();
            }
        }
    }

    @Test
    void aHandlerThatThrowsLosesThatLineAlone() {
        List<String> heard = new ArrayList<>();
        try (TracePipe strict = TracePipe.open(line -> {
            if (line.message().startsWith("jbpf inspect test")) {
                throw new IllegalStateException(line.message());
            }
            heard.add(line.message());
        })) {
            print(3);
            Waits.until(() -> {
                try {
                    strict.consume();
                    return false;
                } catch (IllegalStateException e) {
                    return "jbpf inspect test 3".equals(e.getMessage());
                }
            });
            Waits.until(() -> strict.consume() > 0 || heard.contains("first of 3\nand second"));
            assertThat(heard).contains("first of 3\nand second");
        }
    }

    @Test
    void theDeadlineEndsTheWaitForNothing() {
        long begin = System.nanoTime();
        pipe.poll(Duration.ofMillis(250));

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isBetween(Duration.ofMillis(1), LONG);
    }

    @Test
    void aCloseEndsTheWaitAndRemovesTheInstance() throws Exception {
        long instances = instances();
        Reader<Integer> reader = Reader.start(() -> {
            int all = 0;
            while (!pipe.isClosed()) {
                all += pipe.poll(LONG.multipliedBy(30));
            }
            return all;
        });
        reader.waits();
        pipe.close();

        reader.result();
        assertThatThrownBy(() -> pipe.poll(LONG)).isInstanceOf(IllegalStateException.class);
        Waits.until(() -> instances() == instances - 1);
    }

    private static long instances() {
        String mine = "jbpf-" + ProcessHandle.current().pid() + "-";
        try (Stream<Path> all = Files.list(TraceFs.mounted().directory().resolve("instances"))) {
            return all.filter(each -> String.valueOf(each.getFileName()).startsWith(mine))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
