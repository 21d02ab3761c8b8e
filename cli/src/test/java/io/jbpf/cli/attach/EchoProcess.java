package io.jbpf.cli.attach;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.util.concurrent.TimeUnit;

/** A cat(1): one write(2) for each line it is sent, and nothing but a waiting read(2) in between. */
final class EchoProcess implements AutoCloseable {
    private final Process process;
    private final Writer in;
    private final BufferedReader out;

    private EchoProcess(Process process) {
        this.process = process;
        this.in = process.outputWriter();
        this.out = process.inputReader();
    }

    static EchoProcess start() throws IOException {
        return start("cat");
    }

    /** Another program that answers each line with a line. */
    static EchoProcess start(String... command) throws IOException {
        EchoProcess echo = new EchoProcess(new ProcessBuilder(command).start());
        // Its start is over, with all the calls it takes.
        echo.echo(1);
        return echo;
    }

    long pid() {
        return process.pid();
    }

    /** Sends lines and waits for each to come back. */
    void echo(int lines) throws IOException {
        for (int i = 0; i < lines; i++) {
            in.write("line\n");
            in.flush();
            out.readLine();
        }
    }

    /** Has it end, and returns when it has. */
    void end() throws IOException {
        close();
    }

    @Override
    public void close() throws IOException {
        in.close();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                throw new AssertionError("cat does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroyForcibly();
        }
    }
}
