package io.jbpf.controller.rules;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.jbpf.controller.crd.DefaultAction;
import io.jbpf.controller.crd.L4Firewall;
import io.jbpf.controller.crd.MetricsExport;
import io.jbpf.controller.crd.SyscallMonitoring;
import io.jbpf.controller.text.GoDuration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Turns the fields of one spec into rules and collects a sentence for each that is wrong. */
final class SpecCheck {
    private static final int HIGHEST_PORT = 65_535;
    private static final Duration USUAL_INTERVAL = Duration.ofSeconds(30);
    private static final Duration SHORTEST_INTERVAL = Duration.ofSeconds(1);
    private static final Duration LONGEST_INTERVAL = Duration.ofHours(24);

    /** As many as the schema allows, for servers that have an older one. */
    private static final int MOST_PORTS = 1024;

    private static final int MOST_CALLS = 512;
    private static final int MOST_KEYS = 256;

    private final List<String> problems;
    private final Function<String, Optional<String>> syscallComplaint;

    SpecCheck(List<String> problems, Function<String, Optional<String>> syscallComplaint) {
        this.problems = problems;
        this.syscallComplaint = syscallComplaint;
    }

    PodSelector selector(String field, @Nullable LabelSelector selector) {
        if (selector == null) {
            return PodSelector.EVERYTHING;
        }
        List<PodSelector.Requirement> requirements = new ArrayList<>();
        if (selector.getMatchLabels() != null) {
            selector.getMatchLabels().forEach((key, value) -> {
                String text = Objects.requireNonNullElse(value, "");
                complain(field + ".matchLabels", LabelText.complaintAboutKey(key));
                complain(field + ".matchLabels[" + LabelText.quote(key) + "]", LabelText.complaintAboutValue(text));
                requirements.add(new PodSelector.In(key, Set.of(text)));
            });
        }
        int index = 0;
        for (LabelSelectorRequirement expression : orEmpty(selector.getMatchExpressions())) {
            String place = field + ".matchExpressions[" + index + "]";
            requirement(place, expression).ifPresent(requirements::add);
            index++;
        }
        return new PodSelector(requirements);
    }

    private void complain(String field, Optional<String> complaint) {
        complaint.ifPresent(text -> problems.add(field + ": " + text + "."));
    }

    /** A list that is too long is not read: a sentence about each of a million entries would help nobody. */
    private boolean tooLong(String field, @Nullable List<?> list, int most) {
        int size = list == null ? 0 : list.size();
        if (size > most) {
            problems.add(field + " has " + size + " entries; it may have " + most + ".");
        }
        return size > most;
    }

    private Optional<PodSelector.Requirement> requirement(String field, @Nullable LabelSelectorRequirement expression) {
        String key = expression == null ? null : expression.getKey();
        if (expression == null || key == null || key.isEmpty()) {
            problems.add(field + ".key is missing.");
            return Optional.empty();
        }
        Set<String> values = Set.copyOf(orEmpty(expression.getValues()).stream()
                .filter(Objects::nonNull)
                .toList());
        complain(field + ".key", LabelText.complaintAboutKey(key));
        values.forEach(value -> complain(field + ".values", LabelText.complaintAboutValue(value)));
        String operator = Objects.requireNonNullElse(expression.getOperator(), "");
        boolean needsValues = operator.equals("In") || operator.equals("NotIn");
        if (needsValues == values.isEmpty()
                && Set.of("In", "NotIn", "Exists", "DoesNotExist").contains(operator)) {
            problems.add(
                    field + ".values must " + (needsValues ? "not " : "") + "be empty for operator " + operator + ".");
            return Optional.empty();
        }
        return switch (operator) {
            case "In" -> Optional.of(new PodSelector.In(key, values));
            case "NotIn" -> Optional.of(new PodSelector.NotIn(key, values));
            case "Exists" -> Optional.of(new PodSelector.Exists(key));
            case "DoesNotExist" -> Optional.of(new PodSelector.DoesNotExist(key));
            default -> {
                problems.add(field + ".operator: \"" + operator + "\" is none of In, NotIn, Exists, DoesNotExist.");
                yield Optional.empty();
            }
        };
    }

    List<String> keys(String field, @Nullable List<String> keys) {
        List<String> read = new ArrayList<>();
        if (tooLong(field, keys, MOST_KEYS)) {
            return read;
        }
        int index = 0;
        for (String key : orEmpty(keys)) {
            String place = field + "[" + index + "]";
            if (key == null || key.isEmpty()) {
                problems.add(place + " is empty.");
            } else {
                complain(place, LabelText.complaintAboutKey(key));
                read.stream()
                        .filter(other ->
                                !other.equals(key) && other.replace('/', '_').equals(key.replace('/', '_')))
                        .findFirst()
                        .ifPresent(other -> problems.add(place + ": " + LabelText.quote(key)
                                + " would have the same key" + " in the ConfigMap as " + LabelText.quote(other) + "."));
                read.add(key);
            }
            index++;
        }
        return read;
    }

    Optional<SyscallRules> syscalls(String field, Optional<SyscallMonitoring> block) {
        if (block.isEmpty()) {
            return Optional.empty();
        }
        SortedSet<String> names = new TreeSet<>();
        if (tooLong(field + ".syscallNames", block.get().syscallNames(), MOST_CALLS)) {
            return Optional.empty();
        }
        int index = 0;
        for (String name : orEmpty(block.get().syscallNames())) {
            String place = field + ".syscallNames[" + index + "]";
            if (name == null) {
                problems.add(place + " is empty.");
            } else {
                Optional<String> complaint = syscallComplaint.apply(name);
                complaint.ifPresentOrElse(text -> problems.add(place + ": " + text + "."), () -> names.add(name));
            }
            index++;
        }
        return on(block.get().enabled()) ? Optional.of(new SyscallRules(names)) : Optional.empty();
    }

    Optional<FirewallRules> firewall(String field, Optional<L4Firewall> block) {
        if (block.isEmpty()) {
            return Optional.empty();
        }
        FirewallRules rules = new FirewallRules(
                ports(field + ".allowedPorts", block.get().allowedPorts()),
                ports(field + ".blockedPorts", block.get().blockedPorts()),
                Objects.requireNonNullElse(block.get().defaultAction(), DefaultAction.ALLOW));
        return on(block.get().enabled()) ? Optional.of(rules) : Optional.empty();
    }

    private SortedSet<Integer> ports(String field, @Nullable List<Integer> ports) {
        SortedSet<Integer> read = new TreeSet<>();
        if (tooLong(field, ports, MOST_PORTS)) {
            return read;
        }
        int index = 0;
        for (Integer port : orEmpty(ports)) {
            if (port == null || port < 1 || port > HIGHEST_PORT) {
                problems.add(field + "[" + index + "]: " + port + " is not a port; ports go from 1 to 65535.");
            } else {
                read.add(port);
            }
            index++;
        }
        return read;
    }

    Optional<Duration> export(String field, Optional<MetricsExport> block) {
        if (block.isEmpty()) {
            return Optional.empty();
        }
        Duration interval = USUAL_INTERVAL;
        String text = block.get().updateInterval();
        if (text != null) {
            try {
                interval = GoDuration.parse(text);
                if (interval.compareTo(SHORTEST_INTERVAL) < 0 || interval.compareTo(LONGEST_INTERVAL) > 0) {
                    problems.add(field + ".updateInterval: \"" + text + "\" is not between 1s and 24h.");
                }
            } catch (IllegalArgumentException e) {
                problems.add(field + ".updateInterval: " + e.getMessage() + ".");
            }
        }
        return on(block.get().enabled()) ? Optional.of(interval) : Optional.empty();
    }

    private static boolean on(@Nullable Boolean enabled) {
        return Boolean.TRUE.equals(enabled);
    }

    private static <T> List<T> orEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }
}
