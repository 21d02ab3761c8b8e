package io.jbpf.controller.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

class RoundTest {
    private final Set<Integer> all = ConcurrentHashMap.newKeySet();
    private final Round<Integer> round = new Round<>(all, 2);
    private final List<Integer> seen = new ArrayList<>();

    @Test
    void allAreLookedAtSomeAtATime() {
        all.addAll(List.of(1, 2, 3));

        assertThat(round.isOver()).isTrue();
        round.go(seen::add);
        assertThat(seen).hasSize(2);
        assertThat(round.isOver()).isFalse();
        round.go(seen::add);
        assertThat(seen).containsExactlyInAnyOrder(1, 2, 3);
        assertThat(round.isOver()).isTrue();
        round.go(seen::add);
        assertThat(seen).hasSize(5);
    }

    @Test
    void whoComesIsLookedAtInTheNextRoundAtTheLatest() {
        round.go(seen::add);
        assertThat(seen).isEmpty();

        all.add(1);
        round.go(seen::add);
        all.addAll(List.of(2, 3));
        round.go(seen::add);
        round.go(seen::add);

        assertThat(seen).contains(1, 2, 3);
    }
}
