package io.jbpf.controller.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodWatchTest {
    private static final PodIdentity POD = new PodIdentity(new ObjectKey("default", "web-1"), "u1");
    private static final PodIdentity OTHER = new PodIdentity(new ObjectKey("default", "web-2"), "u2");

    @TempDir
    private Path directory;

    private final List<PodIdentity> told = new CopyOnWriteArrayList<>();

    private Path pod(String name) throws IOException {
        Path pod = Files.createDirectory(directory.resolve(name));
        Files.createFile(pod.resolve("cgroup.procs"));
        return pod;
    }

    private Path container(Path pod, String name) throws IOException {
        // With its file in it from the start, as the kernel makes them.
        Path made = Files.createTempDirectory(directory, "made");
        Files.createFile(made.resolve("cgroup.procs"));
        return Files.move(made, pod.resolve(name));
    }

    private void awaitToldOf(PodIdentity pod) {
        Waits.until(() -> told.contains(pod));
        told.clear();
    }

    @Test
    void tellsOfContainersAndTheirFirstProcess() throws IOException {
        Path pod = pod("podu1");
        try (PodWatch watch = new PodWatch(told::add)) {
            watch.watch(POD, pod);
            Path container = container(pod, "c1");
            awaitToldOf(POD);
            write(container, "1\n");
            awaitToldOf(POD);
            Files.delete(container.resolve("cgroup.procs"));
            Files.delete(container);
            awaitToldOf(POD);
        }
    }

    private static void write(Path cgroup, String processes) {
        try {
            Files.writeString(cgroup.resolve("cgroup.procs"), processes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void tellsOfPodsThatComeAndGo() throws IOException {
        try (PodWatch watch = new PodWatch(told::add)) {
            watch.parents(List.of(directory));
            watch.expect(POD, "u1");
            watch.expect(OTHER, "u2");
            Path pod = pod("podu1");
            awaitToldOf(POD);
            assertThat(told).isEmpty();

            watch.watch(POD, pod);
            Files.delete(pod.resolve("cgroup.procs"));
            Files.delete(pod);
            awaitToldOf(POD);
        }
    }

    @Test
    void aForgottenPodIsToldOfNoMore() throws IOException {
        Path pod = pod("podu1");
        Path other = pod("podu2");
        try (PodWatch watch = new PodWatch(told::add)) {
            watch.watch(POD, pod);
            watch.watch(OTHER, other);
            watch.forget(POD);
            container(pod, "c1");
            container(other, "c1");
            awaitToldOf(OTHER);
            assertThat(told).isEmpty();
        }
    }

    @Test
    void twoLivesOfOneStaticPodShareACgroup() throws IOException {
        Path pod = pod("podu1");
        try (PodWatch watch = new PodWatch(told::add)) {
            watch.watch(POD, pod);
            watch.watch(OTHER, pod);
            watch.forget(POD);
            container(pod, "c1");
            awaitToldOf(OTHER);
        }
    }

    @Test
    void whatElseIsWrittenIsNotTold() throws IOException {
        Path pod = pod("podu1");
        Path other = pod("podu2");
        Files.createFile(pod.resolve("memory.max"));
        try (PodWatch watch = new PodWatch(told::add)) {
            watch.watch(POD, pod);
            watch.watch(OTHER, other);
            Files.writeString(pod.resolve("memory.max"), "1");
            container(other, "c1");
            awaitToldOf(OTHER);
            assertThat(told).isEmpty();
        }
    }

    @Test
    void aPodThatWritesAllTheTimeIsToldOfTenTimesASecond() throws IOException {
        Path pod = pod("podu1");
        try (PodWatch watch = new PodWatch(told::add)) {
            watch.watch(POD, pod);
            long end = System.nanoTime() + Duration.ofSeconds(1).toNanos();
            while (System.nanoTime() < end) {
                write(pod, "1\n");
            }
            assertThat(told).hasSizeBetween(1, 11);
        }
    }

    @Test
    void aListenerThatFailsDoesNotEndTheWatch() throws IOException {
        Path pod = pod("podu1");
        try (PodWatch watch = new PodWatch(changed -> {
            told.add(changed);
            throw new IllegalStateException("on purpose");
        })) {
            watch.watch(POD, pod);
            container(pod, "c1");
            awaitToldOf(POD);
            container(pod, "c2");
            awaitToldOf(POD);
            assertThat(watch.alive()).isTrue();
        }
    }

    @Test
    void withoutInotifyItLooksAgainAndAgain() throws IOException {
        Path pod = pod("podu1");
        try (PodWatch watch = new PodWatch(told::add, null)) {
            watch.watch(POD, pod);
            Path container = container(pod, "c1");
            awaitToldOf(POD);
            write(container, "1\n");
            awaitToldOf(POD);
            write(container, "");
            awaitToldOf(POD);
        }
    }

    @Test
    void closingEndsTheThreadAndTheService() throws IOException {
        WatchService service = FileSystems.getDefault().newWatchService();
        PodWatch watch = new PodWatch(told::add, service);
        assertThat(watch.alive()).isTrue();
        watch.close();
        assertThat(watch.alive()).isFalse();
        // What is asked of it afterwards does nothing.
        watch.watch(POD, pod("podu1"));
        watch.forget(POD);
    }
}
