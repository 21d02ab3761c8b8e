package io.jbpf.controller.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * From a pod's processes to its network. A process's namespace is a link in {@code /proc/PID/ns} and its interfaces are
 * listed in {@code /proc/PID/net/dev} (proc(5), network_namespaces(7)), so nothing has to be entered.
 */
public final class PodNetworks {
    private static final Pattern NAMESPACE = Pattern.compile("net:\\[([0-9]+)\\]");
    private static final String USUAL_INTERFACE = "eth0";
    private static final Set<String> FALLBACK_DEVICES =
            Set.of("tunl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "sit0", "ip6tnl0", "ip6gre0");
    private static final int HEADER_LINES = 2;

    private final Path proc;

    /**
     * Networks of the processes of a proc file system.
     *
     * @param proc where it is mounted; it must show the node's processes
     */
    public PodNetworks(Path proc) {
        this.proc = proc;
    }

    /** What was found. */
    public sealed interface Finding {}

    /**
     * The pod's own network.
     *
     * @param network where its packets arrive
     */
    public record Own(PodNetwork network) implements Finding {}

    /** The pod's processes are on the node's own network. */
    public record OfTheNode() implements Finding {}

    /** No process was found, or each ended before it could be looked at: the pod is about to start or has ended. */
    public record NoProcess() implements Finding {}

    /**
     * It cannot be told which interface is the pod's.
     *
     * @param interfaces those it has, without loopback
     */
    public record Unclear(List<String> interfaces) implements Finding {
        /** Keeps a copy of the list. */
        public Unclear {
            interfaces = List.copyOf(interfaces);
        }
    }

    /**
     * Looks for the network of a pod.
     *
     * @param processes the pod's processes
     * @return what was found
     */
    public Finding find(List<Integer> processes) {
        OptionalLong first = inode("1");
        OptionalLong own = inode("self");
        boolean onTheNode = false;
        for (int process : processes) {
            OptionalLong inode = inode(Integer.toString(process));
            if (inode.isEmpty()) {
                continue;
            }
            if (inode.equals(first) || inode.equals(own)) {
                onTheNode = true;
                continue;
            }
            Optional<List<String>> interfaces = interfaces(process);
            if (interfaces.isPresent()) {
                Path namespace = proc.resolve(Integer.toString(process)).resolve("ns/net");
                return choose(interfaces.get())
                        .<Finding>map(name -> new Own(new PodNetwork(namespace, inode.getAsLong(), name)))
                        .orElseGet(() -> new Unclear(interfaces.get()));
            }
        }
        return onTheNode ? new OfTheNode() : new NoProcess();
    }

    private static Optional<String> choose(List<String> interfaces) {
        if (interfaces.contains(USUAL_INTERFACE)) {
            return Optional.of(USUAL_INTERFACE);
        }
        return interfaces.size() == 1 ? Optional.of(interfaces.get(0)) : Optional.empty();
    }

    private OptionalLong inode(String process) {
        try {
            Path link = Files.readSymbolicLink(proc.resolve(process).resolve("ns/net"));
            Matcher matcher = NAMESPACE.matcher(link.toString());
            return matcher.matches() ? OptionalLong.of(Long.parseLong(matcher.group(1))) : OptionalLong.empty();
        } catch (IOException e) {
            // Ended meanwhile, or not ours to see: the next process of the pod is in the same namespace.
            return OptionalLong.empty();
        }
    }

    private Optional<List<String>> interfaces(int process) {
        List<String> names = new ArrayList<>();
        try {
            List<String> lines =
                    Files.readAllLines(proc.resolve(Integer.toString(process)).resolve("net/dev"));
            for (String line : lines.subList(Math.min(HEADER_LINES, lines.size()), lines.size())) {
                int colon = line.indexOf(':');
                String name = colon < 0 ? "" : line.substring(0, colon).strip();
                // Modules make these in every namespace (tunnels without an end); no pod gets its packets there.
                if (!name.isEmpty() && !name.equals("lo") && !FALLBACK_DEVICES.contains(name)) {
                    names.add(name);
                }
            }
            return Optional.of(names);
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
