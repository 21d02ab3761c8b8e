package io.jbpf.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a program that is not part of jbpf, to compare with what it says. */
public final class Tool {
    private Tool() {}

    /**
     * How a program ended.
     *
     * @param status its exit status
     * @param output what it printed, both streams together
     */
    public record Ending(int status, String output) {}

    /**
     * What a program prints, both streams together.
     *
     * @throws AssertionError if it fails, or does not end within a minute
     */
    public static String run(String... command) throws IOException, InterruptedException {
        Ending ending = attempt(command);
        if (ending.status() != 0) {
            throw new AssertionError(String.join(" ", command) + " failed: " + ending.output());
        }
        return ending.output();
    }

    /**
     * Runs a program that may fail.
     *
     * @throws AssertionError if it does not end within a minute
     */
    public static Ending attempt(String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(List.of(command)).redirectErrorStream(true);
        builder.environment().merge("PATH", "/usr/local/sbin:/usr/sbin:/sbin", (path, more) -> path + ":" + more);
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(1, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new AssertionError(String.join(" ", command) + " does not end: " + output);
        }
        return new Ending(process.exitValue(), output);
    }
}
