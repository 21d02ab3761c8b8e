package io.jbpf.controller.reconcile;

import io.fabric8.kubernetes.api.model.Pod;
import io.jbpf.controller.cluster.ClusterCache;
import io.jbpf.controller.cluster.ConfigBook;
import io.jbpf.controller.cluster.ObservedEvent;
import io.jbpf.controller.node.ProgramErrorType;
import io.jbpf.controller.rules.Config;
import io.jbpf.controller.rules.DeclaredProbe;
import io.jbpf.controller.rules.FirewallRules;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.rules.PodPrograms;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Makes one pod's programs, and what the API is told of it, what the configs that select it ask for. */
public final class PodReconciler implements Reconciler<ObjectKey> {
    private static final Duration IN_THE_WAY = Duration.ofSeconds(30);

    private final ClusterCache cache;
    private final ConfigBook book;
    private final PodRecords records;
    private final KernelSide kernel;
    private final Outcomes outcomes;
    private final Consumer<ObservedEvent> events;

    /**
     * A reconciler.
     *
     * @param cache what is in the cluster; must be synced before the first call
     * @param book the configs
     * @param records what the API is told
     * @param kernel who sees to their programs
     * @param outcomes where the outcome is told
     * @param events told what a user should know of a pod; must not block
     */
    public PodReconciler(
            ClusterCache cache,
            ConfigBook book,
            PodRecords records,
            KernelSide kernel,
            Outcomes outcomes,
            Consumer<ObservedEvent> events) {
        this.cache = cache;
        this.book = book;
        this.records = records;
        this.kernel = kernel;
        this.outcomes = outcomes;
        this.events = events;
    }

    @Override
    public Optional<Duration> reconcile(ObjectKey key) {
        Optional<Pod> pod = cache.pod(key);
        if (pod.isEmpty()) {
            kernel.remove(key);
            records.remove(key);
            outcomes.remove(key);
            return Optional.empty();
        }
        Map<String, String> labels =
                Objects.requireNonNullElse(pod.get().getMetadata().getLabels(), Map.of());
        List<Config> configs = book.selecting(key.namespace(), labels);

        // The kernel first: a firewall must not wait for the API server.
        PodPrograms programs = configs.stream().map(Config::programs).reduce(PodPrograms.NONE, PodPrograms::with);
        KernelSide.Result result = kernel.apply(pod.get(), programs);
        PodRecords.Written written = records.write(pod.get(), configs, result.state());

        if (configs.isEmpty()) {
            outcomes.remove(key);
        } else {
            Set<ObjectKey> selecting = new HashSet<>();
            configs.forEach(config -> selecting.add(config.key()));
            PodOutcome outcome = new PodOutcome(
                    selecting, result.state(), blockedProbes(pod.get(), programs, result.state()), written.problems());
            Optional<PodOutcome> before = outcomes.put(key, outcome);
            PodEvents.between(before, outcome, ObservedEvent.reference(pod.get()))
                    .forEach(events);
        }
        // Only now: one ConfigMap that the API server does not take must not keep the rest from being told.
        if (written.failure().isPresent()) {
            throw written.failure().get();
        }
        if (written.problems().isEmpty()) {
            return result.lookAgain();
        }
        // Nothing tells when somebody else's ConfigMap goes: only ours are watched.
        return Optional.of(result.lookAgain()
                .filter(pause -> pause.compareTo(IN_THE_WAY) < 0)
                .orElse(IN_THE_WAY));
    }

    /** Probes that the rules refuse, where the rules are or will be in force. */
    private static List<DeclaredProbe> blockedProbes(Pod pod, PodPrograms programs, EbpfState state) {
        boolean elsewhere = state instanceof EbpfState.NotWanted
                || state instanceof EbpfState.NotCovered
                || (state instanceof EbpfState.Failed failed && failed.type() == ProgramErrorType.HOST_NETWORK);
        if (elsewhere || programs.firewall().isEmpty()) {
            return List.of();
        }
        FirewallRules rules = programs.firewall().get();
        return DeclaredProbe.of(pod).stream()
                .filter(probe -> !rules.passes(probe.port()))
                .toList();
    }
}
