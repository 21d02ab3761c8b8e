package io.jbpf.controller.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.controller.node.FirewallCounts;
import io.jbpf.controller.node.PodIdentity;
import io.jbpf.controller.node.ProgramType;
import io.jbpf.controller.node.RecordingPrograms;
import io.jbpf.controller.node.SyscallCounts;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.rules.SyscallRules;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PodSamplerTest {
    private static final FirewallCounts NOTHING = new FirewallCounts(0, 0, 0, 0);

    private final PodIdentity pod = pod("uid");
    private final AtomicLong time = new AtomicLong();
    private final RecordingPrograms programs = new RecordingPrograms();
    private final Revision revision = new Revision();
    private final PodSampler sampler = new PodSampler(programs, new ProgramErrors(revision), time::get, 2, revision);

    private static PodIdentity pod(String uid) {
        return new PodIdentity(new ObjectKey("n", "p"), uid);
    }

    @BeforeEach
    void attach() {
        sampler.begin();
        programs.count(pod, Path.of("/"), SyscallRules.ALL);
    }

    private void counted(PodIdentity of, Map<Integer, Long> byProcess, long reads) {
        programs.setCounts(of, new SyscallCounts(byProcess, Map.of("read", reads)), NOTHING);
    }

    private void export(PodIdentity of, Duration interval) {
        sampler.export(of, interval, EnumSet.allOf(ProgramType.class));
        sampler.sampleDue();
    }

    private PodSample sample() {
        assertThat(sampler.samples()).hasSize(1);
        return sampler.samples().iterator().next();
    }

    private void after(Duration duration) {
        time.addAndGet(duration.toNanos());
        sampler.sampleDue();
    }

    @Test
    void aPodIsReadWhenItsOwnIntervalIsOver() {
        counted(pod, Map.of(1, 1L), 1);
        export(pod, Duration.ofSeconds(30));
        counted(pod, Map.of(1, 2L), 2);

        after(Duration.ofSeconds(29));
        assertThat(sample().byProcess()).containsEntry("1", 1L);
        after(Duration.ofSeconds(1));
        assertThat(sample().byProcess()).containsEntry("1", 2L);

        counted(pod, Map.of(1, 3L), 3);
        export(pod, Duration.ofSeconds(5));
        after(Duration.ofSeconds(5));
        assertThat(sample().byProcess()).containsEntry("1", 3L);
    }

    @Test
    void whatIsNotReadIsNoNewRevision() {
        export(pod, Duration.ofSeconds(30));
        long before = revision.current();
        counted(pod, Map.of(1, 1L), 1);

        after(Duration.ofSeconds(29));
        assertThat(revision.current()).isEqualTo(before);
        after(Duration.ofSeconds(1));
        assertThat(revision.current()).isNotEqualTo(before);
    }

    @Test
    void whatIsReadAsItWasIsNoNewRevision() {
        counted(pod, Map.of(1, 1L, 2, 2L, 3, 3L), 1);
        export(pod, Duration.ofSeconds(1));
        PodSample first = sample();
        long before = revision.current();

        after(Duration.ofSeconds(1));
        assertThat(revision.current()).isEqualTo(before);
        assertThat(sample()).isEqualTo(first);

        counted(pod, Map.of(1, 1L, 2, 2L, 3, 4L), 1);
        after(Duration.ofSeconds(1));
        assertThat(revision.current()).isNotEqualTo(before);
    }

    @Test
    void aProgramThatIsNotWantedAnyMoreIsANewRevisionAtOnce() {
        counted(pod, Map.of(1, 1L), 1);
        export(pod, Duration.ofSeconds(30));
        long before = revision.current();

        sampler.export(pod, Duration.ofSeconds(30), EnumSet.of(ProgramType.L4_FIREWALL));

        assertThat(sample().bySyscall()).isEmpty();
        assertThat(revision.current()).isNotEqualTo(before);
    }

    @Test
    void anotherPodOfTheNameIsANewRevisionAtOnce() {
        counted(pod, Map.of(1, 1L), 1);
        export(pod, Duration.ofSeconds(30));
        long before = revision.current();

        sampler.export(pod("another"), Duration.ofSeconds(30), EnumSet.allOf(ProgramType.class));

        assertThat(sampler.samples()).isEmpty();
        assertThat(revision.current()).isNotEqualTo(before);
    }

    @Test
    void aSeriesEndsWithItsProcessAndTheTotalsStand() {
        counted(pod, Map.of(1, 5L, 2, 6L), 11);
        export(pod, Duration.ofSeconds(1));
        counted(pod, Map.of(2, 7L), 12);

        after(Duration.ofSeconds(1));

        assertThat(sample().byProcess()).isEqualTo(Map.of("2", 7L));
        assertThat(sample().bySyscall()).isEqualTo(Map.of("read", 12L));
    }

    @Test
    void totalsNeverFallWhereTheKernelsCountsBeginAnew() {
        counted(pod, Map.of(1, 5L), 100);
        export(pod, Duration.ofSeconds(1));
        counted(pod, Map.of(1, 1L), 3);

        after(Duration.ofSeconds(1));
        assertThat(sample().bySyscall()).isEqualTo(Map.of("read", 103L));

        counted(pod, Map.of(1, 2L), 4);
        after(Duration.ofSeconds(1));
        assertThat(sample().bySyscall()).isEqualTo(Map.of("read", 104L));
    }

    @Test
    void noMoreProcessesThanTheLimitHaveASeries() {
        counted(pod, Map.of(1, 5L, 2, 6L, 3, 7L), 18);
        export(pod, Duration.ofSeconds(1));

        assertThat(sample().byProcess()).isEqualTo(Map.of("3", 7L, "2", 6L, "other", 5L));
    }

    @Test
    void anotherLifeOfThePodBeginsAnewAndAPodThatIsForgottenHasNoSeries() {
        counted(pod, Map.of(1, 5L), 100);
        export(pod, Duration.ofSeconds(1));
        PodIdentity next = pod("another uid");
        programs.count(next, Path.of("/"), SyscallRules.ALL);
        counted(next, Map.of(9, 1L), 1);

        export(next, Duration.ofSeconds(1));
        assertThat(sample().bySyscall()).isEqualTo(Map.of("read", 1L));

        sampler.forget(next.key());
        assertThat(sampler.samples()).isEmpty();
    }

    @Test
    void whatIsDueInTheSecondHalfOfItsIntervalIsReadWithTheFirstAndWithItFromThenOn() {
        PodIdentity other = new PodIdentity(new ObjectKey("n", "other"), "uid");
        programs.count(other, Path.of("/"), SyscallRules.ALL);
        counted(pod, Map.of(1, 1L), 1);
        counted(other, Map.of(2, 1L), 1);
        export(pod, Duration.ofSeconds(30));
        after(Duration.ofSeconds(14));
        export(other, Duration.ofSeconds(30));
        int begun = programs.readings();

        after(Duration.ofSeconds(16));
        for (int i = 0; i < 30; i++) {
            after(Duration.ofSeconds(1));
        }

        assertThat(programs.readings() - begun).isEqualTo(2);
        assertThat(sampler.samples()).hasSize(2);
    }

    @Test
    void readingTakesATwentiethOfTheTimeAtMost() {
        programs.letReadingsTake(() -> time.addAndGet(Duration.ofMillis(100).toNanos()));
        int begun = programs.readings();

        // A new pod every tenth of a second, for a hundred seconds.
        for (int i = 0; i < 1000; i++) {
            PodIdentity next = pod("uid-" + i);
            programs.count(next, Path.of("/"), SyscallRules.ALL);
            sampler.export(next, Duration.ofSeconds(30), EnumSet.allOf(ProgramType.class));
            after(Duration.ofMillis(100));
        }

        assertThat(programs.readings() - begun).isBetween(40, 52);
    }

    @Test
    void anotherMayHaveTheNodeAsSoonAsTheTenureHasEnded() {
        counted(pod, Map.of(1, 5L), 100);
        export(pod, Duration.ofSeconds(1));
        OptionalLong shown = sampler.epoch();

        sampler.end();

        assertThat(sampler.samples()).isEmpty();
        assertThat(sampler.epoch()).isNotEqualTo(shown);
        // Of a change that was under way.
        export(pod, Duration.ofSeconds(1));
        after(Duration.ofSeconds(1));
        assertThat(sampler.samples()).isEmpty();
    }

    @Test
    void theNextTenureBeginsWithTheKernelsCounts() {
        counted(pod, Map.of(1, 5L), 100);
        export(pod, Duration.ofSeconds(1));
        sampler.end();
        OptionalLong between = sampler.epoch();
        sampler.begin();
        assertThat(sampler.epoch()).isNotEqualTo(between);
        assertThat(sampler.samples()).isEmpty();

        counted(pod, Map.of(1, 1L), 3);
        export(pod, Duration.ofSeconds(1));

        assertThat(sample().bySyscall()).isEqualTo(Map.of("read", 3L));
    }

    @Test
    void whatWasReadBeforeTheProcessStoodStillIsShownNoMore() {
        counted(pod, Map.of(1, 5L), 100);
        export(pod, Duration.ofSeconds(30));
        OptionalLong shown = sampler.epoch();
        assertThat(shown).isPresent();

        time.addAndGet(Duration.ofSeconds(10).toNanos());
        assertThat(sampler.epoch()).isEqualTo(shown);
        time.addAndGet(1);
        assertThat(sampler.epoch()).isEmpty();

        after(Duration.ofSeconds(20));
        assertThat(sampler.epoch()).isPresent().isNotEqualTo(shown);
    }

    @Test
    void aReadingThatWasStoppedMidwayIsNotRestedFromForLong() {
        counted(pod, Map.of(1, 1L), 1);
        programs.letReadingsTake(() -> time.addAndGet(Duration.ofMinutes(1).toNanos()));
        export(pod, Duration.ofSeconds(30));
        int begun = programs.readings();

        after(Duration.ofSeconds(10));

        assertThat(programs.readings() - begun).isEqualTo(1);
    }

    @Test
    void aPodWhoseProgramsChangedIsReadAgainAtOnce() {
        counted(pod, Map.of(1, 1L), 1);
        export(pod, Duration.ofSeconds(30));
        programs.stopCounting(pod);

        export(pod, Duration.ofSeconds(30));

        assertThat(sample().attached()).isEmpty();
    }

    @Test
    void theSeriesOfAProgramEndWhenItIsNotWantedAndBeginAnewWhenItIs() {
        programs.setCounts(pod, new SyscallCounts(Map.of(1, 5L), Map.of("read", 100L)), new FirewallCounts(7, 0, 0, 7));
        export(pod, Duration.ofSeconds(1));
        assertThat(sample().firewall()).containsEntry("udp", 7L);

        // What is read meanwhile may be older than that.
        sampler.export(pod, Duration.ofSeconds(1), Set.of(ProgramType.L4_FIREWALL));
        assertThat(sample().bySyscall()).isEmpty();
        after(Duration.ofSeconds(1));

        assertThat(sample().bySyscall()).isEmpty();
        assertThat(sample().byProcess()).isEmpty();
        assertThat(sample().firewall()).containsEntry("udp", 7L);

        programs.setCounts(pod, new SyscallCounts(Map.of(1, 2L), Map.of("read", 3L)), new FirewallCounts(8, 0, 0, 8));
        export(pod, Duration.ofSeconds(1));
        after(Duration.ofSeconds(1));
        assertThat(sample().bySyscall()).isEqualTo(Map.of("read", 3L));
        assertThat(sample().byProcess()).isEqualTo(Map.of("1", 2L));
        assertThat(sample().firewall()).containsEntry("udp", 8L);
    }
}
