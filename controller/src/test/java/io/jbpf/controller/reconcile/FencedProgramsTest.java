package io.jbpf.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.controller.election.LeadershipLostException;
import io.jbpf.controller.node.PodIdentity;
import io.jbpf.controller.node.RecordingPrograms;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.rules.SyscallRules;
import io.jbpf.testkit.Waits;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class FencedProgramsTest {
    private static final PodIdentity POD = new PodIdentity(new ObjectKey("default", "web"), "uid");
    private static final SyscallRules RULES = SyscallRules.of(Set.of("read"));
    private static final Path CGROUP = Path.of("/");

    private final RecordingPrograms recording = new RecordingPrograms();
    private final AtomicBoolean leads = new AtomicBoolean(true);

    @Test
    void refusesEveryChangeOnceLeadershipIsLostAndReadsOn() {
        FencedPrograms fenced = new FencedPrograms(recording, leads::get);
        fenced.count(POD, CGROUP, RULES);
        leads.set(false);

        assertThatThrownBy(() -> fenced.count(POD, CGROUP, RULES)).isInstanceOf(LeadershipLostException.class);
        assertThatThrownBy(() -> fenced.stopCounting(POD)).isInstanceOf(LeadershipLostException.class);
        assertThatThrownBy(() -> fenced.stopFiltering(POD)).isInstanceOf(LeadershipLostException.class);
        assertThat(fenced.pods()).containsExactly(POD);
        assertThat(fenced.read(Set.of(POD))).containsKey(POD);
    }

    /** One that passed the check just before leadership ended must not be attached after all was taken away. */
    @Test
    void takesAwayOnlyWhenAChangeThatHasBegunIsDone() {
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        FencedPrograms fenced = new FencedPrograms(recording, () -> {
            boolean held = leads.get();
            asked.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return held;
        });
        CompletableFuture<Void> change = CompletableFuture.runAsync(() -> fenced.count(POD, CGROUP, RULES));
        Waits.until(() -> asked.getCount() == 0);
        leads.set(false);
        CompletableFuture<Void> away =
                CompletableFuture.runAsync(() -> assertThat(fenced.removeAll()).isTrue());
        go.countDown();

        Waits.until(() -> change.isDone() && away.isDone());
        assertThat(change.isCompletedExceptionally()).isFalse();
        assertThat(recording.pods()).isEmpty();
    }
}
