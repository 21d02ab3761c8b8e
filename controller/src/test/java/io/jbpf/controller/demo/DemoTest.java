package io.jbpf.controller.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.KernelObjects;
import io.jbpf.link.LinkInfo;
import io.jbpf.map.MapInfo;
import io.jbpf.program.ProgramInfo;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the demonstration as {@code deploy/demo} does, in a JVM of its own. */
@KernelTest
class DemoTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern CGROUP = Pattern.compile("(?m)^ +cgroup +(/\\S*?/(jbpf-[0-9a-z]+))/");
    private static final Pattern POD = Pattern.compile("(?m)^ +pod .* by (\\S+), process (\\d+)$");
    private static final Pattern NUMBER = Pattern.compile("(?m)^(prog|map|link)_id:\\s*(\\d+)$");
    private static final int SIGINT_BIT = 1 << 1;

    @TempDir
    private Path temporary;

    @TempDir
    private Path elsewhere;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void endWhatStillRuns() throws InterruptedException {
        for (Process process : started) {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void showsThatEverythingCameAbout() throws Exception {
        Process demo = start("--once");

        assertThat(ended(demo)).as(output()).isZero();

        assertThat(output()).contains("✓ all 7").doesNotContain("✗").doesNotContain("\tat ");
        assertThat(output())
                .contains(
                        "podconfigmap_controller_ebpf_syscall_count_total{",
                        "podconfigmap_controller_ebpf_l4_firewall_total{namespace=\"default\",pod_name=\"my-app\",stat_type=\"blocked\"}",
                        "podconfigmap_controller_ebpf_attached_programs{");
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @CsvSource({
        "firewall, port 22 (blocked) does not;packets blocked, system calls counted",
        "counter, system calls counted;programs attached, port 22 (blocked) does not"
    })
    void noticesThatAProgramIsMissing(String sabotaged, String missing, String stillThere) throws Exception {
        Process demo = start("--once", "--sabotage", sabotaged);

        assertThat(ended(demo)).as(output()).isEqualTo(1);

        for (String what : missing.split(";", -1)) {
            assertThat(output()).contains("✗  " + what);
        }
        assertThat(output()).contains("✓  " + stillThere).doesNotContain("\tat ");
        assertNothingIsLeft();
    }

    @Test
    void leavesNothingWhenItIsInterruptedWhileItGoesOn() throws Exception {
        Process demo = start();
        awaitOutput("packets allowed [\\d,]+, blocked [\\d,]+\n");
        Set<String> loaded = bpfObjectsOf(demo.pid());
        assertThat(loaded).anyMatch(object -> object.startsWith("prog"));

        int expected = interrupt(demo);

        assertThat(ended(demo)).as(output()).isEqualTo(expected);
        assertThat(output()).contains("export KUBECONFIG=").doesNotContain("\tat ");
        assertNothingIsLeft();
        Waits.until(() -> bpfObjects().stream().noneMatch(loaded::contains));
    }

    @ParameterizedTest
    @ValueSource(strings = {" API ", " cgroup ", " config "})
    void leavesNothingWhenItIsInterruptedWhileItBegins(String line) throws Exception {
        Process demo = start("--once");
        awaitOutput(line);

        int expected = interrupt(demo);

        assertThat(ended(demo)).as(output()).isEqualTo(expected);
        assertThat(output()).doesNotContain("\tat ");
        assertNothingIsLeft();
    }

    private Process start(String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-Djava.io.tmpdir=" + temporary));
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(List.of(
                "-cp", System.getProperty("java.class.path"), Demo.class.getName(), "--manifests", "../deploy"));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(elsewhere.resolve("output").toFile())
                .start();
        started.add(process);
        return process;
    }

    private static int ended(Process demo) throws InterruptedException {
        assertThat(demo.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return demo.exitValue();
    }

    private void awaitOutput(String pattern) throws IOException {
        Pattern wanted = Pattern.compile(pattern);
        assertThat(Deadline.in(PATIENCE)
                        .waitUntil(() -> wanted.matcher(output()).find()))
                .as(output())
                .isTrue();
    }

    private String output() {
        try {
            return Files.readString(elsewhere.resolve("output"));
        } catch (IOException e) {
            // Not there yet, or in the middle of a character.
            return "";
        }
    }

    /** As ctrl-C does; answers the exit status to expect. Where the build itself ignores SIGINT, so does its child. */
    private static int interrupt(Process demo) throws Exception {
        boolean ignored = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & SIGINT_BIT) != 0);
        String signal = ignored ? "TERM" : "INT";
        Process kill = new ProcessBuilder("sh", "-c", "kill -" + signal + " " + demo.pid()).start();
        assertThat(kill.waitFor()).isZero();
        return ignored ? 128 + 15 : 128 + 2;
    }

    private void assertNothingIsLeft() throws IOException {
        try (Stream<Path> files = Files.list(temporary)) {
            assertThat(files).isEmpty();
        }
        Matcher cgroup = CGROUP.matcher(output());
        if (cgroup.find()) {
            assertThat(Path.of(cgroup.group(1))).doesNotExist();
        }
        Matcher pod = POD.matcher(output());
        if (pod.find()) {
            assertThat(NetworkInterface.getByName(pod.group(1))).isNull();
            assertThat(ProcessHandle.of(Long.parseLong(pod.group(2))).filter(ProcessHandle::isAlive))
                    .isEmpty();
        }
    }

    /** What the process holds descriptors of, as bpf(2) shows it in proc(5): "prog 12". */
    private static Set<String> bpfObjectsOf(long pid) throws IOException {
        Set<String> objects = new HashSet<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + pid + "/fdinfo"))) {
            for (Path descriptor : descriptors.toList()) {
                Matcher number = NUMBER.matcher(readIfThere(descriptor));
                while (number.find()) {
                    objects.add(number.group(1) + " " + number.group(2));
                }
            }
        }
        return objects;
    }

    private static String readIfThere(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }

    private static Set<String> bpfObjects() {
        return Stream.of(
                        KernelObjects.programs().stream().map(ProgramInfo::id).map(id -> "prog " + id),
                        KernelObjects.maps().stream().map(MapInfo::id).map(id -> "map " + id),
                        KernelObjects.links().stream().map(LinkInfo::id).map(id -> "link " + id))
                .flatMap(all -> all)
                .collect(Collectors.toSet());
    }
}
