package io.jbpf.controller.node;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;
import static java.nio.file.StandardWatchEventKinds.OVERFLOW;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells when something changes in the cgroups of pods: a pod's directory comes or goes, a container's does in it, the first
 * process comes into a container, the last one leaves a pod (version 2).
 *
 * <p>By inotify(7), which tells of what is made, removed and written through the file system, in hierarchies of both versions,
 * as long as it is the node's own mount that is watched (in a pod a hostPath). Of a removed directory nothing is told to who
 * watches it, since kernfs leaves its link count alone: its parent tells, and the watch has to be ended. Where there is no more
 * room for watches (fs.inotify.max_user_watches), directories are looked at again and again, some at a time.
 */
final class PodWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PodWatch.class);

    /** Writing to these is what a runtime, or the kernel, does when processes come and go. */
    private static final Set<String> TELLING = Set.of("cgroup.procs", "cgroup.events");

    /** A pod may write in its cgroup as often as it likes, and is told of this often at most. */
    private static final long PACE_MILLIS = 100;

    private static final long LOOK_MILLIS = 1000;
    private static final int MOST_LOOKS = 100;
    private static final int MOST_AT_ONCE = 1000;
    private static final int MOST_CONTAINERS = 64;

    private final Consumer<PodIdentity> listener;
    private final @Nullable WatchService service;
    private final Map<PodIdentity, Watched> pods = new HashMap<>();

    /** Of those: whom there was no watch for. */
    private final Map<PodIdentity, Watched> unwatched = new ConcurrentHashMap<>();

    private final Round<Map.Entry<PodIdentity, Watched>> looks = new Round<>(unwatched.entrySet(), MOST_LOOKS);

    private final Map<PodIdentity, String> expected = new HashMap<>();
    private final Map<Path, Directory> directories = new HashMap<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;
    private long lastLook = System.nanoTime();
    private boolean complained;

    /** A pod that is there, its watched directories, and what was seen last where it is not watched. */
    private static final class Watched {
        private final Path directory;
        private final Set<Path> watched = new HashSet<>();
        private @Nullable Object seen;

        private Watched(Path directory) {
            this.directory = directory;
        }
    }

    /** A watched directory: of some pods (the mirrors of a static pod may have one after the other), or one that pods appear in. */
    private record Directory(WatchKey key, Object fileKey, Set<PodIdentity> pods, boolean parent) {}

    /**
     * Begins to watch.
     *
     * @param listener told of changed pods, from one thread; what it throws is logged
     */
    PodWatch(Consumer<PodIdentity> listener) {
        this(listener, open());
    }

    /** The same with another service; without one, everything is looked at again and again. */
    PodWatch(Consumer<PodIdentity> listener, @Nullable WatchService service) {
        this.listener = listener;
        this.service = service;
        thread = new Thread(this::run, "pod-watch");
        thread.setDaemon(true);
        thread.start();
    }

    private static @Nullable WatchService open() {
        try {
            return FileSystems.getDefault().newWatchService();
        } catch (IOException e) {
            LOG.warn(
                    "Cgroups are not watched but looked at once in a while, for inotify refuses ({}); raise"
                            + " fs.inotify.max_user_instances on the node.",
                    e.getMessage());
            return null;
        }
    }

    /** {@return whether the thread lives} */
    boolean alive() {
        return thread.isAlive();
    }

    /** Watches a pod that is there. */
    synchronized void watch(PodIdentity pod, Path directory) {
        expected.remove(pod);
        Watched known = pods.get(pod);
        if (known != null && known.directory.equals(directory) && !isAnother(directory)) {
            return;
        }
        stop(pod);
        Watched watched = new Watched(directory);
        pods.put(pod, watched);
        if (register(directory, pod, watched)) {
            refresh(pod, watched);
        } else {
            watched.seen = look(directory);
            unwatched.put(pod, watched);
        }
    }

    /**
     * Watches for a pod that is not there.
     *
     * @param cgroupUid what its directory will be named by
     */
    synchronized void expect(PodIdentity pod, String cgroupUid) {
        stop(pod);
        expected.put(pod, cgroupUid);
    }

    /** Watches what pods appear in, and go from. */
    synchronized void parents(Collection<Path> parents) {
        for (Path parent : parents) {
            if (!directories.containsKey(parent) || isAnother(parent)) {
                open(parent, true).ifPresent(directory -> directories.put(parent, directory));
            }
        }
    }

    /** Whether a watched directory was removed and made again. */
    private boolean isAnother(Path path) {
        Directory directory = directories.get(path);
        return directory != null && !fileKey(path).equals(Optional.of(directory.fileKey));
    }

    private static Optional<Object> fileKey(Path path) {
        try {
            return Optional.ofNullable(
                    Files.readAttributes(path, BasicFileAttributes.class).fileKey());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Watches a pod no longer. */
    synchronized void forget(PodIdentity pod) {
        expected.remove(pod);
        stop(pod);
    }

    private void stop(PodIdentity pod) {
        Watched watched = pods.remove(pod);
        if (watched != null) {
            unwatched.remove(pod);
            List.copyOf(watched.watched).forEach(directory -> unregister(directory, pod, watched));
        }
    }

    private boolean register(Path path, PodIdentity pod, Watched watched) {
        Directory directory = directories.get(path);
        if (directory == null) {
            Optional<Directory> opened = open(path, false);
            if (opened.isEmpty()) {
                return false;
            }
            directory = opened.get();
            directories.put(path, directory);
        }
        directory.pods.add(pod);
        watched.watched.add(path);
        return true;
    }

    private void unregister(Path path, PodIdentity pod, Watched watched) {
        watched.watched.remove(path);
        Directory directory = directories.get(path);
        if (directory != null && directory.pods.remove(pod) && directory.pods.isEmpty() && !directory.parent) {
            directories.remove(path);
            directory.key.cancel();
        }
    }

    private Optional<Directory> open(Path directory, boolean parent) {
        if (service == null) {
            return Optional.empty();
        }
        try {
            Optional<Object> fileKey = fileKey(directory);
            WatchKey key = directory.register(service, ENTRY_CREATE, ENTRY_DELETE, ENTRY_MODIFY);
            // The kernel tells of this file of its own accord only to who has had it looked up: kernfs_notify.
            boolean unused = Files.exists(directory.resolve("cgroup.events"));
            return fileKey.map(file -> new Directory(key, file, new HashSet<>(), parent));
        } catch (IOException e) {
            if (Files.isDirectory(directory) && !complained) {
                complained = true;
                LOG.warn(
                        "Some cgroups are not watched but looked at once in a while ({}: {}); raise"
                                + " fs.inotify.max_user_watches on the node.",
                        directory,
                        e.getMessage());
            }
            return Optional.empty();
        } catch (ClosedWatchServiceException e) {
            return Optional.empty();
        }
    }

    /** Containers are watched from when they are made until a process is in them: the pod's directory tells the rest. */
    private void refresh(PodIdentity pod, Watched watched) {
        List<Path> containers = CgroupDirectories.children(watched.directory, MOST_CONTAINERS);
        for (Path gone : List.copyOf(watched.watched)) {
            if (!gone.equals(watched.directory) && !containers.contains(gone)) {
                unregister(gone, pod, watched);
            }
        }
        for (Path container : containers) {
            // Asked after it is watched, so that the first process is seen here or told of.
            if (PodCgroup.isPopulated(container)
                    || (register(container, pod, watched) && PodCgroup.isPopulated(container))) {
                unregister(container, pod, watched);
            }
        }
    }

    private void run() {
        try {
            while (closing.getCount() > 0) {
                Set<PodIdentity> changed = new LinkedHashSet<>();
                WatchKey key = await();
                boolean any = key != null;
                for (int taken = 0; key != null && taken < MOST_AT_ONCE; taken++) {
                    take(key, changed);
                    key = service == null ? null : service.poll();
                }
                if (key != null) {
                    take(key, changed);
                }
                look(changed);
                changed.forEach(this::tell);
                if (any && closing.await(PACE_MILLIS, TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException | ClosedWatchServiceException e) {
            LOG.debug("The watch has ended.");
        }
    }

    private @Nullable WatchKey await() throws InterruptedException {
        if (service != null) {
            return service.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }
        boolean unused = closing.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        return null;
    }

    private void tell(PodIdentity pod) {
        try {
            listener.accept(pod);
        } catch (RuntimeException e) {
            LOG.error("Nobody was told that pod {} has changed.", pod, e);
        }
    }

    private synchronized void take(WatchKey key, Set<PodIdentity> changed) {
        List<WatchEvent<?>> events = key.pollEvents();
        boolean valid = key.reset();
        Path path = (Path) key.watchable();
        Directory directory = directories.get(path);
        if (directory == null || !directory.key.equals(key)) {
            return;
        }
        if (directory.parent) {
            for (WatchEvent<?> event : events) {
                comesOrGoes(path, event, changed);
            }
        }
        if (events.stream().anyMatch(PodWatch::tells) || !valid) {
            for (PodIdentity pod : Set.copyOf(directory.pods)) {
                Watched watched = pods.get(pod);
                if (watched != null) {
                    changed.add(pod);
                    refresh(pod, watched);
                }
            }
        }
        if (!valid) {
            directories.remove(path);
        }
    }

    private static boolean tells(WatchEvent<?> event) {
        return event.kind() != ENTRY_MODIFY || TELLING.contains(String.valueOf(event.context()));
    }

    private void comesOrGoes(Path parent, WatchEvent<?> event, Set<PodIdentity> changed) {
        if (event.kind() == OVERFLOW) {
            changed.addAll(expected.keySet());
            changed.addAll(pods.keySet());
        } else if (event.kind() == ENTRY_CREATE) {
            String name = String.valueOf(event.context());
            List<String> uids = List.copyOf(expected.values());
            for (String uid : uids) {
                if (PodCgroupNames.pod(uid, CgroupDirectories.name(parent)).contains(name)) {
                    expected.forEach((pod, expectedUid) -> {
                        if (expectedUid.equals(uid)) {
                            changed.add(pod);
                        }
                    });
                }
            }
        } else if (event.kind() == ENTRY_DELETE) {
            Path gone = parent.resolve(String.valueOf(event.context()));
            for (PodIdentity pod : Set.copyOf(pods.keySet())) {
                Watched watched = pods.get(pod);
                if (watched != null && watched.directory.equals(gone)) {
                    stop(pod);
                    changed.add(pod);
                }
            }
        }
    }

    /** What of pods without a watch can be seen from outside. */
    private static Object look(Path directory) {
        return CgroupDirectories.children(directory, MOST_CONTAINERS).stream()
                .collect(Collectors.toMap(container -> container, PodCgroup::isPopulated));
    }

    private synchronized void look(Set<PodIdentity> changed) {
        long now = System.nanoTime();
        if (now - lastLook < TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS)) {
            return;
        }
        lastLook = now;
        looks.go(each -> {
            Watched watched = each.getValue();
            Object seen = Files.isDirectory(watched.directory) ? look(watched.directory) : "gone";
            if (!seen.equals(watched.seen)) {
                watched.seen = seen;
                changed.add(each.getKey());
            }
        });
    }

    @Override
    public void close() {
        closing.countDown();
        try {
            if (service != null) {
                service.close();
            }
            thread.join(TimeUnit.SECONDS.toMillis(10));
        } catch (IOException e) {
            LOG.debug("The watch was not closed in order: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
