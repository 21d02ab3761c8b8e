package io.jbpf.controller.scale;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is measured.
 *
 * @param pods how many pods there are
 * @param added how many more come one after the other while nothing else happens
 * @param idleSeconds how long it is looked at doing nothing
 * @param probedSeconds how long it is probed with a fifth of a processor; 0: not at all
 * @param memoryMebibytes what the controller may have
 * @param scope the controller's scope: {@code node} or {@code cluster}
 * @param cgroups in which hierarchy the pods are: {@code v1} or {@code v2}
 * @param launcher what starts the controller
 * @param program what runs the pods' processes
 * @param directory for whatever is made; empty
 * @param deploy where the manifests are
 */
record PodsOptions(
        int pods,
        int added,
        int idleSeconds,
        int probedSeconds,
        int memoryMebibytes,
        String scope,
        String cgroups,
        Path launcher,
        Path program,
        Path directory,
        Path deploy) {
    static PodsOptions of(List<String> arguments) {
        Map<String, String> given = new HashMap<>();
        for (String argument : arguments) {
            String[] halves = argument.split("=", 2);
            if (halves.length != 2) {
                throw new IllegalArgumentException("\"" + argument + "\" is not NAME=VALUE");
            }
            given.put(halves[0], halves[1]);
        }
        return new PodsOptions(
                number(given, "pods"),
                number(given, "added"),
                number(given, "idle"),
                number(given, "probed"),
                number(given, "memory"),
                oneOf(given, "scope", List.of("node", "cluster")),
                oneOf(given, "cgroups", List.of("v1", "v2")),
                Path.of(text(given, "launcher")),
                Path.of(text(given, "program")),
                Path.of(text(given, "directory")),
                Path.of(text(given, "deploy")));
    }

    private static String text(Map<String, String> given, String name) {
        String value = given.get(name);
        if (value == null) {
            throw new IllegalArgumentException(name + "=... is missing");
        }
        return value;
    }

    private static int number(Map<String, String> given, String name) {
        try {
            return Integer.parseUnsignedInt(text(given, name));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + " is not a number: " + text(given, name), e);
        }
    }

    private static String oneOf(Map<String, String> given, String name, List<String> allowed) {
        if (!allowed.contains(text(given, name))) {
            throw new IllegalArgumentException(name + " is not one of " + allowed + ": " + text(given, name));
        }
        return text(given, name);
    }
}
