package io.jbpf.controller.settings;

import java.nio.file.Path;
import java.util.Map;

/**
 * What the environment decides for {@code prepare-node} and {@code uninstall}, which know of no cluster.
 *
 * @param bpffsRoot {@code BPFFS_ROOT}: where all that is ours is pinned; it need not be there yet
 * @param procRoot {@code PROC_ROOT}: where the node's processes are seen
 * @param netnsRoot {@code NETNS_ROOT}: where the node's container runtime keeps network namespaces; it need not be there
 * @param logLevel {@code LOG_LEVEL} and {@code DEBUG}: how much is said
 * @param logFormat {@code LOG_FORMAT}: how a line of the log looks
 */
public record NodeSettings(Path bpffsRoot, Path procRoot, Path netnsRoot, LogLevel logLevel, LogFormat logFormat) {
    /**
     * Reads the environment.
     *
     * @param variables the variables and their values, as of {@link System#getenv()}
     * @return the settings, every one checked
     * @throws InvalidSettingException if a value is wrong; its message is a sentence for the operator
     */
    public static NodeSettings from(Map<String, String> variables) {
        Environment environment = new Environment(variables);
        return new NodeSettings(
                environment.absolute(Variable.BPFFS_ROOT),
                environment.directory(Variable.PROC_ROOT),
                environment.absolute(Variable.NETNS_ROOT),
                Settings.logLevel(environment),
                Settings.logFormat(environment));
    }
}
