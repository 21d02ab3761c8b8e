package io.jbpf.controller.node;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the pods are below one directory of a hierarchy. The tree is walked until it is known what the pods' directories are
 * in; from then on a pod is found by its name. A walk enters neither pods nor what another user owns, goes from the top down,
 * and ends after so many directories: nothing that anybody makes in a cgroup of his own is ever taken for a pod.
 */
final class PodCgroupIndex {
    /** kubelet.slice, kubepods.slice, kubepods-burstable.slice, the pod: with room for a custom root. */
    private static final int DEEPEST = 8;

    private static final int MOST_DIRECTORIES = 10_000;

    /** Of the time, at most one part in so many is spent with walks, and a walk begins at most once in a second. */
    private static final int REST = 20;

    private static final long SHORTEST_REST = Duration.ofSeconds(1).toNanos();

    private final CgroupMount mount;
    private final LongSupplier nanoTime;
    private final Map<String, Path> found = new HashMap<>();
    private final Set<Path> kubepods = new LinkedHashSet<>();
    private @Nullable Long nextWalk;

    PodCgroupIndex(CgroupMount mount, LongSupplier nanoTime) {
        this.mount = mount;
        this.nanoTime = nanoTime;
    }

    private record Visit(Path directory, int depth) {}

    synchronized Optional<PodCgroup> find(String uid) {
        Path known = found.get(uid);
        if (known != null && Files.isDirectory(known, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.of(new PodCgroup(known, mount.hierarchy()));
        }
        found.remove(uid);
        List<Path> candidates = candidates(uid);
        if (candidates.isEmpty() && mayWalk()) {
            walk();
            candidates = candidates(uid);
        }
        Optional<Path> directory = candidates.stream().findFirst();
        if (candidates.size() > 1) {
            // A kubelet that changed its driver, or its root, leaves directories behind; the pod's has processes in it.
            directory = candidates.stream().filter(PodCgroup::isPopulated).findFirst();
        }
        directory.ifPresent(path -> found.put(uid, path));
        return directory.map(path -> new PodCgroup(path, mount.hierarchy()));
    }

    synchronized void forget(String uid) {
        found.remove(uid);
    }

    /** {@return whether a kubelet has made its cgroups here} */
    synchronized boolean isKubelets() {
        kubepods.removeIf(directory -> !Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS));
        if (kubepods.isEmpty() && mayWalk()) {
            walk();
        }
        return !kubepods.isEmpty();
    }

    /** {@return the directories that pods' directories appear in} */
    synchronized Collection<Path> parents() {
        Set<Path> parents = new LinkedHashSet<>();
        for (Path each : kubepods) {
            parents.add(each);
            for (String name : PodCgroupNames.classes(CgroupDirectories.name(each))) {
                parents.add(each.resolve(name));
            }
        }
        parents.removeIf(directory -> !isOurs(directory));
        return parents;
    }

    private List<Path> candidates(String uid) {
        return parents().stream()
                .flatMap(parent -> PodCgroupNames.pod(uid, CgroupDirectories.name(parent)).stream()
                        .map(parent::resolve))
                .filter(this::isOurs)
                .toList();
    }

    private boolean isOurs(Path directory) {
        Optional<Integer> owner = CgroupDirectories.owner(directory);
        return owner.isPresent() && owner.equals(CgroupDirectories.owner(mount.directory()));
    }

    private boolean mayWalk() {
        return nextWalk == null || nanoTime.getAsLong() - nextWalk >= 0;
    }

    private void walk() {
        long begun = nanoTime.getAsLong();
        Optional<Integer> owner = CgroupDirectories.owner(mount.directory());
        Deque<Visit> next = new ArrayDeque<>(List.of(new Visit(mount.directory(), 0)));
        int known = 1;
        while (!next.isEmpty()) {
            Visit visit = next.remove();
            if (PodCgroupNames.isKubepods(CgroupDirectories.name(visit.directory))) {
                kubepods.add(visit.directory);
                continue;
            }
            if (visit.depth < DEEPEST) {
                for (Path child : CgroupDirectories.children(visit.directory, MOST_DIRECTORIES - known)) {
                    known++;
                    if (PodCgroupNames.uid(CgroupDirectories.name(child)).isEmpty()
                            && CgroupDirectories.owner(child).equals(owner)) {
                        next.add(new Visit(child, visit.depth + 1));
                    }
                }
            }
        }
        long took = nanoTime.getAsLong() - begun;
        nextWalk = begun + took + Math.max(SHORTEST_REST, REST * took);
    }
}
