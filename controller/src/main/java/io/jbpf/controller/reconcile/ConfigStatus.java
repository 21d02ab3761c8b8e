package io.jbpf.controller.reconcile;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.jbpf.controller.cluster.ConfigBook;
import io.jbpf.controller.crd.PodConfigMapConfigStatus;
import io.jbpf.controller.rules.Config;
import io.jbpf.controller.rules.FirewallRules;
import io.jbpf.controller.rules.ObjectKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The status of a config, made from what came of its pods. Pure. */
final class ConfigStatus {
    private static final int MOST_NAMES = 10;
    private static final int LONGEST_MESSAGE = 1024;

    private final ObjectKey key;
    private final ConfigBook.Entry entry;
    private final SortedMap<ObjectKey, Optional<PodOutcome>> pods = new TreeMap<>();

    private ConfigStatus(ObjectKey key, ConfigBook.Entry entry) {
        this.key = key;
        this.entry = entry;
    }

    /** The status, its conditions undated. */
    static PodConfigMapConfigStatus of(
            ObjectKey key, ConfigBook.Entry entry, Set<ObjectKey> matched, Outcomes outcomes) {
        ConfigStatus status = new ConfigStatus(key, entry);
        for (ObjectKey pod : matched) {
            status.pods.put(
                    pod, outcomes.get(pod).filter(outcome -> outcome.configs().contains(key)));
        }
        return status.status();
    }

    private PodConfigMapConfigStatus status() {
        List<Condition> conditions = new ArrayList<>();
        conditions.add(ready());
        conditions.add(ebpfReady());
        portsOverlap().ifPresent(conditions::add);
        int attached = podsWhere(EbpfState.Attached.class).size();
        return new PodConfigMapConfigStatus(entry.generation(), pods.size(), attached, conditions);
    }

    private Condition ready() {
        if (!entry.problems().isEmpty()) {
            String inForce = entry.config().isPresent() ? " The rules from before this edit stay in force." : "";
            return condition("Ready", false, "InvalidSpec", String.join(" ", entry.problems()) + inForce);
        }
        Map<ObjectKey, String> problems = new TreeMap<>();
        pods.forEach((pod, outcome) -> outcome.map(PodOutcome::configMapProblems)
                .flatMap(all -> Optional.ofNullable(all.get(key)))
                .ifPresent(problem -> problems.put(pod, problem)));
        if (!problems.isEmpty()) {
            String message = problems.entrySet().stream()
                    .limit(MOST_NAMES)
                    .map(problem -> "Pod " + problem.getKey().name() + ": " + problem.getValue() + ".")
                    .collect(Collectors.joining(" "));
            return condition("Ready", false, "ConfigMapNotOurs", message);
        }
        List<ObjectKey> open = pods.entrySet().stream()
                .filter(pod -> pod.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .toList();
        if (!open.isEmpty()) {
            return condition("Ready", false, "Progressing", count(open) + " not reconciled yet: " + names(open) + ".");
        }
        return condition("Ready", true, "Reconciled", "Pods that match: " + pods.size() + "; each has its ConfigMap.");
    }

    private Condition ebpfReady() {
        Optional<Config> config = entry.config();
        if (config.isEmpty()) {
            return condition("EbpfReady", false, "InvalidSpec", "Nothing is attached: the spec cannot be read.");
        }
        if (!config.get().programs().any()) {
            return condition("EbpfReady", true, "NotRequested", "The config asks for no eBPF program.");
        }
        List<ObjectKey> failed = podsWhere(EbpfState.Failed.class);
        Optional<EbpfState.Failed> failure = first(EbpfState.Failed.class);
        if (failure.isPresent()) {
            return condition(
                    "EbpfReady",
                    false,
                    failure.get().type().reason(),
                    count(failed) + " without all programs: " + names(failed) + ". "
                            + failure.get().message());
        }
        List<ObjectKey> notCovered = podsWhere(EbpfState.NotCovered.class);
        if (!notCovered.isEmpty()) {
            return condition(
                    "EbpfReady",
                    false,
                    "NodeNotCovered",
                    count(notCovered) + " on nodes where this controller does not run: " + names(notCovered) + ".");
        }
        List<ObjectKey> waiting = podsWhere(EbpfState.Waiting.class);
        Optional<EbpfState.Waiting> wait = first(EbpfState.Waiting.class);
        if (wait.isPresent()) {
            return condition(
                    "EbpfReady",
                    false,
                    "PodsStarting",
                    count(waiting) + " not running yet: " + names(waiting) + ". "
                            + wait.get().message());
        }
        if (pods.values().stream().anyMatch(Optional::isEmpty)) {
            return condition("EbpfReady", false, "Progressing", "Not all matching pods have been looked at yet.");
        }
        int attached = podsWhere(EbpfState.Attached.class).size();
        return condition("EbpfReady", true, "Attached", "Pods that have the programs asked for: " + attached + ".");
    }

    private Optional<Condition> portsOverlap() {
        Optional<SortedSet<Integer>> overlap =
                entry.config().flatMap(config -> config.programs().firewall()).map(FirewallRules::overlap);
        return overlap.filter(ports -> !ports.isEmpty())
                .map(ports -> condition(
                        "PortsOverlap",
                        true,
                        "BlockedWins",
                        "Ports in both allowedPorts and blockedPorts are blocked: "
                                + ports.stream().map(String::valueOf).collect(Collectors.joining(", ")) + "."));
    }

    private List<ObjectKey> podsWhere(Class<? extends EbpfState> state) {
        return pods.entrySet().stream()
                .filter(pod -> pod.getValue()
                        .map(PodOutcome::ebpf)
                        .filter(state::isInstance)
                        .isPresent())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The state of the first pod, by name, that is in such a state. */
    private <T extends EbpfState> Optional<T> first(Class<T> state) {
        return pods.values().stream()
                .flatMap(Optional::stream)
                .map(PodOutcome::ebpf)
                .filter(state::isInstance)
                .map(state::cast)
                .findFirst();
    }

    private static String count(List<ObjectKey> pods) {
        return pods.size() == 1 ? "1 pod is" : pods.size() + " pods are";
    }

    private static String names(List<ObjectKey> pods) {
        String names = pods.stream().limit(MOST_NAMES).map(ObjectKey::name).collect(Collectors.joining(", "));
        return pods.size() > MOST_NAMES ? names + ", …" : names;
    }

    private Condition condition(String type, boolean status, String reason, String message) {
        return new ConditionBuilder()
                .withType(type)
                .withStatus(status ? "True" : "False")
                .withReason(reason)
                .withMessage(
                        message.length() <= LONGEST_MESSAGE ? message : message.substring(0, LONGEST_MESSAGE - 1) + "…")
                .withObservedGeneration(entry.generation())
                .build();
    }
}
