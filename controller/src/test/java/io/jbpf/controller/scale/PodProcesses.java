package io.jbpf.controller.scale;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** The processes of the pods, children of one program (pods.c) that ends them all when it ends, however that is. */
final class PodProcesses implements AutoCloseable {
    /** The port at which each echoes datagrams. */
    static final int ECHO = 7007;

    private final Process parent;
    private final BufferedReader told;

    PodProcesses(Path program, Path netns) throws IOException {
        parent = new ProcessBuilder(List.of(program.toString(), netns.toString(), Integer.toString(ECHO)))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        told = parent.inputReader(StandardCharsets.US_ASCII);
    }

    /** Starts one in a network namespace of its own. Returns its process id. */
    synchronized long start() throws IOException {
        parent.getOutputStream().write('\n');
        parent.getOutputStream().flush();
        String line = told.readLine();
        if (line == null) {
            throw new IOException("the pods' processes have ended");
        }
        return Long.parseLong(line);
    }

    @Override
    public void close() {
        parent.destroy();
        int unused = Waiting.forEnd(parent);
    }
}
