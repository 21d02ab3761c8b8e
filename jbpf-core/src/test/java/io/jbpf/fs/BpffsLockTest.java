package io.jbpf.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.jbpf.error.BpfException;
import io.jbpf.error.LockHeldException;
import io.jbpf.testkit.HoldingProcess;
import io.jbpf.testkit.KernelTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@KernelTest
class BpffsLockTest {
    private final Path directory = BpfFs.mounted()
            .directory()
            .resolve("jbpf-lock-" + ProcessHandle.current().pid());
    private final Path below = directory.resolve("below");

    @BeforeEach
    void makeDirectories() throws IOException {
        Files.createDirectories(below);
    }

    @AfterEach
    void removeDirectories() throws IOException {
        Files.deleteIfExists(below);
        Files.deleteIfExists(directory);
    }

    @Test
    void twoVirtualMachinesExcludeEachOther() {
        try (HoldingProcess holder = HoldingProcess.start(LockHolder.class, directory)) {
            assertThat(BpffsLock.tryAcquire(directory)).isEmpty();
            assertThat(BpffsLock.holders(directory)).containsExactly(holder.pid());
            assertThatExceptionOfType(LockHeldException.class)
                    .isThrownBy(() -> BpffsLock.acquire(directory, Duration.ofMillis(50)))
                    .withMessageContaining("is locked by process " + holder.pid())
                    .satisfies(e -> assertThat(e.holders()).containsExactly(holder.pid()));
            // Another directory is another lock, also below the locked one.
            BpffsLock.acquire(below).close();
        }
    }

    @Test
    void aHolderThatIsKilledHasNoLockAnyMore() {
        HoldingProcess holder = HoldingProcess.start(LockHolder.class, directory);
        holder.close();
        BpffsLock.acquire(directory, Duration.ofSeconds(10)).close();
        assertThat(BpffsLock.holders(directory)).isEmpty();
    }

    @Test
    void whoWaitsHasItWhenItIsLetGo() throws Exception {
        BpffsLock first = BpffsLock.acquire(directory);
        CompletableFuture<BpffsLock> second =
                CompletableFuture.supplyAsync(() -> BpffsLock.acquire(directory, Duration.ofSeconds(20)));
        assertThat(BpffsLock.tryAcquire(directory)).isEmpty();
        assertThat(second).isNotDone();
        first.close();
        first.close();
        try (BpffsLock lock = second.get(20, TimeUnit.SECONDS)) {
            assertThat(lock.directory()).isEqualTo(directory);
            assertThat(BpffsLock.tryAcquire(directory)).isEmpty();
        }
    }

    @Test
    void itIsTheDirectoryThatIsThereNow() throws Exception {
        BpffsLock old = BpffsLock.acquire(below);
        Files.delete(below);
        Files.createDirectory(below);
        try (BpffsLock lock = BpffsLock.acquire(below)) {
            assertThat(BpffsLock.tryAcquire(below)).isEmpty();
            old.close();
            assertThat(BpffsLock.tryAcquire(below)).isEmpty();
            assertThat(lock.covers(below)).isTrue();
        }
    }

    @Test
    void whatItCovers() {
        BpffsLock lock = BpffsLock.acquire(directory);
        try {
            assertThat(lock.covers(directory)).isTrue();
            assertThat(lock.covers(below)).isTrue();
            assertThat(lock.covers(directory.resolve("../other"))).isFalse();
        } finally {
            lock.close();
        }
        assertThat(lock.covers(directory)).isFalse();
    }

    @Test
    void outsideABpffsItIsRefused(@TempDir Path elsewhere) {
        assertThatExceptionOfType(BpfException.class)
                .isThrownBy(() -> BpffsLock.tryAcquire(elsewhere))
                .withMessageContaining("is not in a bpffs");
        assertThatExceptionOfType(BpfException.class)
                .isThrownBy(() -> BpffsLock.acquire(directory.resolve("none")))
                .withMessageContaining("is not a directory");
    }

    @Test
    void noDescriptorIsLeft() throws Exception {
        try (BpffsLock lock = BpffsLock.acquire(directory)) {
            assertThat(descriptors()).isEqualTo(1);
            for (int i = 0; i < 100; i++) {
                assertThat(BpffsLock.tryAcquire(directory)).isEmpty();
            }
            assertThat(descriptors()).isEqualTo(1);
            assertThat(lock.covers(directory)).isTrue();
        }
        assertThat(descriptors()).isZero();
    }

    /** Those of this process that are for the directory. */
    private long descriptors() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.filter(this::isForDirectory).count();
        }
    }

    private boolean isForDirectory(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).equals(directory);
        } catch (IOException e) {
            // It was the one that lists.
            return false;
        }
    }
}
