package io.jbpf.controller.node;

import io.jbpf.controller.rules.FirewallRules;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.fs.BpfFs;
import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.programs.CarriedCounts;
import io.jbpf.programs.DatapathOptions;
import io.jbpf.programs.DefaultAction;
import io.jbpf.programs.FirewallHook;
import io.jbpf.programs.FirewallOptions;
import io.jbpf.programs.FirewallStats;
import io.jbpf.programs.IncompatibleLayoutException;
import io.jbpf.programs.L4Datapath;
import io.jbpf.programs.L4Firewall;
import io.jbpf.programs.L4Remains;
import io.jbpf.programs.PortSet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pods whose packets are filtered, each by a firewall of its own on its interface, all from one datapath, which is loaded
 * when the first is attached. All of it is pinned. A firewall that an earlier process left is in force and is only known by its
 * directory until its pod is looked at, which tells in which network namespace it can be taken up.
 */
final class FilteredPods {
    private static final Logger LOG = LoggerFactory.getLogger(FilteredPods.class);

    /** Dumps of filters cost more than a look at a link. */
    private static final long CLSACT_REST_NANOS = Duration.ofSeconds(10).toNanos();

    /** At once: a look at each of a thousand pods, every two seconds, would be all the processor time there is for idling. */
    private static final int MOST_LOOKS = 200;

    /** At once, as of the records of {@link CountedPods}. */
    private static final int MOST_PINS = 50;

    /** What this process has open. */
    private record Filtered(SandboxIdentity sandbox, L4Firewall firewall, Optional<FirewallRules> rules) {}

    private record Converted(FirewallRules rules, io.jbpf.programs.FirewallRules kernel) {}

    private final NodeDirectory node;
    private final VisibleNamespaces namespaces;
    private final Map<PodIdentity, Filtered> pods = new ConcurrentHashMap<>();

    /** What has a directory: one sandbox for each pod, or several where one was replaced and its end was not come to. */
    private final Map<PodIdentity, Set<SandboxIdentity>> pinned = new ConcurrentHashMap<>();

    /** Of what was taken away and is not attached again. */
    private final Map<PodIdentity, CarriedCounts> carried = new ConcurrentHashMap<>();

    private final Set<PodIdentity> lost = ConcurrentHashMap.newKeySet();
    private volatile Converted converted = new Converted(
            FirewallRules.of(Set.of(), Set.of(), io.jbpf.controller.crd.DefaultAction.ALLOW),
            io.jbpf.programs.FirewallRules.allowAll());
    private volatile @Nullable ProgramException unusable;
    private @Nullable L4Datapath datapath;
    private final Round<Map.Entry<PodIdentity, Filtered>> looks = new Round<>(pods.entrySet(), MOST_LOOKS);
    private final Round<Map.Entry<PodIdentity, Filtered>> pins = new Round<>(pods.entrySet(), MOST_PINS);
    private boolean alsoFilters;
    private long clsactLookedAt;
    private String unmendable = "";

    FilteredPods(NodeDirectory node, VisibleNamespaces namespaces) {
        this.node = node;
        this.namespaces = namespaces;
    }

    /** Goes on with what is pinned. */
    void adopt() {
        unusable = null;
        if (Files.isDirectory(node.datapath())) {
            try {
                L4Datapath unused = datapath();
            } catch (IncompatibleLayoutException e) {
                boolean newer = e.pinned() > e.known();
                unusable = Failures.of(
                        ProgramType.L4_FIREWALL,
                        newer ? ProgramErrorType.STATE_FROM_NEWER_VERSION : ProgramErrorType.ATTACH_FAILED,
                        "The firewalls on this node stay as they are",
                        e);
                LOG.error("{}", unusable.getMessage());
                return;
            } catch (BpfException e) {
                LOG.error("The firewalls on this node stay as they are for now: {}", e.getMessage());
            }
        }
        for (Path directory : NodeDirectory.ofPods(node.filtered())) {
            SandboxIdentity.parse(NodeDirectory.name(directory))
                    .ifPresentOrElse(
                            sandbox -> sandboxes(new PodIdentity(NodeDirectory.pod(directory), sandbox.podUid()))
                                    .add(sandbox),
                            () -> LOG.warn("{} is no firewall's directory and is left as it is.", directory));
        }
    }

    /** What is slow the first time, for whoever waits for the node: reading the kernel's types, and trying out what it can do. */
    static void warmUp() {
        try {
            L4Datapath.create(DatapathOptions.SINGLE).close();
        } catch (BpfException e) {
            LOG.debug("What it costs to load programs will be paid later: {}", e.getMessage());
        }
    }

    private Set<SandboxIdentity> sandboxes(PodIdentity pod) {
        return pinned.computeIfAbsent(pod, each -> ConcurrentHashMap.newKeySet());
    }

    private Path directory(PodIdentity pod, SandboxIdentity sandbox) {
        return NodeDirectory.of(node.filtered(), pod, sandbox.toString());
    }

    void filter(PodIdentity pod, PodNetwork network, FirewallRules rules) {
        requireUsable();
        Filtered before = pods.get(pod);
        SandboxIdentity sandbox = network.identity();
        boolean taken = lost.contains(pod);
        if (before != null && before.sandbox.equals(sandbox) && !taken) {
            if (!before.rules.equals(Optional.of(rules))) {
                update(pod, before, rules);
            }
            return;
        }
        if (before == null && sandboxes(pod).contains(sandbox)) {
            // Else its attachment did not get to its end.
            taken = isWhole(directory(pod, sandbox));
            Optional<L4Firewall> adopted = adopt(pod, network);
            if (adopted.isPresent()) {
                Filtered found = new Filtered(sandbox, adopted.get(), Optional.empty());
                pods.put(pod, found);
                if (!found.firewall.rules().equals(kernelRules(rules))) {
                    update(pod, found, rules);
                }
                removeAllBut(pod, sandbox);
                return;
            }
        }
        keepCounts(pod, Optional.ofNullable(before), sandbox);
        if (before != null && before.sandbox.equals(sandbox)) {
            remove(pod, sandbox);
        }
        L4Firewall firewall = attach(pod, network, rules);
        letGoOfCounts(pod);
        if (before != null && !before.sandbox.equals(sandbox)) {
            LOG.info("Pod {}: its network was made anew and is filtered again.", pod);
            end(pod, before.sandbox);
        }
        pods.put(pod, new Filtered(sandbox, firewall, Optional.of(rules)));
        lost.remove(pod);
        removeAllBut(pod, sandbox);
        if (taken) {
            throw new ProgramException(
                    ProgramType.L4_FIREWALL,
                    ProgramErrorType.DETACHED,
                    "Somebody had taken the filter off the pod's interface, or its pins away; it is attached anew.",
                    null);
        }
    }

    boolean changeRules(PodIdentity pod, FirewallRules rules) {
        requireUsable();
        Filtered open = pods.get(pod);
        // Whose rules an earlier process made is not known here.
        if (open == null
                || lost.contains(pod)
                || open.rules.isEmpty()
                || open.rules.get().equals(rules)) {
            return false;
        }
        update(pod, open, rules);
        return true;
    }

    /**
     * The pod's totals go on with whatever is attached in place of what it had: be it open, or only pinned, by an earlier process.
     * They are held until something is attached, since what had them may have to go before.
     */
    private void keepCounts(PodIdentity pod, Optional<Filtered> before, SandboxIdentity sandbox) {
        try {
            Optional<CarriedCounts> counts =
                    before.isPresent() ? before.get().firewall.counts() : pinnedCounts(pod, sandbox);
            counts.ifPresent(kept -> {
                letGoOfCounts(pod);
                carried.put(pod, kept);
            });
        } catch (BpfException | IllegalStateException e) {
            LOG.warn("Pod {}: its packets are counted from 0 on: {}", pod, e.getMessage());
        }
    }

    /** Of the sandbox that is there still if there was one, else of one that was replaced meanwhile. */
    private Optional<CarriedCounts> pinnedCounts(PodIdentity pod, SandboxIdentity sandbox) {
        return Stream.concat(
                        sandboxes(pod).stream().filter(sandbox::equals),
                        sandboxes(pod).stream().filter(each -> !each.equals(sandbox)))
                .map(each -> directory(pod, each))
                .filter(FilteredPods::isWhole)
                .flatMap(path -> datapath().counts(BpfFs.at(path)).stream())
                .findFirst();
    }

    private void letGoOfCounts(PodIdentity pod) {
        CarriedCounts kept = carried.remove(pod);
        if (kept != null) {
            kept.close();
        }
    }

    private void requireUsable() {
        ProgramException why = unusable;
        if (why != null) {
            throw why;
        }
    }

    private void update(PodIdentity pod, Filtered before, FirewallRules rules) {
        try {
            before.firewall.update(kernelRules(rules));
        } catch (BpfException e) {
            throw Failures.of(
                    ProgramType.L4_FIREWALL,
                    ProgramErrorType.UPDATE_FAILED,
                    "The new firewall rules were not taken, the old ones stay in force",
                    e);
        }
        pods.put(pod, new Filtered(before.sandbox, before.firewall, Optional.of(rules)));
    }

    private synchronized L4Datapath datapath() {
        if (datapath == null) {
            datapath = L4Datapath.open(BpfFs.at(node.root()), DatapathOptions.DEFAULTS);
        }
        return datapath;
    }

    private static boolean isWhole(Path directory) {
        return NodeDirectory.list(directory).stream()
                .anyMatch(pin -> NodeDirectory.name(pin).equals("identity"));
    }

    /** Nothing if it is not whole, or not attached any more; what only cannot be taken up now stays in force. */
    private Optional<L4Firewall> adopt(PodIdentity pod, PodNetwork network) {
        try {
            BpfFs directory = NodeDirectory.make(directory(pod, network.identity()));
            Optional<L4Firewall> adopted =
                    network.namespace().call(() -> datapath().adopt(directory, FirewallOptions.DEFAULTS));
            if (adopted.isPresent()
                    && !(adopted.get().isAttached() && adopted.get().isPinned())) {
                adopted.get().close();
                return Optional.empty();
            }
            return adopted;
        } catch (IncompatibleLayoutException e) {
            throw Failures.of(
                    ProgramType.L4_FIREWALL,
                    e.pinned() > e.known() ? ProgramErrorType.STATE_FROM_NEWER_VERSION : ProgramErrorType.ATTACH_FAILED,
                    "The filter stays as it is",
                    e);
        } catch (SystemCallException e) {
            if (!e.errno().equals(Errno.ENOENT) && !e.errno().equals(Errno.ENODEV)) {
                throw Failures.of(
                        ProgramType.L4_FIREWALL,
                        ProgramErrorType.UPDATE_FAILED,
                        "The filter of an earlier process stays in force and cannot be taken up",
                        e);
            }
            LOG.warn("Pod {}: of the filter of an earlier process something is missing: {}", pod, e.getMessage());
            return Optional.empty();
        } catch (BpfException e) {
            LOG.warn("Pod {}: the filter of an earlier process cannot be taken up: {}", pod, e.getMessage());
            return Optional.empty();
        }
    }

    private L4Firewall attach(PodIdentity pod, PodNetwork network, FirewallRules rules) {
        try {
            Path path = directory(pod, network.identity());
            BpfFs directory = NodeDirectory.make(path);
            sandboxes(pod).add(network.identity());
            return network.namespace().call(() -> {
                discard(directory);
                try (RouteSocket socket = RouteSocket.open()) {
                    List<InterfaceInfo> interfaces = network.interfaces().stream()
                            .map(each -> socket.interfaces().get(each.index()))
                            .toList();
                    FirewallOptions options = Optional.ofNullable(carried.get(pod))
                            .map(FirewallOptions.DEFAULTS::withCounts)
                            .orElse(FirewallOptions.DEFAULTS);
                    return datapath().attachPinned(directory, kernelRules(rules), options, interfaces);
                }
            });
        } catch (BpfException | IllegalArgumentException e) {
            forgetIfEmpty(pod, network.identity());
            throw Failures.of(ProgramType.L4_FIREWALL, ProgramErrorType.ATTACH_FAILED, "Packets are not filtered", e);
        }
    }

    private void forgetIfEmpty(PodIdentity pod, SandboxIdentity sandbox) {
        Path directory = directory(pod, sandbox);
        if (NodeDirectory.list(directory).isEmpty()) {
            NodeDirectory.remove(node.filtered(), directory);
            sandboxes(pod).remove(sandbox);
        }
    }

    /** Also what is of a datapath that is no more. In the network namespace of the interfaces. */
    private void discard(BpfFs directory) {
        try {
            datapath().removePinned(directory);
        } catch (IncompatibleLayoutException e) {
            throw e;
        } catch (BpfException e) {
            LOG.warn("{} is taken away without its datapath: {}", directory, e.getMessage());
            int unused = L4Remains.of(BpfFs.at(node.root()), List.of(directory)).detachFilters();
            L4Remains.removeFirewall(directory);
        }
    }

    /** As a rule all pods have the same: of a thousand, each keeps what is made here. */
    private io.jbpf.programs.FirewallRules kernelRules(FirewallRules rules) {
        Converted last = converted;
        if (!last.rules.equals(rules)) {
            last = new Converted(
                    rules,
                    new io.jbpf.programs.FirewallRules(
                            PortSet.of(rules.allowed()),
                            PortSet.of(rules.blocked()),
                            DefaultAction.valueOf(rules.defaultAction().name())));
            converted = last;
        }
        return last.kernel;
    }

    /** Of a pod whose sandbox was replaced. */
    private void removeAllBut(PodIdentity pod, SandboxIdentity keep) {
        for (SandboxIdentity sandbox : Set.copyOf(sandboxes(pod))) {
            if (!sandbox.equals(keep)) {
                end(pod, sandbox);
            }
        }
    }

    private void end(PodIdentity pod, SandboxIdentity sandbox) {
        try {
            remove(pod, sandbox);
        } catch (ProgramException e) {
            LOG.warn("Pod {}: {}", pod, e.getMessage());
        }
    }

    void stop(PodIdentity pod) {
        for (SandboxIdentity sandbox : Set.copyOf(pinned.getOrDefault(pod, Set.of()))) {
            remove(pod, sandbox);
        }
        lost.remove(pod);
        pinned.remove(pod);
        letGoOfCounts(pod);
    }

    private void remove(PodIdentity pod, SandboxIdentity sandbox) {
        Filtered open = pods.get(pod);
        Path path = directory(pod, sandbox);
        try {
            if (open != null && open.sandbox.equals(sandbox)) {
                pods.remove(pod);
                open.firewall.remove();
            } else if (Files.isDirectory(path)) {
                BpfFs directory = BpfFs.at(path);
                inside(sandbox, path, () -> {
                    discard(directory);
                    return path;
                });
            }
            NodeDirectory.remove(node.filtered(), path);
            sandboxes(pod).remove(sandbox);
        } catch (BpfException e) {
            throw Failures.of(
                    ProgramType.L4_FIREWALL,
                    ProgramErrorType.DETACH_FAILED,
                    "The filter could not be taken away in order",
                    e);
        }
    }

    /** Links can be taken off from anywhere, filters in their own namespace alone; where that is gone, so are they. */
    private void inside(SandboxIdentity sandbox, Path directory, Supplier<Path> action) {
        boolean links = NodeDirectory.list(directory).stream()
                .anyMatch(pin -> NodeDirectory.name(pin).startsWith("link_"));
        Optional<HeldNamespace> namespace = links ? Optional.empty() : namespaces.find(sandbox.namespace());
        if (namespace.isEmpty()) {
            Path unused = action.get();
            return;
        }
        try (HeldNamespace held = namespace.get()) {
            Path unused = held.call(action);
        }
    }

    Set<PodIdentity> pods() {
        Set<PodIdentity> all = new HashSet<>();
        pinned.forEach((pod, sandboxes) -> {
            if (!sandboxes.isEmpty()) {
                all.add(pod);
            }
        });
        return all;
    }

    /** Tells of the pods of a name. */
    void each(ObjectKey name, Consumer<PodIdentity> told) {
        pinned.forEach((pod, sandboxes) -> {
            if (pod.key().equals(name) && !sandboxes.isEmpty()) {
                told.accept(pod);
            }
        });
    }

    boolean has(PodIdentity pod) {
        return !pinned.getOrDefault(pod, Set.of()).isEmpty();
    }

    Optional<FirewallCounts> read(PodIdentity pod) {
        Filtered filtered = pods.get(pod);
        if (filtered == null) {
            return Optional.empty();
        }
        try {
            FirewallStats stats = filtered.firewall.stats();
            return Optional.of(new FirewallCounts(
                    stats.allowed().packets(),
                    stats.blocked().packets(),
                    stats.tcp().packets(),
                    stats.udp().packets()));
        } catch (BpfException e) {
            throw Failures.of(
                    ProgramType.L4_FIREWALL,
                    ProgramErrorType.READ_FAILED,
                    "The counts of packets could not be read",
                    e);
        }
    }

    /**
     * Looks at those that are open: at all in one go where the kernel tells that of links, else at so many and then at the next; at
     * filters of clsact every ten seconds. Where pins alone are missing, nobody is cut off before this process ends; those of what
     * all share are made again.
     */
    Set<PodIdentity> detached() {
        mendDatapath();
        if (looks.isOver()) {
            long now = System.nanoTime();
            alsoFilters = now - clsactLookedAt >= CLSACT_REST_NANOS;
            if (alsoFilters) {
                clsactLookedAt = now;
            }
        }
        boolean linksToldOf = lookAtLinks();
        looks.go(each -> {
            boolean links = each.getValue().firewall.hook() == FirewallHook.TCX;
            if (links ? !linksToldOf : alsoFilters) {
                look(each, L4Firewall::isAttached);
            }
        });
        pins.go(each -> look(each, L4Firewall::isPinned));
        return Set.copyOf(lost);
    }

    /** Answers whether that was possible. */
    private boolean lookAtLinks() {
        L4Datapath open;
        synchronized (this) {
            open = datapath;
        }
        try {
            Optional<Set<L4Firewall>> detached = open == null ? Optional.empty() : open.detached();
            detached.filter(any -> !any.isEmpty()).ifPresent(this::lose);
            return detached.isPresent();
        } catch (BpfException e) {
            LOG.debug("Pods are looked at one by one, whether they are filtered: {}", e.getMessage());
            return false;
        }
    }

    private void lose(Set<L4Firewall> detached) {
        pods.forEach((pod, filtered) -> {
            if (detached.contains(filtered.firewall)) {
                lost.add(pod);
            }
        });
    }

    private void look(Map.Entry<PodIdentity, Filtered> at, Predicate<L4Firewall> isWell) {
        PodIdentity pod = at.getKey();
        try {
            if (!isWell.test(at.getValue().firewall)) {
                lost.add(pod);
            }
        } catch (IllegalStateException e) {
            LOG.debug("Pod {}: its filter was taken away meanwhile.", pod);
        } catch (BpfException e) {
            LOG.warn("Pod {}: it cannot be told whether it is filtered: {}", pod, e.getMessage());
        }
    }

    private synchronized void mendDatapath() {
        try {
            if (datapath != null && datapath.mend()) {
                LOG.warn(
                        "Somebody had removed pins of what the firewalls share, which is in force; they are made again.");
            }
            unmendable = "";
        } catch (BpfException e) {
            String why = String.valueOf(e.getMessage());
            if (!why.equals(unmendable)) {
                unmendable = why;
                LOG.error("What the firewalls share is in force, but only until this process ends: {}", why);
            }
        }
    }

    /** Lets go of all, which stays in force. */
    synchronized void leave() {
        pods.clear();
        pinned.clear();
        lost.clear();
        Set.copyOf(carried.keySet()).forEach(this::letGoOfCounts);
        unusable = null;
        if (datapath != null) {
            datapath.close();
            datapath = null;
        }
    }

    /** Takes all away; answers whether nothing is left to be done. */
    boolean removeAll() {
        if (unusable != null) {
            return true;
        }
        pods().forEach(pod -> {
            try {
                stop(pod);
            } catch (ProgramException e) {
                LOG.warn("Pod {}: {}", pod, e.getMessage());
            }
        });
        if (!pods().isEmpty()) {
            return false;
        }
        synchronized (this) {
            try {
                if (datapath != null) {
                    datapath.remove();
                    datapath = null;
                }
            } catch (BpfException e) {
                LOG.warn("What the firewalls share is not taken away yet: {}", e.getMessage());
                return false;
            }
        }
        NodeDirectory.removeEmpty(node.filtered());
        return true;
    }
}
