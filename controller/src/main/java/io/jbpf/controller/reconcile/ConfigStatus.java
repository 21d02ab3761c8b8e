package io.jbpf.controller.reconcile;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.jbpf.controller.cluster.ConfigBook;
import io.jbpf.controller.cluster.ConfigMapProblem;
import io.jbpf.controller.crd.PodConfigMapConfigStatus;
import io.jbpf.controller.rules.Config;
import io.jbpf.controller.rules.FirewallRules;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.text.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The status of a config, made from what came of its pods. Pure. */
final class ConfigStatus {
    static final String READY = "Ready";
    static final String EBPF_READY = "EbpfReady";
    static final String PORTS_OVERLAP = "PortsOverlap";
    static final String PROBE_PORT_BLOCKED = "ProbePortBlocked";
    static final String MERGED = "Merged";

    private static final int MOST_NAMES = 10;

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

    /** How many pods have their ConfigMap of this config. */
    static int configMaps(ObjectKey key, Set<ObjectKey> matched, Outcomes outcomes) {
        return (int) matched.stream()
                .flatMap(pod -> outcomes.get(pod).stream())
                .filter(outcome -> outcome.configs().contains(key)
                        && !outcome.configMapProblems().containsKey(key))
                .count();
    }

    private PodConfigMapConfigStatus status() {
        List<Condition> conditions = new ArrayList<>();
        conditions.add(ready());
        conditions.add(ebpfReady());
        portsOverlap().ifPresent(conditions::add);
        probePortBlocked().ifPresent(conditions::add);
        merged().ifPresent(conditions::add);
        int attached = podsWhere(EbpfState.Attached.class).size();
        return new PodConfigMapConfigStatus(entry.generation(), pods.size(), attached, conditions);
    }

    private Condition ready() {
        if (!entry.problems().isEmpty()) {
            String inForce = entry.config().isPresent() ? " The rules from before this edit stay in force." : "";
            return condition(READY, false, "InvalidSpec", String.join(" ", entry.problems()) + inForce);
        }
        SortedMap<ObjectKey, ConfigMapProblem> problems = new TreeMap<>();
        pods.forEach((pod, outcome) -> outcome.map(PodOutcome::configMapProblems)
                .flatMap(all -> Optional.ofNullable(all.get(key)))
                .ifPresent(problem -> problems.put(pod, problem)));
        Optional<ConfigMapProblem> first = problems.values().stream().findFirst();
        if (first.isPresent()) {
            String message = problems.entrySet().stream()
                    .limit(MOST_NAMES)
                    .map(problem -> "Pod " + problem.getKey().name() + ": "
                            + problem.getValue().message() + ".")
                    .collect(Collectors.joining(" "));
            return condition(
                    READY,
                    false,
                    first.get().reason(),
                    count(List.copyOf(problems.keySet())) + " without ConfigMap. " + message);
        }
        List<ObjectKey> open = pods.entrySet().stream()
                .filter(pod -> pod.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .toList();
        if (!open.isEmpty()) {
            return condition(READY, false, "Progressing", count(open) + " not reconciled yet: " + names(open) + ".");
        }
        return condition(READY, true, "Reconciled", "Pods that match: " + pods.size() + "; each has its ConfigMap.");
    }

    private Condition ebpfReady() {
        Optional<Config> config = entry.config();
        if (config.isEmpty()) {
            return condition(EBPF_READY, false, "InvalidSpec", "Nothing is attached: the spec cannot be read.");
        }
        if (!config.get().programs().any()) {
            return condition(EBPF_READY, true, "NotRequested", "The config asks for no eBPF program.");
        }
        List<ObjectKey> failed = podsWhere(EbpfState.Failed.class);
        Optional<EbpfState.Failed> failure = first(EbpfState.Failed.class);
        if (failure.isPresent()) {
            return condition(
                    EBPF_READY,
                    false,
                    failure.get().type().reason(),
                    count(failed) + " without all programs: " + names(failed) + ". "
                            + failure.get().message());
        }
        List<ObjectKey> notCovered = podsWhere(EbpfState.NotCovered.class);
        if (!notCovered.isEmpty()) {
            return condition(
                    EBPF_READY,
                    false,
                    "NodeNotCovered",
                    count(notCovered) + " on nodes where this controller does not run: " + names(notCovered) + ".");
        }
        List<ObjectKey> waiting = podsWhere(EbpfState.Waiting.class);
        Optional<EbpfState.Waiting> wait = first(EbpfState.Waiting.class);
        if (wait.isPresent()) {
            return condition(
                    EBPF_READY,
                    false,
                    "PodsStarting",
                    count(waiting) + " not running yet: " + names(waiting) + ". "
                            + wait.get().message());
        }
        if (pods.values().stream().anyMatch(Optional::isEmpty)) {
            return condition(EBPF_READY, false, "Progressing", "Not all matching pods have been looked at yet.");
        }
        int attached = podsWhere(EbpfState.Attached.class).size();
        if (attached == 0) {
            // Of none everything is true; by the API's conventions what was not observed is Unknown.
            return pods.isEmpty()
                    ? condition(EBPF_READY, "Unknown", "NoMatchingPods", "No pod matches the podSelector.")
                    : condition(EBPF_READY, "Unknown", "PodsCompleted", "Every pod that matches has ended.");
        }
        return condition(EBPF_READY, true, "Attached", "Pods that have the programs asked for: " + attached + ".");
    }

    private Optional<Condition> portsOverlap() {
        Optional<SortedSet<Integer>> overlap =
                entry.config().flatMap(config -> config.programs().firewall()).map(FirewallRules::overlap);
        return overlap.filter(ports -> !ports.isEmpty())
                .map(ports -> condition(
                        PORTS_OVERLAP,
                        true,
                        "BlockedWins",
                        "Ports in both allowedPorts and blockedPorts are blocked: "
                                + ports.stream().map(String::valueOf).collect(Collectors.joining(", ")) + "."));
    }

    /** Said of every config that filters such a pod: which one refuses the port is for its reader to see. */
    private Optional<Condition> probePortBlocked() {
        if (entry.config().flatMap(config -> config.programs().firewall()).isEmpty()) {
            return Optional.empty();
        }
        SortedMap<ObjectKey, String> blocked = new TreeMap<>();
        pods.forEach((pod, outcome) -> outcome.map(PodOutcome::blockedProbes)
                .filter(probes -> !probes.isEmpty())
                .ifPresent(probes -> blocked.put(pod, PodOutcome.describe(probes))));
        if (blocked.isEmpty()) {
            return Optional.empty();
        }
        String which = blocked.entrySet().stream()
                .limit(MOST_NAMES)
                .map(pod -> "pod " + pod.getKey().name() + ", " + pod.getValue())
                .collect(Collectors.joining("; "));
        return Optional.of(condition(
                PROBE_PORT_BLOCKED,
                true,
                "RulesRefuseProbes",
                "The rules refuse probes of the kubelet and stay in force; allow these ports, or the containers will be"
                        + " restarted or get no traffic. Of " + blocked.size()
                        + (blocked.size() == 1 ? " pod: " : " pods: ")
                        + which + (blocked.size() > MOST_NAMES ? "; …" : "") + "."));
    }

    private Optional<Condition> merged() {
        SortedSet<ObjectKey> others = new TreeSet<>();
        List<ObjectKey> shared = new ArrayList<>();
        pods.forEach((pod, outcome) -> {
            Set<ObjectKey> configs = outcome.map(PodOutcome::configs).orElse(Set.of());
            if (configs.size() > 1) {
                shared.add(pod);
                others.addAll(configs);
            }
        });
        others.remove(key);
        if (shared.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(condition(
                MERGED,
                true,
                "SeveralConfigs",
                count(shared) + " selected by other configs, too (" + names(List.copyOf(others)) + "): " + names(shared)
                        + ". For these a packet passes only if every config passes it, the system calls of all are"
                        + " counted, and the shortest updateInterval holds."));
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
        return condition(type, status ? "True" : "False", reason, message);
    }

    private Condition condition(String type, String status, String reason, String message) {
        return new ConditionBuilder()
                .withType(type)
                .withStatus(status)
                .withReason(reason)
                .withMessage(Message.cut(message))
                .withObservedGeneration(entry.generation())
                .build();
    }
}
