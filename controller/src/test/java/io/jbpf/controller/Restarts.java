package io.jbpf.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.controller.node.TestBpffs;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.Waits;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a restart must not lose, while packets arrive. Run by {@code .ci/node-take-over}, as {@link NodeTakeOver} is. */
@KernelTest
class Restarts extends ControllerProcessScenario {
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aRestartLosesNothing(boolean orderly) throws Exception {
        ControllerProcess first = controller(node);
        awaitAttached(first);
        try (BlockedTraffic traffic = new BlockedTraffic(node)) {
            node.read(1000);
            Waits.until(() -> reads(first) >= 1000 && packets(first, "blocked") >= 1);
            double blockedBefore = packets(first, "blocked");
            List<String> pins = TestBpffs.below(node.pins());

            int status = first.end(orderly);

            if (orderly) {
                assertThat(status).isEqualTo(143);
                assertThat(first.log()).anyMatch(line -> line.contains("what is attached stays in force"));
            }
            assertThat(TestBpffs.below(node.pins())).isEqualTo(pins);
            node.read(1000);
            long sent = traffic.sent();
            Waits.until(() -> traffic.sent() > sent + 1000);

            ControllerProcess second = controller(node);
            awaitAttached(second);
            second.await(() -> reads(second) >= 2000, "the calls that were made while nobody was there");
            assertThat(packets(second, "blocked")).isGreaterThan(blockedBefore);
            assertThat(packets(second, "blocked")).isGreaterThanOrEqualTo((double) sent);
            assertThat(TestBpffs.below(node.pins())).isEqualTo(pins);
            second.await(() -> ebpfReady().startsWith("Attached"), "condition Attached");

            deleteConfig();
            Waits.until(() -> traffic.leaked() > 0);
            assertThat(traffic.failure().get()).isNull();
        }
    }

    @Test
    void theNextAgentActsHalfASecondAfterTheNodeLockWasLetGo() throws Exception {
        String[] scope = {"CONTROLLER_SCOPE", "node"};
        ControllerProcess first = controller(node, scope);
        first.await(() -> !pods(node).isEmpty() && !node.reaches(SimulatedNode.BLOCKED), "the first to attach");
        ControllerProcess second = controller(node, scope);
        second.await(() -> second.get("/readyz").equals("ok\n"), "the one that waits to be ready");
        assertThat(second.said("sees to the programs")).isEmpty();
        List<String> pins = pods(node);

        first.end(true);

        Duration took = Duration.between(
                first.awaitSaid("sees to the programs of this node no longer"),
                second.awaitSaid("This process sees to the programs of this node."));
        System.out.printf("node scope: from the lock's release to acting %d ms%n", took.toMillis());
        assertThat(took).isLessThan(Duration.ofMillis(500));
        awaitAttached(second);
        assertThat(pods(node)).isEqualTo(pins);
        assertThat(node.reaches(SimulatedNode.BLOCKED)).isFalse();
    }
}
