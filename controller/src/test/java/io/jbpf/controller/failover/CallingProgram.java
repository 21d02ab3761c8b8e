package io.jbpf.controller.failover;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * A program that makes exactly the system calls that it is told to, so that what was counted can be compared with what was
 * done. It waits in a read(2) that it began before it was in its pod.
 */
final class CallingProgram {
    /** For each empty line a read(2) and a write(2), for each with a letter a read(2) more and a kill(2). */
    private static final String SCRIPT = "echo; while read l; do if [ \"$l\" ]; then kill -0 $$; fi; echo; done";

    private static final long LOOK_NANOS = 1_000_000;

    private CallingProgram() {}

    /**
     * What was done.
     *
     * @param reads calls of read(2)
     * @param writes calls of write(2)
     * @param kills calls of kill(2)
     */
    record Calls(long reads, long writes, long kills) {
        static final Calls NONE = new Calls(0, 0, 0);

        Calls plus(Calls other) {
            return new Calls(reads + other.reads, writes + other.writes, kills + other.kills);
        }

        long of(String name) {
            return switch (name) {
                case "read" -> reads;
                case "write" -> writes;
                case "kill" -> kills;
                default -> 0;
            };
        }
    }

    /** Starts it; when this returns it waits. It ends when this JVM has. */
    static Process start() throws IOException {
        Process process = new ProcessBuilder("sh", "-c", SCRIPT)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        acknowledged(process.getInputStream(), 1);
        // After its first line there is nothing but the read that it could wait in.
        while (!sleeps(process.pid())) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return process;
    }

    /** By proc_pid_stat(5): the state follows the name, which is in parentheses. */
    private static boolean sleeps(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
        return stat.startsWith(") S", stat.lastIndexOf(')'));
    }

    /** Has so many lines read of each kind, and returns when they are. */
    static Calls call(Process process, int plain, int killing) throws IOException {
        OutputStream input = process.getOutputStream();
        input.write(("\n".repeat(plain) + "k\n".repeat(killing)).getBytes(StandardCharsets.US_ASCII));
        input.flush();
        acknowledged(process.getInputStream(), plain + killing);
        return new Calls(plain + 2L * killing, plain + killing, killing);
    }

    private static void acknowledged(InputStream output, int lines) throws IOException {
        if (output.readNBytes(lines).length != lines) {
            throw new IOException("the pod's process has ended by itself");
        }
    }
}
