package io.jbpf.controller.settings;

import io.jbpf.controller.text.GoDuration;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Environment variables by type. An unset variable and an empty one are the same: both mean the default. */
final class Environment {
    private static final Pattern ADDRESS = Pattern.compile("(?:\\[([0-9A-Fa-f:.]+)\\]|([A-Za-z0-9.-]*)):([0-9]{1,5})");
    private static final int HIGHEST_PORT = 65_535;

    private final Map<String, String> variables;

    Environment(Map<String, String> variables) {
        this.variables = Map.copyOf(variables);
    }

    Optional<String> text(String variable) {
        return Optional.ofNullable(variables.get(variable)).map(String::strip).filter(text -> !text.isEmpty());
    }

    Duration duration(String variable, Duration otherwise, Duration least) {
        Optional<String> text = text(variable);
        if (text.isEmpty()) {
            return otherwise;
        }
        Duration duration;
        try {
            duration = GoDuration.parse(text.get());
        } catch (IllegalArgumentException e) {
            throw new InvalidSettingException(variable, variable + ": " + e.getMessage() + ".");
        }
        if (duration.compareTo(least) < 0) {
            throw new InvalidSettingException(
                    variable,
                    variable + ": \"" + text.get() + "\" is too short; the least is " + least.toMillis() + "ms.");
        }
        return duration;
    }

    boolean flag(String variable, boolean otherwise) {
        Optional<String> text = text(variable);
        if (text.isEmpty()) {
            return otherwise;
        }
        return switch (text.get().toLowerCase(Locale.ROOT)) {
            case "true", "1", "yes" -> true;
            case "false", "0", "no" -> false;
            default ->
                throw new InvalidSettingException(
                        variable, variable + ": \"" + text.get() + "\" is neither true nor false.");
        };
    }

    <E extends Enum<E>> E choice(String variable, Class<E> type, E otherwise) {
        Optional<String> text = text(variable);
        if (text.isEmpty()) {
            return otherwise;
        }
        StringBuilder names = new StringBuilder();
        for (E constant : type.getEnumConstants()) {
            if (constant.name().equalsIgnoreCase(text.get())) {
                return constant;
            }
            names.append(names.isEmpty() ? "" : ", ").append(constant.name().toLowerCase(Locale.ROOT));
        }
        throw new InvalidSettingException(variable, variable + ": \"" + text.get() + "\" is none of " + names + ".");
    }

    /** {@code :8080} means every address of the machine, as Go reads it. */
    InetSocketAddress address(String variable, InetSocketAddress otherwise) {
        Optional<String> text = text(variable);
        if (text.isEmpty()) {
            return otherwise;
        }
        Matcher matcher = ADDRESS.matcher(text.get());
        if (!matcher.matches() || Integer.parseInt(matcher.group(3)) > HIGHEST_PORT) {
            throw new InvalidSettingException(
                    variable,
                    variable + ": \"" + text.get()
                            + "\" is not an address; write [host]:port with a port from 0 to 65535, such as :8080.");
        }
        int port = Integer.parseInt(matcher.group(3));
        String host = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
        if (host == null || host.isEmpty()) {
            return new InetSocketAddress(port);
        }
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new InvalidSettingException(
                    variable, variable + ": the host of \"" + text.get() + "\" cannot be resolved.");
        }
        return address;
    }
}
