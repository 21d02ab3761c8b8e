package io.jbpf.controller.failover;

import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a pod is to have by the configs that select it.
 *
 * @param syscalls which calls are counted, all if none is named; empty means that none is
 * @param refused of the ports that are tried, those that are refused; empty means that there is no filter
 * @param exported whether there are metrics
 */
record Wanted(Optional<Set<String>> syscalls, Optional<Set<Integer>> refused, boolean exported) {
    static final Wanted NOTHING = new Wanted(Optional.empty(), Optional.empty(), false);

    /** The union of the calls; what any refuses; metrics if any says so. */
    static Wanted by(Collection<SoakConfig> configs, Collection<Integer> ports) {
        Set<String> names = new TreeSet<>();
        Set<Integer> refused = new TreeSet<>();
        boolean counts = false;
        boolean all = false;
        boolean filters = false;
        boolean exported = false;
        for (SoakConfig config : configs) {
            counts |= config.syscalls().isPresent();
            all |= config.syscalls().filter(each -> each.isEmpty()).isPresent();
            config.syscalls().ifPresent(names::addAll);
            filters |= config.firewall().isPresent();
            exported |= config.export();
            config.firewall()
                    .ifPresent(rules ->
                            ports.stream().filter(port -> !rules.passes(port)).forEach(refused::add));
        }
        return new Wanted(
                counts ? Optional.of(all ? Set.of() : names) : Optional.empty(),
                filters ? Optional.of(refused) : Optional.empty(),
                exported && (counts || filters));
    }

    boolean counts(String call) {
        return syscalls.filter(names -> names.isEmpty() || names.contains(call)).isPresent();
    }

    boolean refuses(int port) {
        return refused.filter(ports -> ports.contains(port)).isPresent();
    }
}
