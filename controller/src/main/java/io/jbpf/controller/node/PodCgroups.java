package io.jbpf.controller.node;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * The cgroups of this node's pods. The kubelet gives each pod a directory named by its UID, in every hierarchy of version 1
 * or in the one of version 2; where these directories are depends on its driver, the pod's class and a root that operators may
 * choose, so they are looked for, not computed. Safe for use by many threads.
 */
public final class PodCgroups {
    private final List<CgroupMount> mounts;
    private final List<PodCgroupIndex> indexes;

    /**
     * Pods in some hierarchies.
     *
     * @param mounts the hierarchies, the preferred first
     */
    public PodCgroups(List<CgroupMount> mounts) {
        this(mounts, System::nanoTime);
    }

    PodCgroups(List<CgroupMount> mounts, LongSupplier nanoTime) {
        this.mounts = List.copyOf(mounts);
        indexes = mounts.stream()
                .map(mount -> new PodCgroupIndex(mount, nanoTime))
                .toList();
    }

    /**
     * The cgroup of a pod, in the first hierarchy that is the kubelet's: systemd has slices in others too, whose ids are not
     * those that containers are counted by.
     *
     * @param cgroupUid {@link PodFacts#cgroupUid}
     * @return nothing if there is none (yet)
     */
    public Optional<PodCgroup> find(String cgroupUid) {
        for (PodCgroupIndex index : indexes) {
            Optional<PodCgroup> found = index.find(cgroupUid);
            if (found.isPresent() || index.isKubelets()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /** {@return where pods are looked for} */
    List<Path> roots() {
        return mounts.stream().map(CgroupMount::directory).toList();
    }

    /** Keeps nothing about a pod that is no more. */
    void forget(String cgroupUid) {
        indexes.forEach(index -> index.forget(cgroupUid));
    }

    /** {@return whether any hierarchy has the cgroups of a kubelet} */
    boolean hasKubelet() {
        return indexes.stream().anyMatch(PodCgroupIndex::isKubelets);
    }

    /** {@return the directories that pods' directories appear in, as far as they are known} */
    Collection<Path> parents() {
        List<Path> parents = new ArrayList<>();
        indexes.forEach(index -> parents.addAll(index.parents()));
        return parents;
    }
}
