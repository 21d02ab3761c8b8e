package io.jbpf.programs;

import io.jbpf.fs.BpfFs;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A process that takes up a firewall and replaces its rules without pause, until it is killed. */
final class FirewallOwner {
    private FirewallOwner() {}

    /** Starts one in the calling thread's network namespace. */
    static Process start(BpfFs directory) throws IOException {
        return new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FirewallOwner.class.getName(),
                        directory.toString())
                .redirectErrorStream(true)
                .start();
    }

    /** Waits until it has replaced the rules so many times. */
    static void awaitReplacements(Process owner, int count) throws IOException {
        BufferedReader said = new BufferedReader(new InputStreamReader(owner.getInputStream(), StandardCharsets.UTF_8));
        StringBuilder all = new StringBuilder();
        for (int seen = 0; seen < count; ) {
            String line = said.readLine();
            if (line == null) {
                throw new AssertionError("the firewall's owner ended: " + all);
            }
            all.append(line).append('\n');
            seen += line.equals("replaced") ? 1 : 0;
        }
    }

    /** The process. */
    public static void main(String[] args) {
        BpfFs directory = BpfFs.at(Path.of(args[0]));
        try (L4Datapath datapath = L4Datapath.open(directory, DatapathOptions.SINGLE);
                L4Firewall firewall =
                        datapath.adopt(directory, FirewallOptions.DEFAULTS).orElseThrow()) {
            for (int i = 1; ; i++) {
                firewall.update(L4AtomicityTest.RULES.get(i % L4AtomicityTest.RULES.size()));
                System.out.println("replaced");
            }
        }
    }
}
