package io.jbpf.controller.reconcile;

import io.jbpf.controller.rules.ObjectKey;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** The last outcome of every pod, from which the configs' status is made. */
public final class Outcomes {
    private final Map<ObjectKey, PodOutcome> outcomes = new ConcurrentHashMap<>();
    private final Consumer<ObjectKey> configAffected;

    /**
     * No outcomes yet.
     *
     * @param configAffected told of every config whose status may have changed
     */
    public Outcomes(Consumer<ObjectKey> configAffected) {
        this.configAffected = configAffected;
    }

    /** Returns the outcome before. */
    Optional<PodOutcome> put(ObjectKey pod, PodOutcome outcome) {
        PodOutcome before = outcomes.put(pod, outcome);
        if (!outcome.equals(before)) {
            Set<ObjectKey> affected = new HashSet<>(outcome.configs());
            if (before != null) {
                affected.addAll(before.configs());
            }
            affected.forEach(configAffected);
        }
        return Optional.ofNullable(before);
    }

    void remove(ObjectKey pod) {
        PodOutcome before = outcomes.remove(pod);
        if (before != null) {
            before.configs().forEach(configAffected);
        }
    }

    Optional<PodOutcome> get(ObjectKey pod) {
        return Optional.ofNullable(outcomes.get(pod));
    }

    /**
     * How many pods run on nodes that are not covered.
     *
     * @return of those looked at
     */
    public int notCovered() {
        return Math.toIntExact(outcomes.values().stream()
                .filter(outcome -> outcome.ebpf() instanceof EbpfState.NotCovered covered
                        && !covered.node().isEmpty())
                .count());
    }

    /**
     * The pods that have an outcome, also those that have gone since.
     *
     * @return a copy
     */
    public Set<ObjectKey> pods() {
        return Set.copyOf(outcomes.keySet());
    }

    Set<ObjectKey> podsOf(ObjectKey config) {
        Set<ObjectKey> pods = new HashSet<>();
        outcomes.forEach((pod, outcome) -> {
            if (outcome.configs().contains(config)) {
                pods.add(pod);
            }
        });
        return pods;
    }
}
