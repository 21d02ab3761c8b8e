package io.jbpf.controller;

import io.jbpf.controller.node.NodePreparation;
import io.jbpf.controller.node.NodeUninstall;
import io.jbpf.controller.node.NodeUnusableException;
import io.jbpf.controller.settings.InvalidSettingException;
import io.jbpf.controller.settings.NodeSettings;
import java.io.PrintStream;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What the executable does on a node instead of running a controller. */
enum NodeCommand {
    PREPARE_NODE(
            "prepare-node",
            "makes the directory BPFFS_ROOT in a bpffs ready for user " + NodePreparation.AGENT + ", as root"),
    UNINSTALL("uninstall", "takes away all that is ours on this node, when no controller runs on it any more");

    static final String USAGE = """
            usage: jbpf-controller [COMMAND]

            Without a command it runs the controller until SIGTERM or SIGINT.

            """
            + Stream.of(values())
                    .map(command -> String.format("  %-14s %s%n", command.word, command.meaning))
                    .reduce("", String::concat)
            + """

            Everything else is set by environment variables: see docs/reference.md.
            Exit status: 0 done, 1 it could not be done, 2 wrong arguments or environment.
            """;

    private final String word;
    private final String meaning;

    NodeCommand(String word, String meaning) {
        this.word = word;
        this.meaning = meaning;
    }

    static Optional<NodeCommand> of(String word) {
        return Stream.of(values()).filter(command -> command.word.equals(word)).findFirst();
    }

    /** Answers the exit status. */
    int run(Map<String, String> environment, PrintStream complaints) {
        NodeSettings settings;
        try {
            settings = NodeSettings.from(environment);
        } catch (InvalidSettingException e) {
            complaints.println("jbpf-controller " + word + ": " + e.getMessage());
            return Main.USAGE;
        }
        Logging.configure(settings.logLevel(), settings.logFormat());
        try {
            act(settings);
            return 0;
        } catch (NodeUnusableException e) {
            complaints.println("jbpf-controller " + word + ": " + e.getMessage());
            return Main.FAILED;
        }
    }

    private void act(NodeSettings settings) {
        switch (this) {
            case PREPARE_NODE -> new NodePreparation(settings.bpffsRoot()).prepare();
            case UNINSTALL ->
                new NodeUninstall(settings.bpffsRoot(), settings.procRoot(), settings.netnsRoot()).uninstall();
        }
    }
}
