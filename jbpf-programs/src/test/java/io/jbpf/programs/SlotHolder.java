package io.jbpf.programs;

import io.jbpf.fs.BpfFs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Another process that takes all slots of a pinned datapath, and holds them until it is killed. */
final class SlotHolder implements AutoCloseable {
    private final Process process;

    private SlotHolder(Process process) {
        this.process = process;
    }

    /** Returns when it has them. */
    static SlotHolder start(BpfFs directory, int slots) throws IOException {
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SlotHolder.class.getName(),
                        directory.toString(),
                        Integer.toString(slots))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        if (!"held".equals(process.inputReader(StandardCharsets.UTF_8).readLine())) {
            process.destroyForcibly();
            throw new AssertionError("the other process could not take the slots");
        }
        return new SlotHolder(process);
    }

    /** Kills it with SIGKILL, and returns when it is gone. */
    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /** The other process. */
    public static void main(String[] args) throws IOException {
        L4Datapath datapath = L4Datapath.open(BpfFs.at(Path.of(args[0])), DatapathOptions.DEFAULTS);
        List<FirewallSlot> held = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(args[1]); i++) {
            held.add(datapath.claim(i, true));
        }
        System.out.println("held");
        System.in.read();
        held.forEach(FirewallSlot::close);
    }
}
