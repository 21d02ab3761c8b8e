package io.jbpf.controller.settings;

import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * All that the environment decides.
 *
 * @param nodeName {@code NODE_NAME}: the node this process runs on, as in {@code spec.nodeName} of its pods
 * @param metricsAddress {@code METRICS_ADDR}: where {@code /metrics}, {@code /healthz} and {@code /readyz} are served;
 *     {@code :8080} if unset
 * @param kubeconfig {@code KUBECONFIG}: how to reach the API server; unset means the pod's service account
 * @param logLevel {@code LOG_LEVEL}: {@code info} if unset
 * @param logJson {@code LOG_JSON_FORMAT}: whether each line of the log is a JSON object
 * @param resyncPeriod {@code CONTROLLER_RESYNC_PERIOD}: how often everything is looked at again without a cause;
 *     {@code 10m} if unset
 * @param cgroupRoot {@code CGROUP_ROOT}: where the node's cgroup hierarchies are mounted, or a directory in one of them to
 *     look below; unset means those among the mounts
 * @param procRoot {@code PROC_ROOT}: where the node's processes are seen; {@code /proc} if unset
 * @param netnsRoot {@code NETNS_ROOT}: where the node's container runtime keeps network namespaces; {@code /run/netns} if unset.
 *     It need not be there
 */
public record Settings(
        String nodeName,
        InetSocketAddress metricsAddress,
        Optional<Path> kubeconfig,
        LogLevel logLevel,
        boolean logJson,
        Duration resyncPeriod,
        Optional<Path> cgroupRoot,
        Path procRoot,
        Path netnsRoot) {

    /** The port of {@code /metrics} that the manifests name. */
    private static final int METRICS_PORT = 8080;

    private static final Duration RESYNC = Duration.ofMinutes(10);
    private static final Duration SHORTEST_RESYNC = Duration.ofSeconds(1);

    /**
     * Reads the environment.
     *
     * @param variables the variables and their values, as of {@link System#getenv()}
     * @return the settings, every one checked
     * @throws InvalidSettingException if a value is wrong or a needed one is missing; its message is a sentence for the
     *     operator
     */
    public static Settings from(Map<String, String> variables) {
        Environment environment = new Environment(variables);
        String nodeName = environment
                .text("NODE_NAME")
                .orElseThrow(() -> new InvalidSettingException(
                        "NODE_NAME",
                        "NODE_NAME is not set; set it to the node's name (in a manifest: fieldRef spec.nodeName)."));
        return new Settings(
                nodeName,
                environment.address("METRICS_ADDR", new InetSocketAddress(METRICS_PORT)),
                environment.text("KUBECONFIG").map(text -> readable("KUBECONFIG", text)),
                environment.choice("LOG_LEVEL", LogLevel.class, LogLevel.INFO),
                environment.flag("LOG_JSON_FORMAT", false),
                environment.duration("CONTROLLER_RESYNC_PERIOD", RESYNC, SHORTEST_RESYNC),
                environment.text("CGROUP_ROOT").map(text -> directory("CGROUP_ROOT", text)),
                directory("PROC_ROOT", environment.text("PROC_ROOT").orElse("/proc")),
                absolute("NETNS_ROOT", environment.text("NETNS_ROOT").orElse("/run/netns")));
    }

    private static Path absolute(String variable, String text) {
        Path path = Path.of(text);
        if (!path.isAbsolute()) {
            throw new InvalidSettingException(variable, variable + ": \"" + text + "\" is not an absolute path.");
        }
        return path;
    }

    private static Path readable(String variable, String text) {
        Path path = Path.of(text);
        if (!Files.isReadable(path)) {
            throw new InvalidSettingException(
                    variable, variable + ": the file \"" + text + "\" is not there or cannot be read.");
        }
        return path;
    }

    private static Path directory(String variable, String text) {
        Path path = Path.of(text);
        if (!path.isAbsolute() || !Files.isDirectory(path)) {
            throw new InvalidSettingException(
                    variable, variable + ": \"" + text + "\" is not the absolute path of a directory.");
        }
        return path;
    }
}
