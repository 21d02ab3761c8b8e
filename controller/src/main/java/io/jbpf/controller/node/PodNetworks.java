package io.jbpf.controller.node;

import io.jbpf.error.BpfException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * From pods to their networks. A pod's namespace is that of its oldest process which is not on the node's own network; it is
 * opened by the file that the runtime keeps, which needs no capability, or else by the process. Where processes cannot be
 * looked at, it is the namespace in which an interface has the pod's address. Safe for use by many threads.
 */
public final class PodNetworks {
    private static final String HOW_TO_SEE = "Give the controller hostPID and CAP_SYS_PTRACE, or mount the node's ";

    private final PodProcesses processes;
    private final NamedNamespaces named;
    private final NetworkNamespaces namespaces;

    /**
     * The networks of a node.
     *
     * @param proc where its processes are shown
     * @param netns where runtimes keep network namespaces, as a rule {@code /run/netns}; it need not be there
     * @param namespaces how they are opened
     */
    public PodNetworks(Path proc, Path netns, NetworkNamespaces namespaces) {
        this.processes = new PodProcesses(proc, namespaces);
        this.named = new NamedNamespaces(netns, namespaces, System::nanoTime);
        this.namespaces = namespaces;
    }

    /**
     * Looks for the network of a pod.
     *
     * @param pod what is known of it
     * @param cgroup its cgroup, if it has one
     * @return its network, to be closed by the caller
     */
    public Finding<PodNetwork> find(PodFacts pod, Optional<PodCgroup> cgroup) {
        if (pod.hostNetwork()) {
            return ofTheNode();
        }
        try {
            PodCgroup.Processes listed =
                    cgroup.map(PodCgroup::processes).orElse(new PodCgroup.Processes(List.of(), false));
            List<PodProcesses.Living> living = processes.oldestFirst(listed.ids());
            Map<Long, Path> own = new LinkedHashMap<>();
            List<Long> refused = processes.refused();
            boolean onTheNode = false;
            boolean onOurs = false;
            for (PodProcesses.Living each : living) {
                if (each.namespace().isPresent()) {
                    long inode = each.namespace().getAsLong();
                    onTheNode |= each.namespace().equals(processes.ofTheNode());
                    onOurs |= each.namespace().equals(processes.ofThisProcess());
                    if (!refused.contains(inode)) {
                        own.putIfAbsent(inode, each.namespaceFile());
                    }
                }
            }
            if (!own.isEmpty()) {
                return byProcess(pod, own);
            }
            if (onTheNode) {
                return ofTheNode();
            }
            if (onOurs) {
                return new Finding.Refused<>(
                        ProgramErrorType.OWN_NETWORK,
                        "The pod is on the controller's own network, which is not filtered; exclude the controller's pods from"
                                + " the config's podSelector.");
            }
            boolean unseen = listed.hidden() || !living.isEmpty();
            return byAddress(pod, Set.copyOf(refused), unseen);
        } catch (BpfException e) {
            return new Finding.Refused<>(
                    ProgramErrorType.NETWORK_UNREADABLE, "The pod's network cannot be looked into: " + message(e));
        }
    }

    private static Finding<PodNetwork> ofTheNode() {
        return new Finding.Refused<>(
                ProgramErrorType.HOST_NETWORK,
                "The pod uses the node's own network, which is not filtered; remove hostNetwork from the pod or l4Firewall"
                        + " from the config.");
    }

    /** A process can have made a namespace of its own in its container; what a runtime has made has a name. */
    private Finding<PodNetwork> byProcess(PodFacts pod, Map<Long, Path> byAge) {
        for (long inode : byAge.keySet()) {
            Optional<Path> file = named.withInode(inode);
            if (file.isPresent()) {
                return open(pod, file.get(), inode);
            }
        }
        Map.Entry<Long, Path> oldest = byAge.entrySet().iterator().next();
        return open(pod, oldest.getValue(), oldest.getKey());
    }

    private Finding<PodNetwork> byAddress(PodFacts pod, Set<Long> refused, boolean unseen) {
        if (pod.addresses().isEmpty()) {
            return new Finding.NotYet<>(
                    unseen
                            ? "Its processes cannot be looked at, and its status has no address yet."
                            : "No process of it runs yet.");
        }
        List<Path> files = named.withAddress(pod.addresses(), refused);
        if (files.size() == 1) {
            OptionalLong inode = namespaces.inode(files.get(0));
            return inode.isPresent() ? open(pod, files.get(0), inode.getAsLong()) : gone();
        }
        if (files.size() > 1) {
            return new Finding.Refused<>(
                    ProgramErrorType.NETWORK_UNREADABLE,
                    "More than one network namespace has an address of the pod's, " + files
                            + ", and its processes cannot be"
                            + " looked at. Give the controller hostPID and CAP_SYS_PTRACE.");
        }
        if (!unseen) {
            return new Finding.NotYet<>("No process of it runs yet.");
        }
        return new Finding.Refused<>(
                ProgramErrorType.NETWORK_UNREADABLE,
                "The pod's processes cannot be looked at, and no network namespace in " + named.directory()
                        + " has its address. " + HOW_TO_SEE + named.directory()
                        + (named.hasFilesWithoutNamespace() ? " with mountPropagation: HostToContainer." : "."));
    }

    private static Finding<PodNetwork> gone() {
        return new Finding.NotYet<>("Its network was taken down while it was opened.");
    }

    private Finding<PodNetwork> open(PodFacts pod, Path file, long inode) {
        HeldNamespace namespace;
        try {
            namespace = namespaces.open(file);
        } catch (BpfException e) {
            // Most likely the process ended; if it is not ours to open, that will be so the next time, too.
            return namespaces.inode(file).isEmpty()
                    ? gone()
                    : new Finding.Refused<>(
                            ProgramErrorType.NETWORK_UNREADABLE,
                            "The pod's network namespace cannot be opened: " + message(e) + " " + HOW_TO_SEE
                                    + named.directory() + ".");
        }
        boolean handedOver = false;
        try {
            // What the file stands for may be another's by now.
            if (namespace.inode() != inode) {
                return gone();
            }
            Finding<PodInterfaces.Choice> choice = PodInterfaces.choose(namespace.interfaces(), pod.addresses());
            if (choice instanceof Finding.Found<PodInterfaces.Choice> found) {
                PodNetwork network = network(pod, namespace, found.value());
                handedOver = true;
                return new Finding.Found<>(network);
            }
            return choice instanceof Finding.Refused<PodInterfaces.Choice> no
                    ? new Finding.Refused<>(no.type(), no.message())
                    : new Finding.NotYet<>("Its network has no interface yet.");
        } finally {
            if (!handedOver) {
                namespace.close();
            }
        }
    }

    private static PodNetwork network(PodFacts pod, HeldNamespace namespace, PodInterfaces.Choice choice) {
        SandboxIdentity identity = new SandboxIdentity(
                pod.pod().uid(),
                namespace.identity(),
                choice.chosen().stream().map(NamespaceInterface::index).toList());
        return new PodNetwork(namespace, identity, choice.chosen(), choice.why(), choice.others());
    }

    private static String message(BpfException e) {
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return message.endsWith(".") ? message : message + ".";
    }
}
