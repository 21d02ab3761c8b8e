package io.jbpf.programs;

import io.jbpf.error.BpfException;
import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.netlink.RouteSocket;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Another process, in a memory cgroup of its own, that attaches a firewall to each of some interfaces of a network namespace
 * when it is told the rules: {@code attach OWN_FLOWS RULES}. The answer to each line is one line.
 */
final class FirewallHolder implements AutoCloseable {
    /** What {@link #main} knows how to attach. */
    enum Rules {
        NOTHING_REFUSED,
        SAME_PORT_BLOCKED,
        OTHER_PORT_BLOCKED,
        DEFAULT_BLOCK;

        private FirewallRules of(int pod) {
            return switch (this) {
                case NOTHING_REFUSED -> FirewallRules.allowAll();
                case SAME_PORT_BLOCKED -> blocked(22);
                case OTHER_PORT_BLOCKED -> blocked(1000 + pod);
                case DEFAULT_BLOCK -> new FirewallRules(PortSet.of(80), PortSet.empty(), DefaultAction.BLOCK);
            };
        }

        private static FirewallRules blocked(int port) {
            return new FirewallRules(PortSet.empty(), PortSet.of(port), DefaultAction.ALLOW);
        }
    }

    static final String PREFIX = "pod";

    private final Process process;
    private final BufferedReader answers;

    private FirewallHolder(Process process) {
        this.process = process;
        this.answers = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Starts it in a network namespace. It has attached and detached once already, so that all its classes are loaded. */
    static FirewallHolder start(NetworkNamespace namespace) {
        return namespace.call(() -> {
            try {
                FirewallHolder holder = new FirewallHolder(new ProcessBuilder(
                                ProcessHandle.current().info().command().orElse("java"),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-Xms64m",
                                "-Xmx64m",
                                "-XX:+AlwaysPreTouch",
                                "-cp",
                                System.getProperty("java.class.path"),
                                FirewallHolder.class.getName())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start());
                holder.answer();
                return holder;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    long pid() {
        return process.pid();
    }

    /** Detaches what is attached and attaches to the first pods; answers {@code done}, or why it could not. */
    String attach(int ownFlows, Rules rules, int pods) throws IOException {
        return ask("attach " + ownFlows + " " + rules + " " + pods);
    }

    /** Detaches what is attached. */
    String detach() throws IOException {
        return ask("detach");
    }

    private String ask(String line) throws IOException {
        process.outputWriter(StandardCharsets.UTF_8).append(line).append('\n').flush();
        return answer();
    }

    private String answer() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new AssertionError("the other process has ended");
        }
        return line;
    }

    /** Kills it, and returns when it is gone. */
    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /** The other process. */
    public static void main(String[] args) throws IOException {
        List<InterfaceInfo> pods;
        try (RouteSocket route = RouteSocket.open()) {
            pods = route.interfaces().list().stream()
                    .filter(each -> each.name().startsWith(PREFIX))
                    .toList();
        }
        for (Rules rules : Rules.values()) {
            attach(1024, rules, pods.subList(0, 2)).close();
        }
        System.out.println("ready");
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        List<L4Datapath> datapath = new ArrayList<>();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            datapath.forEach(L4Datapath::close);
            datapath.clear();
            String[] words = line.split(" ", -1);
            try {
                if (words[0].equals("attach")) {
                    List<InterfaceInfo> first = pods.subList(0, Integer.parseInt(words[3]));
                    datapath.add(attach(Integer.parseInt(words[1]), Rules.valueOf(words[2]), first));
                }
                System.gc();
                System.out.println("done");
            } catch (BpfException e) {
                System.out.println(e.toString().replace('\n', ' '));
            }
        }
    }

    private static L4Datapath attach(int ownFlows, Rules rules, List<InterfaceInfo> pods) {
        L4Datapath datapath = L4Datapath.create(DatapathOptions.DEFAULTS.withOwnFlows(ownFlows));
        try {
            for (int i = 0; i < pods.size(); i++) {
                datapath.attach(rules.of(i), FirewallOptions.DEFAULTS, List.of(pods.get(i)));
            }
            return datapath;
        } catch (RuntimeException e) {
            datapath.close();
            throw e;
        }
    }
}
