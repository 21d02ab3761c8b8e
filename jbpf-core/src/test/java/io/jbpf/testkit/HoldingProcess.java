package io.jbpf.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Another virtual machine that takes something and holds it until it is killed. */
public final class HoldingProcess implements AutoCloseable {
    private static final String HELD = "held";

    private final Process process;

    private HoldingProcess(Process process) {
        this.process = process;
    }

    /** Runs a class whose {@code main} calls {@link #hold}, and returns when it does. */
    public static HoldingProcess start(Class<?> main, Object... arguments) {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        try {
            HoldingProcess holder = new HoldingProcess(
                    new ProcessBuilder(command).redirectError(Redirect.INHERIT).start());
            BufferedReader said = holder.process.inputReader(StandardCharsets.UTF_8);
            if (!HELD.equals(said.readLine())) {
                holder.close();
                throw new AssertionError(main.getSimpleName() + " could not take " + List.of(arguments));
            }
            return holder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Says, in the other process, that it has what it shall hold, and waits there for its end. */
    public static void hold() throws IOException {
        System.out.println(HELD);
        int unused = System.in.read();
    }

    /** {@return its process id} */
    public long pid() {
        return process.pid();
    }

    /** Kills it with SIGKILL, and returns when it is gone. */
    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
