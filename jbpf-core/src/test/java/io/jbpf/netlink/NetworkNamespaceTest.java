package io.jbpf.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.BpfException;
import io.jbpf.error.SystemCallException;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@KernelTest
class NetworkNamespaceTest {
    @Test
    void aNewNamespaceHasALoopbackAndNothingElse() {
        try (NetworkNamespace namespace = NetworkNamespace.create();
                RouteSocket socket = namespace.call(RouteSocket::open)) {
            assertThat(socket.interfaces().list()).singleElement().satisfies(only -> {
                assertThat(only.name()).isEqualTo("lo");
                assertThat(only.loopback()).isTrue();
                assertThat(only.up()).isFalse();
            });
        }
    }

    @Test
    void workInsideRunsInsideAndOnAThreadOfItsOwn() throws IOException {
        try (NetworkNamespace namespace = NetworkNamespace.create()) {
            Thread inside = namespace.call(Thread::currentThread);
            assertThat(inside).isNotSameAs(Thread.currentThread());
            assertThat(inside.isAlive()).isFalse();
            assertThat(namespace.<Path, IOException>call(NetworkNamespaceTest::ofThisThread))
                    .hasToString("net:[" + namespace.inode() + "]");
        }
    }

    @Test
    void noOtherThreadIsMovedWhileSomeoneIsInside() throws Exception {
        try (NetworkNamespace namespace = NetworkNamespace.create()) {
            String inside = "net:[" + namespace.inode() + "]";
            CountDownLatch entered = new CountDownLatch(1);
            CountDownLatch looked = new CountDownLatch(1);
            FutureTask<Boolean> caller = new FutureTask<>(() -> namespace.call(() -> {
                entered.countDown();
                looked.await();
                return true;
            }));
            Thread callingThread = new Thread(caller);
            // The thread that made the namespace has ended for Java, and a moment later for the kernel.
            Waits.until(() -> !namespacesOfAllThreads().containsValue(inside));
            Map<String, String> before = namespacesOfAllThreads();
            callingThread.start();
            entered.await();
            Map<String, String> during = namespacesOfAllThreads();
            looked.countDown();
            assertThat(caller.get()).isTrue();
            assertThat(during.values().stream().filter(inside::equals)).hasSize(1);
            before.keySet().retainAll(during.keySet()); // threads come and go, as those that compile
            assertThat(during).containsAllEntriesOf(before);
            Waits.until(() -> !namespacesOfAllThreads().containsValue(inside));
        }
    }

    @Test
    void anExceptionComesThroughAsItIs() {
        IOException thrown = new IOException("inside");
        try (NetworkNamespace namespace = NetworkNamespace.current()) {
            assertThatThrownBy(() -> namespace.call(() -> {
                        throw thrown;
                    }))
                    .isSameAs(thrown);
            assertThatThrownBy(() -> namespace.call(() -> {
                        throw new AssertionError("an error too");
                    }))
                    .isInstanceOf(AssertionError.class)
                    .hasMessage("an error too");
        }
    }

    @Test
    void anInterruptReachesTheWorkInsideAndIsNotLost() throws Exception {
        try (NetworkNamespace namespace = NetworkNamespace.current()) {
            CountDownLatch inside = new CountDownLatch(1);
            AtomicReference<String> seen = new AtomicReference<>("nothing");
            Thread caller = new Thread(() -> {
                String result = namespace.call(() -> {
                    inside.countDown();
                    try {
                        new CountDownLatch(1).await();
                        return "never";
                    } catch (InterruptedException e) {
                        return "interrupted";
                    }
                });
                seen.set(result + " " + Thread.currentThread().isInterrupted());
            });
            caller.start();
            inside.await();
            caller.interrupt();
            caller.join();
            assertThat(seen.get()).isEqualTo("interrupted true");
        }
    }

    @Test
    void oneNamespaceIsTheSameHoweverItIsFound() {
        try (NetworkNamespace here = NetworkNamespace.current();
                NetworkNamespace byPid =
                        NetworkNamespace.ofProcess(ProcessHandle.current().pid());
                NetworkNamespace byPath = NetworkNamespace.open(Path.of("/proc/self/ns/net"));
                NetworkNamespace another = NetworkNamespace.create()) {
            assertThat(here.isSameAs(byPid)).isTrue();
            assertThat(here.isSameAs(byPath)).isTrue();
            assertThat(here.identity()).isEqualTo(byPath.identity());
            assertThat(here.isSameAs(another)).isFalse();
            assertThat(another.isSameAs(here)).isFalse();
        }
    }

    @Test
    void theCookieIsTheNamespacesOwn() {
        try (NetworkNamespace here = NetworkNamespace.current();
                NetworkNamespace another = NetworkNamespace.create()) {
            assertThat(here.cookie()).isEqualTo(here.cookie());
            try (RouteSocket socket = another.call(RouteSocket::open)) {
                assertThat(socket.namespaceCookie()).isEqualTo(another.cookie());
            }
            if (here.cookie().isPresent()) {
                assertThat(here.cookie()).isNotEqualTo(another.cookie());
            }
        }
    }

    @Test
    void theTimeOfItsFileIsTheSameWhereverItIsFoundWhileItIsHeld() throws Exception {
        try (NetworkNamespace made = NetworkNamespace.create()) {
            Process process = made.call(() -> new ProcessBuilder("sleep", "100").start());
            try (NetworkNamespace found = NetworkNamespace.ofProcess(process.pid())) {
                assertThat(found.inode()).isEqualTo(made.inode());
                assertThat(found.shownSince()).isEqualTo(made.shownSince());
            } finally {
                process.destroyForcibly().waitFor();
            }
            Waits.until(() -> {
                try (NetworkNamespace later = NetworkNamespace.create()) {
                    return later.shownSince().isAfter(made.shownSince());
                }
            });
        }
    }

    @Test
    void aNamespaceLivesOnAfterItsThreadAndIsEnteredAgain() {
        try (NetworkNamespace namespace = NetworkNamespace.create();
                RouteSocket first = namespace.call(RouteSocket::open);
                RouteSocket second = namespace.call(RouteSocket::open)) {
            first.interfaces().createVeth("a", "b");
            assertThat(second.interfaces().find("a")).isPresent();
        }
    }

    @Test
    void aProcessThatIsGoneIsNamed() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-version")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        process.waitFor();
        assertThatThrownBy(() -> NetworkNamespace.ofProcess(process.pid()))
                .isInstanceOf(SystemCallException.class)
                .hasMessageStartingWith("cannot open the network namespace of process " + process.pid())
                .hasMessageEndingWith("there is no process " + process.pid() + " (any more)");
    }

    @Test
    void aPathThatIsNoNamespaceIsNamed(@TempDir Path directory) throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        assertThatThrownBy(() -> NetworkNamespace.open(file))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining(file + " is not a namespace");
        assertThatThrownBy(() -> NetworkNamespace.open(directory.resolve("missing")))
                .isInstanceOf(SystemCallException.class)
                .hasMessageContaining("missing")
                .hasMessageContaining("ENOENT");
        assertThatThrownBy(() -> NetworkNamespace.open(Path.of("/proc/self/ns/mnt")))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("/proc/self/ns/mnt is a namespace of another kind");
    }

    @Test
    void useAfterCloseIsAnErrorAndClosingTwiceIsNone() {
        NetworkNamespace namespace = NetworkNamespace.create();
        namespace.close();
        assertThatCode(namespace::close).doesNotThrowAnyException();
        assertThatThrownBy(() -> namespace.call(() -> 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed");
    }

    private static Path ofThisThread() throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net"));
    }

    private static Map<String, String> namespacesOfAllThreads() {
        Map<String, String> byThread = new TreeMap<>();
        try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
            for (Path task : (Iterable<Path>) tasks::iterator) {
                try {
                    byThread.put(
                            task.getFileName() + " "
                                    + Files.readString(task.resolve("comm")).strip(),
                            Files.readSymbolicLink(task.resolve("ns/net")).toString());
                } catch (IOException e) {
                    assertThat(task).doesNotExist(); // it ended meanwhile
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return byThread;
    }
}
