package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.jbpf.error.BpfException;
import io.jbpf.fs.BpfFs;
import io.jbpf.fs.BpffsLock;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestCgroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A pinned counter whose pins somebody removes while it is open. */
@KernelTest
@Tag("syscall-counter")
class MendedCounterTest {
    private static final SyscallFilter GETPPID = SyscallFilter.of(List.of("getppid"));
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final Path directory = BpfFs.mounted()
            .directory()
            .resolve("jbpf-mended-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet());
    private final TestCgroup cgroup = TestCgroup.create();

    @AfterEach
    void removeAll() throws IOException {
        if (Files.exists(directory)) {
            Pins.removeAll(BpfFs.at(directory));
        }
        cgroup.close();
    }

    private SyscallCounter open() {
        return SyscallCounter.open(CounterSizes.SMALL, directory);
    }

    @Test
    void mendsADirectoryThatSomebodyHasRemoved() throws Exception {
        BpfFs above = BpfFs.mounted().subdirectory(directory.getFileName() + "-above");
        Path below = above.directory().resolve("counter");
        try (BpffsLock lock = BpffsLock.acquire(above.directory());
                Caller caller = Caller.start()) {
            cgroup.add(caller.pid());
            try (SyscallCounter counter = SyscallCounter.open(CounterSizes.SMALL, below, lock)) {
                TargetId target = counter.watchCgroup(cgroup.path(), GETPPID);
                caller.call(10);
                List<String> whole = Pins.in(BpfFs.at(below));
                Pins.removeAll(BpfFs.at(below));

                boolean unused = counter.mend();

                assertThat(Pins.in(BpfFs.at(below))).containsExactlyInAnyOrderElementsOf(whole);
                caller.call(10);
                assertThat(counter.snapshot().total(target)).isEqualTo(20);
            }
            SyscallCounter.remove(below, lock);
        } finally {
            Pins.removeAll(above);
        }
    }

    @Test
    void aDirectoryThatWasRemovedWithItsLockIsNotMadeAgain() throws Exception {
        try (SyscallCounter counter = open()) {
            Pins.removeAll(BpfFs.at(directory));

            assertThatExceptionOfType(BpfException.class)
                    .isThrownBy(counter::mend)
                    .withMessageContaining("the lock of the counter with it");
            assertThat(directory).doesNotExist();
        }
    }

    @ParameterizedTest(name = "adopted before: {0}")
    @ValueSource(booleans = {false, true})
    void mendsWhatSomebodyHasRemoved(boolean adoptedBefore) throws Exception {
        try (Caller caller = Caller.start()) {
            cgroup.add(caller.pid());
            if (adoptedBefore) {
                open().close();
            }
            try (SyscallCounter counter = open()) {
                TargetId target = counter.watchCgroup(cgroup.path(), GETPPID);
                caller.call(10);
                List<String> whole = Pins.in(BpfFs.at(directory));
                assertThat(counter.mend()).isFalse();
                for (String pin : whole) {
                    Files.delete(directory.resolve(pin));
                }

                caller.call(10);
                assertThat(counter.mend()).isFalse();

                assertThat(Pins.in(BpfFs.at(directory))).containsExactlyInAnyOrderElementsOf(whole);
                caller.call(10);
                // Once each, by one link that was there all the time.
                assertThat(counter.snapshot().total(target)).isEqualTo(30);
            }
            try (SyscallCounter next = open()) {
                assertThat(next.adopted()).isTrue();
                caller.call(10);
                assertThat(next.snapshot().total(next.find(cgroup.path()).orElseThrow()))
                        .isEqualTo(40);
            }
        }
    }
}
