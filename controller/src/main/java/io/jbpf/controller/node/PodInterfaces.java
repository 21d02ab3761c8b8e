package io.jbpf.controller.node;

import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Which interfaces of a pod's namespace its packets come in at. A network plugin makes one, {@code eth0} as a rule; others can
 * add more (multus), and modules put tunnels without an end into every namespace (tunl0, sit0), which are down.
 */
final class PodInterfaces {
    private static final String USUAL_NAME = "eth0";

    private PodInterfaces() {}

    /** The interfaces, why these, and those that are left out and could receive packets as well. */
    record Choice(List<NamespaceInterface> chosen, String why, List<NamespaceInterface> others) {}

    static Finding<Choice> choose(List<NamespaceInterface> all, Set<InetAddress> podAddresses) {
        List<NamespaceInterface> candidates =
                all.stream().filter(each -> !each.loopback()).toList();
        List<NamespaceInterface> up =
                candidates.stream().filter(NamespaceInterface::up).toList();
        List<NamespaceInterface> chosen =
                only(candidates, each -> each.addresses().stream().anyMatch(podAddresses::contains));
        if (!chosen.isEmpty()) {
            return found(chosen, "has the pod's address", up);
        }
        chosen = only(up, NamespaceInterface::defaultRoute);
        if (!chosen.isEmpty()) {
            return found(chosen, "has the default route", up);
        }
        chosen = only(candidates, each -> each.name().equals(USUAL_NAME));
        if (!chosen.isEmpty()) {
            return found(chosen, "is called " + USUAL_NAME, up);
        }
        if (up.size() == 1) {
            return found(up, "is the only one that is up", up);
        }
        if (up.isEmpty()) {
            return new Finding.NotYet<>("Its network has no interface yet.");
        }
        return new Finding.Refused<>(
                ProgramErrorType.NO_INTERFACE,
                "The pod has the interfaces " + names(up)
                        + ", of which none has an address of the pod's or a default route" + " or is called "
                        + USUAL_NAME + ".");
    }

    private static List<NamespaceInterface> only(
            List<NamespaceInterface> from, Predicate<NamespaceInterface> condition) {
        return from.stream().filter(condition).toList();
    }

    private static Finding<Choice> found(
            List<NamespaceInterface> chosen, String why, List<NamespaceInterface> candidates) {
        List<NamespaceInterface> others =
                candidates.stream().filter(each -> !chosen.contains(each)).toList();
        return new Finding.Found<>(new Choice(chosen, names(chosen) + " " + why, others));
    }

    private static String names(List<NamespaceInterface> interfaces) {
        return interfaces.stream().map(NamespaceInterface::name).collect(Collectors.joining(", "));
    }
}
