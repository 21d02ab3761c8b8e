package io.jbpf.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads durations the way Go and Kubernetes write them: {@code 500ms}, {@code 1m30s}, {@code 1.5s}. */
public final class DurationConverter implements ITypeConverter<Duration> {
    private static final Pattern PART = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)(ms|s|m|h)");
    private static final Duration SHORTEST = Duration.ofMillis(10);
    private static final Duration LONGEST = Duration.ofDays(1);

    @Override
    public Duration convert(String text) {
        Matcher part = PART.matcher(text);
        double seconds = 0;
        int end = 0;
        while (part.lookingAt()) {
            seconds += Double.parseDouble(part.group(1)) * secondsOf(part.group(2));
            end = part.end();
            part.region(end, text.length());
        }
        if (end == 0 || end < text.length()) {
            throw new TypeConversionException("'" + text + "' is not a duration such as 500ms, 10s or 1m30s");
        }
        Duration duration = Duration.ofNanos(Math.round(seconds * 1e9));
        if (duration.compareTo(SHORTEST) < 0 || duration.compareTo(LONGEST) > 0) {
            throw new TypeConversionException("'" + text + "' is not between 10ms and 24h");
        }
        return duration;
    }

    private static double secondsOf(String unit) {
        return switch (unit) {
            case "ms" -> 0.001;
            case "s" -> 1;
            case "m" -> 60;
            default -> 3600;
        };
    }
}
