package io.jbpf.controller.settings;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * All that the environment decides; {@link Variable} has every variable with its default.
 *
 * @param scope {@code CONTROLLER_SCOPE}: which part of the work this process does
 * @param nodeName {@code NODE_NAME}: the node this process runs on, as in {@code spec.nodeName} of its pods; may be empty
 *     where nothing depends on it
 * @param election how replicas elect the one that acts; empty if this process always may
 * @param work how the work is done
 * @param metricsAddress {@code METRICS_ADDR}: where {@code /metrics}, {@code /healthz} and {@code /readyz} are served
 * @param kubeconfig {@code KUBECONFIG}: how to reach the API server; empty means the pod's service account
 * @param logLevel {@code LOG_LEVEL} and {@code DEBUG}: how much is said
 * @param logFormat {@code LOG_FORMAT} and {@code LOG_JSON_FORMAT}: how a line of the log looks
 * @param bpffsRoot {@code BPFFS_ROOT}: where all that is ours is pinned; it need not be there yet
 * @param cgroupRoot {@code CGROUP_ROOT}: where the node's cgroup hierarchies are mounted, or a directory in one of them to
 *     look below; unset means those among the mounts
 * @param procRoot {@code PROC_ROOT}: where the node's processes are seen
 * @param netnsRoot {@code NETNS_ROOT}: where the node's container runtime keeps network namespaces; it need not be there
 * @param pidSeriesLimit {@code METRICS_PID_SERIES_LIMIT}: how many processes of a pod have a series of their own
 */
public record Settings(
        Scope scope,
        String nodeName,
        Optional<ElectionSettings> election,
        WorkSettings work,
        InetSocketAddress metricsAddress,
        Optional<Path> kubeconfig,
        LogLevel logLevel,
        LogFormat logFormat,
        Path bpffsRoot,
        Optional<Path> cgroupRoot,
        Path procRoot,
        Path netnsRoot,
        int pidSeriesLimit) {

    private static final int MOST_PID_SERIES = 100_000;

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
        Scope scope = environment.choice(Variable.CONTROLLER_SCOPE, Scope.class);
        boolean elects = environment.flag(Variable.LEADER_ELECTION_ENABLED) && scope.hasApi();
        String nodeName = nodeName(environment, scope.hasKernel() || elects);
        return new Settings(
                scope,
                nodeName,
                elects ? Optional.of(ElectionSettings.from(environment, nodeName)) : Optional.empty(),
                WorkSettings.from(environment),
                environment.address(Variable.METRICS_ADDR),
                environment.text(Variable.KUBECONFIG).map(text -> environment.readable(Variable.KUBECONFIG)),
                logLevel(environment),
                logFormat(environment),
                environment.absolute(Variable.BPFFS_ROOT),
                environment.text(Variable.CGROUP_ROOT).map(text -> environment.directory(Variable.CGROUP_ROOT)),
                environment.directory(Variable.PROC_ROOT),
                environment.absolute(Variable.NETNS_ROOT),
                environment.number(Variable.METRICS_PID_SERIES_LIMIT, 0, MOST_PID_SERIES));
    }

    private static String nodeName(Environment environment, boolean needed) {
        if (needed) {
            environment.need(Variable.NODE_NAME, "set it to the node's name (in a manifest: fieldRef spec.nodeName)");
        }
        return environment.text(Variable.NODE_NAME).isPresent() ? environment.name(Variable.NODE_NAME) : "";
    }

    static LogLevel logLevel(Environment environment) {
        LogLevel level = environment.choice(Variable.LOG_LEVEL, LogLevel.class);
        return environment.flag(Variable.DEBUG) && level != LogLevel.TRACE ? LogLevel.DEBUG : level;
    }

    static LogFormat logFormat(Environment environment) {
        LogFormat format = environment.choice(Variable.LOG_FORMAT, LogFormat.class);
        if (!environment.flag(Variable.LOG_JSON_FORMAT)) {
            return format;
        }
        if (format == LogFormat.TEXT && environment.text(Variable.LOG_FORMAT).isPresent()) {
            throw environment.wrong(Variable.LOG_FORMAT, "contradicts LOG_JSON_FORMAT; set one of the two");
        }
        return LogFormat.JSON;
    }
}
