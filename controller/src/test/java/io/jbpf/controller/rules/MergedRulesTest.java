package io.jbpf.controller.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.controller.crd.DefaultAction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class MergedRulesTest {
    @Test
    void aPacketPassesOnlyWhereBothRulesPassIt() {
        Random random = new Random(42);
        for (int round = 0; round < 2_000; round++) {
            FirewallRules a = randomRules(random);
            FirewallRules b = randomRules(random);
            FirewallRules both = a.and(b);
            for (int port = 1; port <= 12; port++) {
                assertThat(both.passes(port))
                        .as("port %d under %s and %s", port, a, b)
                        .isEqualTo(a.passes(port) && b.passes(port));
            }
        }
    }

    /** Each config's verdict, said again without the code under test: blocked, else allowed, else the default. */
    private static boolean verdict(FirewallRules rules, int port) {
        if (rules.blocked().contains(port)) {
            return false;
        }
        return rules.allowed().contains(port) || rules.defaultAction().equals(DefaultAction.ALLOW);
    }

    @Test
    void howeverManyConfigsThereAreEachHasItsVeto() {
        Random random = new Random(43);
        for (int round = 0; round < 500; round++) {
            List<FirewallRules> configs = new ArrayList<>();
            PodPrograms merged = PodPrograms.NONE;
            PodPrograms backwards = PodPrograms.NONE;
            for (int i = random.nextInt(6); i >= 0; i--) {
                FirewallRules rules = randomRules(random);
                PodPrograms config = new PodPrograms(Optional.empty(), Optional.of(rules), Optional.empty());
                configs.add(rules);
                merged = merged.with(config).with(PodPrograms.NONE);
                backwards = config.with(backwards);
            }
            // 0 stands for what has no port, such as a port that no rule can name.
            for (int port : new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 65_535}) {
                boolean every = configs.stream().allMatch(rules -> verdict(rules, port));
                assertThat(merged.firewall().orElseThrow().passes(port))
                        .as("port %d under %s", port, configs)
                        .isEqualTo(every);
                assertThat(backwards.firewall().orElseThrow().passes(port)).isEqualTo(every);
            }
        }
    }

    @Test
    void aConfigWithoutFirewallHasNoVerdictAndNoConfigMeansNoFirewall() {
        PodPrograms counting = new PodPrograms(Optional.of(SyscallRules.ALL), Optional.empty(), Optional.empty());
        FirewallRules rules = FirewallRules.of(Set.of(80), Set.of(), DefaultAction.BLOCK);
        PodPrograms filtering = new PodPrograms(Optional.empty(), Optional.of(rules), Optional.empty());

        assertThat(counting.with(filtering).firewall()).contains(rules);
        assertThat(counting.with(counting).firewall()).isEmpty();
    }

    private static FirewallRules randomRules(Random random) {
        return FirewallRules.of(
                randomPorts(random),
                randomPorts(random),
                random.nextBoolean() ? DefaultAction.ALLOW : DefaultAction.BLOCK);
    }

    private static Set<Integer> randomPorts(Random random) {
        Set<Integer> ports = new TreeSet<>();
        for (int i = random.nextInt(6); i > 0; i--) {
            ports.add(1 + random.nextInt(10));
        }
        return ports;
    }

    @Test
    void blockedWinsOverAllowedAndIsReported() {
        FirewallRules rules = FirewallRules.of(Set.of(80, 22), Set.of(22), DefaultAction.ALLOW);

        assertThat(rules.passes(22)).isFalse();
        assertThat(rules.overlap()).containsExactly(22);
    }

    @Test
    void callsAreCountedForEither() {
        SyscallRules read = SyscallRules.of(Set.of("read"));
        SyscallRules write = SyscallRules.of(Set.of("write"));

        assertThat(read.or(write).names()).containsExactly("read", "write");
        assertThat(read.or(SyscallRules.ALL).all()).isTrue();
    }

    @Test
    void theShorterIntervalHolds() {
        PodPrograms slow = new PodPrograms(Optional.empty(), Optional.empty(), Optional.of(Duration.ofMinutes(1)));
        PodPrograms fast = new PodPrograms(Optional.empty(), Optional.empty(), Optional.of(Duration.ofSeconds(5)));

        assertThat(slow.with(fast).with(PodPrograms.NONE).exportInterval()).contains(Duration.ofSeconds(5));
    }
}
