package io.jbpf.controller.demo;

import io.jbpf.controller.node.ProgramType;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * What the command line asks for.
 *
 * @param once end after the report
 * @param sabotaged the program to leave out
 * @param verbose show the controller's log, and stack traces of failures
 * @param manifests the directory with {@code crd.yaml} and {@code example.yaml}
 */
record DemoOptions(boolean once, Optional<ProgramType> sabotaged, boolean verbose, Path manifests) {

    /**
     * Reads a command line.
     *
     * @throws IllegalArgumentException if it is wrong; the message says what
     */
    static DemoOptions parse(String... arguments) {
        boolean once = false;
        boolean verbose = false;
        Optional<ProgramType> sabotaged = Optional.empty();
        Path manifests = Path.of("deploy");
        Deque<String> rest = new ArrayDeque<>(List.of(arguments));
        while (!rest.isEmpty()) {
            String argument = rest.pop();
            switch (argument) {
                case "--once" -> once = true;
                case "--verbose" -> verbose = true;
                case "--sabotage" -> sabotaged = Optional.of(program(value(argument, rest)));
                case "--manifests" -> manifests = Path.of(value(argument, rest));
                default -> throw new IllegalArgumentException("unknown argument '" + argument + "'");
            }
        }
        return new DemoOptions(once, sabotaged, verbose, manifests);
    }

    private static String value(String option, Deque<String> rest) {
        if (rest.isEmpty()) {
            throw new IllegalArgumentException(option + " needs a value");
        }
        return rest.pop();
    }

    private static ProgramType program(String word) {
        return switch (word) {
            case "firewall" -> ProgramType.L4_FIREWALL;
            case "counter" -> ProgramType.SYSCALL_COUNTER;
            default ->
                throw new IllegalArgumentException("cannot sabotage '" + word + "', only 'firewall' or 'counter'");
        };
    }
}
