package io.jbpf.controller.node;

import io.jbpf.controller.rules.ObjectKey;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Where pods are on this node: their cgroups, processes and networks. A pod that was asked for is watched from then on, until
 * it is forgotten, also while nothing of it is there; whoever wants to know is told that something has changed, and asks again.
 * Nothing is written, and nothing of the kernel's is kept open. Safe for use by many threads.
 */
public final class PodDiscovery implements AutoCloseable {
    private final PodCgroups cgroups;
    private final PodNetworks networks;
    private final PodWatch watch;
    private final Map<PodIdentity, String> cgroupUids = new ConcurrentHashMap<>();

    /**
     * The pods of a node.
     *
     * @param cgroups where their cgroups are
     * @param networks where their networks are
     * @param changed told of a pod in whose cgroup something has changed: it came or went, one of its containers did, or
     *     processes did there. Often a change is several, and told more than once. It is called from one thread and should only
     *     note the pod
     */
    public PodDiscovery(PodCgroups cgroups, PodNetworks networks, Consumer<PodIdentity> changed) {
        this.cgroups = cgroups;
        this.networks = networks;
        this.watch = new PodWatch(changed);
    }

    /**
     * The cgroup of a pod.
     *
     * @param pod the pod
     * @return the cgroup; {@link ProgramErrorType#NO_CGROUP} if it is said to run and has none
     */
    public Finding<PodCgroup> cgroup(PodFacts pod) {
        Optional<PodCgroup> found = locate(pod);
        if (found.isPresent()) {
            return new Finding.Found<>(found.get());
        }
        if (!pod.running()) {
            return new Finding.NotYet<>("Its cgroup is not there yet.");
        }
        return new Finding.Refused<>(
                ProgramErrorType.NO_CGROUP,
                cgroups.hasKubelet()
                        ? "The pod is said to run, but no directory below " + paths() + " is named by its UID "
                                + pod.cgroupUid() + "."
                        : "The pod is said to run, but there is no kubepods directory in " + cgroups.roots()
                                + "; mount the node's /sys/fs/cgroup, or set CGROUP_ROOT to where it is mounted.");
    }

    private String paths() {
        return cgroups.parents().stream()
                .map(Path::toString)
                .sorted()
                .findFirst()
                .orElse("kubepods");
    }

    /**
     * The network of a pod.
     *
     * @param pod the pod
     * @return the network, to be closed by the caller. Refused are {@link ProgramErrorType#HOST_NETWORK},
     *     {@link ProgramErrorType#OWN_NETWORK}, {@link ProgramErrorType#NO_INTERFACE} and
     *     {@link ProgramErrorType#NETWORK_UNREADABLE}
     */
    public Finding<PodNetwork> network(PodFacts pod) {
        return networks.find(pod, locate(pod));
    }

    /** Watched before it is looked into, so that what changes meanwhile is told. */
    private Optional<PodCgroup> locate(PodFacts pod) {
        cgroupUids.put(pod.pod(), pod.cgroupUid());
        Optional<PodCgroup> found = cgroups.find(pod.cgroupUid());
        watch.parents(cgroups.parents());
        if (found.isPresent()) {
            watch.watch(pod.pod(), found.get().directory());
            return found;
        }
        watch.expect(pod.pod(), pod.cgroupUid());
        // It may have come between the two.
        found = cgroups.find(pod.cgroupUid());
        found.ifPresent(cgroup -> watch.watch(pod.pod(), cgroup.directory()));
        return found;
    }

    /**
     * Watches a pod no longer, and keeps nothing of it.
     *
     * @param pod the pod; nothing is done if it was never asked for
     */
    public void forget(PodIdentity pod) {
        watch.forget(pod);
        String cgroupUid = cgroupUids.remove(pod);
        if (cgroupUid != null) {
            cgroups.forget(cgroupUid);
        }
    }

    /**
     * Forgets every life of a pod.
     *
     * @param key its name
     */
    public void forget(ObjectKey key) {
        for (PodIdentity pod : cgroupUids.keySet()) {
            if (pod.key().equals(key)) {
                forget(pod);
            }
        }
    }

    /**
     * Forgets every life of a pod but one.
     *
     * @param pod the life that is to be kept; the others have its name
     */
    public void forgetOthers(PodIdentity pod) {
        for (PodIdentity other : cgroupUids.keySet()) {
            if (other.key().equals(pod.key()) && !other.equals(pod)) {
                forget(other);
            }
        }
    }

    /** {@return whether pods are being watched} */
    public boolean alive() {
        return watch.alive();
    }

    /** Ends the watching. */
    @Override
    public void close() {
        watch.close();
    }
}
