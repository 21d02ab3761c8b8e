package io.jbpf.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.controller.node.TestBpffs;
import io.jbpf.link.KernelLink;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.testkit.KernelTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Nodes that are taken over, left, emptied and tampered with. Each scenario starts several controllers; they take a minute, so
 * they are not part of every build but of {@code .ci/node-take-over}.
 */
@KernelTest
class NodeTakeOver extends ControllerProcessScenario {
    @Test
    void whatWasDeletedWhileNobodyWasThereGoes() throws Exception {
        ControllerProcess first = controller(node);
        awaitAttached(first);
        first.end(false);
        assertThat(node.reaches(SimulatedNode.BLOCKED)).isFalse();
        deleteConfig();

        ControllerProcess second = controller(node);

        second.await(() -> node.reaches(SimulatedNode.BLOCKED), "the filter to go");
        second.await(() -> pods(node).isEmpty(), "the pins to go");
    }

    @Test
    void aNewSandboxIsFilteredAndKeepsTheTotals() throws Exception {
        ControllerProcess controller = controller(node);
        awaitAttached(controller);
        for (int i = 0; i < 10; i++) {
            assertThat(node.reaches(SimulatedNode.BLOCKED)).isFalse();
        }
        node.read(500);
        controller.await(() -> packets(controller, "blocked") >= 10 && reads(controller) >= 500, "counts");
        List<String> before = pods(node);

        node.replaceSandbox();

        controller.await(() -> !node.reaches(SimulatedNode.BLOCKED), "the new network to be filtered");
        node.read(500);
        controller.await(() -> reads(controller) >= 1000 && packets(controller, "blocked") >= 11, "counts to go on");
        controller.await(() -> pods(node).size() == before.size(), "the old firewall to go");
        assertThat(pods(node)).isNotEqualTo(before);

        // Nor do they fall when the next process reads what the kernel has.
        double blocked = packets(controller, "blocked");
        controller.end(false);
        ControllerProcess second = controller(node);
        awaitAttached(second);
        assertThat(packets(second, "blocked")).isGreaterThanOrEqualTo(blocked);
        assertThat(reads(second)).isGreaterThanOrEqualTo(1000);
    }

    @Test
    void theTotalsOfASandboxThatWasReplacedWhileNobodyWasThereGoOn() throws Exception {
        ControllerProcess first = controller(node);
        awaitAttached(first);
        for (int i = 0; i < 10; i++) {
            assertThat(node.reaches(SimulatedNode.BLOCKED)).isFalse();
        }
        node.read(500);
        first.await(() -> packets(first, "blocked") >= 10 && reads(first) >= 500, "counts");
        List<String> before = pods(node);
        first.end(false);

        node.replaceSandboxAndCgroup();
        ControllerProcess second = controller(node);

        second.await(() -> !node.reaches(SimulatedNode.BLOCKED), "the new network to be filtered");
        awaitAttached(second);
        node.read(500);
        second.await(() -> packets(second, "blocked") >= 11 && reads(second) >= 1000, "counts to go on");
        second.await(() -> pods(node).size() == before.size(), "the old firewall to go");
    }

    @Test
    void pinsThatSomebodyRemovesAreMadeAgain() throws Exception {
        ControllerProcess first = controller(node);
        awaitAttached(first);
        node.read(100);
        first.await(() -> reads(first) >= 100, "counts");
        List<String> before = TestBpffs.below(node.pins());

        for (String shared : List.of("datapath", "counted")) {
            removeAll(node.pins().resolve(shared));
        }

        first.await(() -> below(node.pins()).equals(before), "the pins");
        first.end(false);
        ControllerProcess second = controller(node);
        awaitAttached(second);
        assertThat(node.reaches(SimulatedNode.BLOCKED)).isFalse();
        assertThat(node.reaches(SimulatedNode.ALLOWED)).isTrue();
        assertThat(reads(second)).isGreaterThanOrEqualTo(100);
        assertThat(below(node.pins())).isEqualTo(before);
    }

    private static List<String> below(Path directory) {
        try {
            return TestBpffs.below(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void removeAll(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    @Test
    void uninstallLeavesNothing() throws Exception {
        ControllerProcess controller = controller(node);
        awaitAttached(controller);
        ControllerProcess refused = open.add(ControllerProcess.start(node.environment(), "uninstall"));
        assertThat(refused.ended()).isEqualTo(1);
        assertThat(refused.log())
                .anyMatch(line -> line.contains("The node is in use") && line.contains("process " + controller.pid()));
        controller.end(false);
        assertThat(node.reaches(SimulatedNode.BLOCKED)).isFalse();

        ControllerProcess uninstall = open.add(ControllerProcess.start(node.environment(), "uninstall"));

        assertThat(uninstall.ended()).as(uninstall.log().toString()).isZero();
        assertThat(node.reaches(SimulatedNode.BLOCKED)).isTrue();
        assertThat(node.pins()).doesNotExist();
    }

    @Test
    void leadershipMovesBetweenNodesAndNothingStaysOnEither() throws Exception {
        SimulatedNode other = node("node-2");
        String[] election = {
            "LEADER_ELECTION_ENABLED", "true",
            "POD_NAMESPACE", "default",
            "LEADER_ELECTION_LEASE_DURATION", "2s",
            "LEADER_ELECTION_RENEW_DEADLINE", "1500ms",
            "LEADER_ELECTION_RETRY_PERIOD", "400ms",
            "POD_NAME", "a"
        };
        ControllerProcess first = controller(node, election);
        awaitAttached(first);
        election[election.length - 1] = "b";
        ControllerProcess second = controller(other, election);
        second.await(() -> second.get("/readyz").equals("ok\n"), "the other to be ready");
        assertThat(other.reaches(SimulatedNode.BLOCKED)).isTrue();

        signal("STOP", first);
        try {
            awaitAttached(second);
            assertThat(other.reaches(SimulatedNode.BLOCKED)).isFalse();
            assertThat(node.reaches(SimulatedNode.BLOCKED)).isFalse();
        } finally {
            signal("CONT", first);
        }
        first.await(() -> node.reaches(SimulatedNode.BLOCKED), "the first node to be emptied");
        first.await(() -> !first.get("/metrics").contains("pod_name="), "its series to end");

        // Whoever is killed leaves it in force until somebody on that node knows better.
        second.end(false);
        awaitAttached(first);
        assertThat(other.reaches(SimulatedNode.BLOCKED)).isFalse();
        deleteConfig();
        first.await(() -> node.reaches(SimulatedNode.BLOCKED), "the config's end on the first node");
        ControllerProcess third = controller(other, election);
        third.await(() -> other.reaches(SimulatedNode.BLOCKED), "the second node to be emptied");
        first.await(() -> pods(node).isEmpty() && !first.get("/metrics").contains("pod_name="), "an empty first node");
        third.await(
                () -> pods(other).isEmpty() && !third.get("/metrics").contains("pod_name="), "an empty second node");
    }

    private static void signal(String signal, ControllerProcess to) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(to.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    @Test
    void whatANewerVersionPinnedStaysInForceAndIsTold() throws Exception {
        ControllerProcess newer = controller(node);
        awaitAttached(newer);
        newer.end(true);
        setLayouts(99);
        List<String> pins = TestBpffs.below(node.pins());

        ControllerProcess older = controller(node);

        older.await(() -> ebpfReady().startsWith("StateFromNewerVersion"), "the condition");
        older.await(() -> hasEvent("StateFromNewerVersion"), "the Event");
        older.await(
                () -> older.metric("program_errors_total", "error_type=\"state_from_newer_version\"") >= 1,
                "the metric");
        assertThat(node.reaches(SimulatedNode.BLOCKED)).isFalse();
        deleteConfig();
        older.await(
                () -> client.configMaps()
                                .inNamespace("default")
                                .withName("pod-" + node.podName() + "-from-c-cfg")
                                .get()
                        == null,
                "the config to be gone");
        assertThat(node.reaches(SimulatedNode.BLOCKED)).isFalse();
        older.end(true);
        assertThat(TestBpffs.below(node.pins())).isEqualTo(pins);
        assertThat(older.log().stream().filter(line -> line.contains("newer version")))
                .as("said once for each program")
                .hasSize(2);
    }

    /** As a version would that has other maps. */
    private void setLayouts(int version) {
        for (String of : List.of("syscall-counter", "datapath")) {
            try (BpfMap layout = BpfMap.openPinned(node.pins().resolve(of).resolve("layout"))) {
                layout.typed(Codec.u32(), Codec.u32()).put(0, version);
            }
        }
    }

    @Test
    void whatSomebodyTakesOffIsAttachedAnewAndTold() throws Exception {
        ControllerProcess controller = controller(node);
        awaitAttached(controller);
        node.read(100);
        controller.await(() -> reads(controller) >= 100, "counts");

        List<Path> links = links("filtered");
        for (Path link : links) {
            try (KernelLink found = KernelLink.openPinned(link)) {
                found.detach();
            }
        }
        List<Path> counters = links("syscall-counter");
        for (Path link : counters) {
            Files.delete(link);
        }

        // The controller holds these, too, so that nothing ends.
        node.read(100);
        controller.await(() -> reads(controller) >= 200, "counting to go on");
        controller.await(() -> counters.stream().allMatch(Files::exists), "the counter's links to be pinned again");
        if (links.isEmpty()) {
            // A kernel without TCX: filters are not links.
            return;
        }
        controller.await(() -> !node.reaches(SimulatedNode.BLOCKED), "the filter to be attached anew");
        controller.await(() -> hasEvent("Detached"), "the Event");
        controller.await(
                () -> controller.metric("program_errors_total", "program_type=\"l4_firewall\"") >= 1, "the metric");
        controller.await(() -> ebpfReady().startsWith("Attached"), "the condition to be well again");
    }

    private List<Path> links(String below) throws IOException {
        return TestBpffs.below(node.pins()).stream()
                .filter(pin -> pin.startsWith(below) && pin.contains("link"))
                .map(node.pins()::resolve)
                .toList();
    }

    @Test
    void aNodeThatIsNotPreparedIsToldInTheStatus() throws Exception {
        Files.delete(node.pins());

        ControllerProcess controller = controller(node);

        controller.await(() -> ebpfReady().startsWith("NodeNotPrepared"), "the condition");
        assertThat(ebpfReady()).contains("prepare-node").contains("BPFFS_ROOT");
        assertThat(node.reaches(SimulatedNode.BLOCKED)).isTrue();

        ControllerProcess preparation = open.add(ControllerProcess.start(node.environment(), "prepare-node"));
        assertThat(preparation.ended()).isZero();
        awaitAttached(controller);
    }
}
