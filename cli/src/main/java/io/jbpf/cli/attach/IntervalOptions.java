package io.jbpf.cli.attach;

import io.jbpf.cli.DurationConverter;
import java.time.Duration;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How often counts are shown, and how long. */
final class IntervalOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--interval",
            paramLabel = "DURATION",
            defaultValue = "1s",
            converter = DurationConverter.class,
            description =
                    "How long to count before each showing, such as 500ms, 10s or 1m30s; default: ${DEFAULT-VALUE}.")
    private Duration interval;

    private long count = Long.MAX_VALUE;

    @Option(
            names = "--count",
            paramLabel = "N",
            description = "End after N intervals. Without it, ctrl-C ends the command.")
    void setCount(long intervals) {
        if (intervals < 1) {
            throw new ParameterException(
                    command.commandLine(), "Invalid value for option '--count': " + intervals + " is less than 1");
        }
        count = intervals;
    }

    Duration interval() {
        return interval;
    }

    long count() {
        return count;
    }
}
