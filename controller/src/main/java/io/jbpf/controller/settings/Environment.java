package io.jbpf.controller.settings;

import io.jbpf.controller.text.GoDuration;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Environment variables by type. An unset variable and an empty one are the same: both mean the default that
 * {@link Variable} tells.
 */
final class Environment {
    private static final Pattern ADDRESS = Pattern.compile("(?:\\[([0-9A-Fa-f:.]+)\\]|([A-Za-z0-9.-]*)):([0-9]{1,5})");
    private static final int HIGHEST_PORT = 65_535;
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

    /** What Kubernetes takes for an object's name: a DNS subdomain. */
    private static final Pattern NAME =
            Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

    private static final int LONGEST_NAME = 253;

    /** A namespace is a DNS label. */
    private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?");

    private static final int LONGEST_NAMESPACE = 63;

    private final Map<String, String> variables;

    Environment(Map<String, String> variables) {
        this.variables = Map.copyOf(variables);
    }

    /** What was set; empty if nothing was. */
    Optional<String> text(Variable variable) {
        return Optional.ofNullable(variables.get(variable.name()))
                .map(String::strip)
                .filter(text -> !text.isEmpty());
    }

    /** What was set or else holds; the empty text if neither is. */
    String value(Variable variable) {
        return text(variable).or(variable::standard).orElse("");
    }

    /** What to throw about a value. */
    InvalidSettingException wrong(Variable variable, String complaint) {
        return new InvalidSettingException(
                variable.name(), variable + ": \"" + value(variable) + "\" " + complaint + ".");
    }

    /** Refuses a variable that is not set although it is needed. */
    void need(Variable variable, String why) {
        if (text(variable).isEmpty()) {
            throw new InvalidSettingException(variable.name(), variable + " is not set; " + why + ".");
        }
    }

    Duration duration(Variable variable, Duration least) {
        Duration duration;
        try {
            duration = GoDuration.parse(value(variable));
        } catch (IllegalArgumentException e) {
            throw new InvalidSettingException(variable.name(), variable + ": " + e.getMessage() + ".");
        }
        if (duration.compareTo(least) < 0) {
            throw wrong(variable, "is too short; the least is " + least.toMillis() + "ms");
        }
        return duration;
    }

    int number(Variable variable, int least, int most) {
        String text = value(variable);
        int number = NUMBER.matcher(text).matches() ? Integer.parseInt(text) : -1;
        if (number < least || number > most) {
            throw wrong(variable, "is not a whole number from " + least + " to " + most);
        }
        return number;
    }

    boolean flag(Variable variable) {
        return switch (value(variable).toLowerCase(Locale.ROOT)) {
            case "true", "1", "yes" -> true;
            case "false", "0", "no" -> false;
            default -> throw wrong(variable, "is neither true nor false");
        };
    }

    <E extends Enum<E>> E choice(Variable variable, Class<E> type) {
        StringBuilder names = new StringBuilder();
        for (E constant : type.getEnumConstants()) {
            if (constant.name().equalsIgnoreCase(value(variable))) {
                return constant;
            }
            names.append(names.isEmpty() ? "" : ", ").append(constant.name().toLowerCase(Locale.ROOT));
        }
        throw wrong(variable, "is none of " + names);
    }

    String name(Variable variable) {
        String text = value(variable);
        if (text.length() > LONGEST_NAME || !NAME.matcher(text).matches()) {
            throw wrong(
                    variable,
                    "is not the name of an object: at most " + LONGEST_NAME
                            + " lower case letters, digits, dashes and dots, beginning and ending with a letter or digit");
        }
        return text;
    }

    String namespace(Variable variable) {
        String text = value(variable);
        if (text.length() > LONGEST_NAMESPACE || !NAMESPACE.matcher(text).matches()) {
            throw wrong(
                    variable,
                    "is not the name of a namespace: at most " + LONGEST_NAMESPACE
                            + " lower case letters, digits and dashes, beginning and ending with a letter or digit");
        }
        return text;
    }

    /** {@code :8080} means every address of the machine, as Go reads it. */
    InetSocketAddress address(Variable variable) {
        Matcher matcher = ADDRESS.matcher(value(variable));
        if (!matcher.matches() || Integer.parseInt(matcher.group(3)) > HIGHEST_PORT) {
            throw wrong(variable, "is not an address; write [host]:port with a port from 0 to 65535, such as :8080");
        }
        int port = Integer.parseInt(matcher.group(3));
        String host = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
        if (host == null || host.isEmpty()) {
            return new InetSocketAddress(port);
        }
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw wrong(variable, "has a host that cannot be resolved");
        }
        return address;
    }

    Path readable(Variable variable) {
        Path path = path(variable);
        if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
            throw wrong(variable, "is not a file that is there and can be read");
        }
        return path;
    }

    Path directory(Variable variable) {
        Path path = path(variable);
        if (!path.isAbsolute() || !Files.isDirectory(path)) {
            throw wrong(variable, "is not the absolute path of a directory");
        }
        return path;
    }

    /** The path of what need not be there. */
    Path absolute(Variable variable) {
        Path path = path(variable);
        if (!path.isAbsolute()) {
            throw wrong(variable, "is not an absolute path");
        }
        return path;
    }

    private Path path(Variable variable) {
        try {
            return Path.of(value(variable));
        } catch (InvalidPathException e) {
            throw wrong(variable, "is not a path");
        }
    }
}
