package io.jbpf.controller.reconcile;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.jbpf.controller.cluster.ObservedEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What the user of a config should know of a change of its conditions. They are compared with those that the API server has,
 * so that a controller that starts tells nothing again. Pure.
 */
final class ConfigEvents {
    /** Reasons that come and go by themselves while pods start, and say nothing that is wrong. */
    private static final Set<String> PASSING =
            Set.of("Progressing", "PodsStarting", "Reconciled", "Attached", "NotRequested");

    private ConfigEvents() {}

    /** The events, each about the config. */
    static List<ObservedEvent> between(List<Condition> before, List<Condition> now, ObjectReference config) {
        List<ObservedEvent> events = new ArrayList<>();
        Optional<Condition> readyBefore = find(before, ConfigStatus.READY);
        boolean wasInvalid = readyBefore.filter(ConfigEvents::isTrouble).isPresent();
        find(now, ConfigStatus.READY).ifPresent(ready -> {
            // Of two edits that make no sense each is told.
            if (isTrouble(ready) && !sameMessage(readyBefore, ready)) {
                events.add(warning(config, ready.getReason(), ready));
            } else if (wasInvalid && "True".equals(ready.getStatus())) {
                events.add(new ObservedEvent(config, false, "Recovered", ready.getMessage()));
            }
        });
        Optional<Condition> ebpfBefore = find(before, ConfigStatus.EBPF_READY);
        find(now, ConfigStatus.EBPF_READY).ifPresent(ebpf -> {
            // The message has counts and names, which change with every pod; the pods have events of their own.
            boolean told = ebpfBefore
                    .filter(old -> Objects.equals(old.getReason(), ebpf.getReason()))
                    .isPresent();
            if (isTrouble(ebpf) && !"InvalidSpec".equals(ebpf.getReason()) && !told) {
                events.add(warning(config, ebpf.getReason(), ebpf));
            } else if (ebpfBefore.filter(ConfigEvents::isTrouble).isPresent() && "True".equals(ebpf.getStatus())) {
                events.add(new ObservedEvent(config, false, "Recovered", ebpf.getMessage()));
            }
        });
        for (String type : List.of(ConfigStatus.PORTS_OVERLAP, ConfigStatus.PROBE_PORT_BLOCKED)) {
            find(now, type)
                    .filter(condition -> !sameMessage(find(before, type), condition))
                    .ifPresent(condition -> events.add(warning(config, type, condition)));
        }
        return events;
    }

    private static boolean isTrouble(Condition condition) {
        return "False".equals(condition.getStatus()) && !PASSING.contains(condition.getReason());
    }

    private static boolean sameMessage(Optional<Condition> before, Condition now) {
        return before.filter(old -> Objects.equals(old.getReason(), now.getReason())
                        && Objects.equals(old.getMessage(), now.getMessage()))
                .isPresent();
    }

    private static ObservedEvent warning(ObjectReference config, String reason, Condition condition) {
        return new ObservedEvent(config, true, reason, condition.getMessage());
    }

    private static Optional<Condition> find(List<Condition> conditions, String type) {
        return conditions.stream()
                .filter(condition -> type.equals(condition.getType()))
                .findFirst();
    }
}
