package io.jbpf.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.controller.health.Loops;
import io.jbpf.controller.metrics.PodSampler;
import io.jbpf.controller.metrics.ProgramErrors;
import io.jbpf.controller.metrics.Revision;
import io.jbpf.controller.node.PodIdentity;
import io.jbpf.controller.node.ProgramErrorType;
import io.jbpf.controller.node.ProgramException;
import io.jbpf.controller.node.ProgramType;
import io.jbpf.controller.node.RecordingPrograms;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.rules.SyscallRules;
import io.jbpf.testkit.Waits;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NodeTenureTest {
    private static final PodIdentity POD = new PodIdentity(new ObjectKey("default", "web"), "uid");

    private final RecordingPrograms programs = new RecordingPrograms();
    private final PodSampler sampler =
            new PodSampler(programs, new ProgramErrors(new Revision()), System::nanoTime, 10, new Revision());
    private final AtomicInteger begun = new AtomicInteger();
    private final NodeTenure tenure =
            new NodeTenure(programs, sampler, begun::incrementAndGet, new Loops(System::nanoTime).loop("tenure"));

    @BeforeEach
    void start() {
        tenure.start();
    }

    @AfterEach
    void close() {
        tenure.close();
    }

    private void attach() {
        programs.count(POD, Path.of("/"), SyscallRules.of(Set.of("read")));
    }

    @Test
    void waitsWhileAnotherHasTheNodeAndKeepsNobodyWaiting() {
        programs.takenByAnother(true);

        tenure.seeToIt();

        assertThat(tenure.mayAct()).isFalse();
        programs.takenByAnother(false);
        Waits.until(() -> tenure.isHeld() && begun.get() == 1);
    }

    @Test
    void keepsWhatNobodyWantsAndGivesItToWhoAsks() {
        tenure.seeToIt();
        Waits.until(tenure::isHeld);
        attach();

        tenure.unlessWanted();
        assertThat(programs.pods()).containsExactly(POD);
        assertThat(tenure.isHeld()).isTrue();

        programs.wantedByAnother(true);
        Waits.until(() -> !tenure.isHeld() && programs.pods().isEmpty());
    }

    @Test
    void takesAwayUntilNothingIsLeft() {
        tenure.seeToIt();
        Waits.until(tenure::isHeld);
        attach();
        programs.refuseToDetach(
                POD, new ProgramException(ProgramType.SYSCALL_COUNTER, ProgramErrorType.DETACH_FAILED, "No.", null));

        tenure.removeAll();
        Waits.until(() -> !tenure.isHeld());
        assertThat(programs.pods()).containsExactly(POD);

        programs.letDetach(POD);
        Waits.until(() -> programs.pods().isEmpty());
    }

    @Test
    void showsNoSampleOfItsOwnWhenAnotherMayHaveTheNode() {
        tenure.seeToIt();
        Waits.until(tenure::isHeld);
        List<OptionalLong> whenLeft = new CopyOnWriteArrayList<>();
        programs.whenLeft(() -> whenLeft.add(sampler.epoch()));
        OptionalLong first = sampler.epoch();

        tenure.leaveInPlace();
        Waits.until(() -> whenLeft.size() == 1);
        assertThat(whenLeft.get(0)).isPresent().isNotEqualTo(first);

        tenure.seeToIt();
        Waits.until(tenure::isHeld);
        OptionalLong second = sampler.epoch();
        tenure.removeAll();
        Waits.until(() -> whenLeft.size() == 2);
        assertThat(whenLeft.get(1)).isPresent().isNotEqualTo(second);
    }

    @Test
    void letsGoWhenItIsClosed() {
        tenure.seeToIt();
        Waits.until(tenure::isHeld);
        attach();

        tenure.close();

        assertThat(tenure.isHeld()).isFalse();
        assertThat(programs.pods()).isEmpty();
    }
}
