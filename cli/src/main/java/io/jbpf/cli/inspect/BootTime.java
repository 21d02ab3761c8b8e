package io.jbpf.cli.inspect;

import io.jbpf.cli.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/** When this machine was started, by today's clock. */
final class BootTime {
    private static final Path UPTIME = Path.of("/proc/uptime");

    private BootTime() {}

    static Instant get() {
        try {
            // "12345.67 45678.90": seconds since the start with the time that it slept, as BPF's load times are
            double seconds = Double.parseDouble(Files.readString(UPTIME).split(" ", -1)[0]);
            return Instant.now().minusMillis(Math.round(seconds * 1000));
        } catch (IOException e) {
            throw new CommandFailure("cannot read " + UPTIME + ": " + e.getMessage(), e);
        }
    }
}
