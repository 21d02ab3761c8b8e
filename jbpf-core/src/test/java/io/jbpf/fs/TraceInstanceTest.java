package io.jbpf.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.testkit.KernelTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

@KernelTest
class TraceInstanceTest {
    private final TraceFs tracefs = TraceFs.mounted();

    @Test
    void oneEventIsOnInItAndElsewhereNothingChanges() throws IOException {
        Path event = Path.of("events", "raw_syscalls", "sys_enter", "enable");
        Path other = Path.of("events", "raw_syscalls", "sys_exit", "enable");
        String before = Files.readString(tracefs.directory().resolve(event));
        Path directory;
        try (TraceInstance instance =
                TraceInstance.listeningTo(tracefs, "raw_syscalls", "sys_enter").orElseThrow()) {
            directory = instance.directory();
            assertThat(Files.readString(directory.resolve(event)).strip()).isEqualTo("1");
            assertThat(Files.readString(directory.resolve(other)).strip()).isEqualTo("0");
            assertThat(Files.readString(tracefs.directory().resolve(event))).isEqualTo(before);
        }
        assertThat(directory).doesNotExist();
    }

    @Test
    void anEventThatThereIsNotMakesNone() {
        assertThat(TraceInstance.listeningTo(tracefs, "raw_syscalls", "no_such_event"))
                .isEmpty();
    }

    @Test
    void whatAProcessLeftThatHasEndedIsRemovedAndWhatALivingOneHasIsNot() throws Exception {
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        Path instances = tracefs.directory().resolve("instances");
        Path abandoned = Files.createDirectory(instances.resolve("jbpf-" + ended.pid() + "-1"));
        Path another = Files.createDirectory(
                instances.resolve("jbpf-" + ProcessHandle.current().pid() + "-999999"));
        try (TraceInstance instance =
                TraceInstance.listeningTo(tracefs, "raw_syscalls", "sys_enter").orElseThrow()) {
            assertThat(instance.directory()).exists();
            assertThat(abandoned).doesNotExist();
            assertThat(another).exists();
        } finally {
            Files.deleteIfExists(abandoned);
            Files.delete(another);
        }
    }
}
