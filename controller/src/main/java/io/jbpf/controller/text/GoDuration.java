package io.jbpf.controller.text;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as Go and with it all of Kubernetes writes them: one or more decimal numbers, each with its unit, such as
 * {@code 15s}, {@code 1h30m} or {@code 1.5s}. Units are {@code ns}, {@code us} (or {@code µs}), {@code ms}, {@code s},
 * {@code m} and {@code h}. Negative durations, which nothing here could use, are refused.
 */
public final class GoDuration {
    /** What {@link #parse} accepts apart from a bare {@code 0}, as a pattern that a CRD schema can carry too. */
    public static final String PATTERN = "^([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$";

    private static final Pattern WHOLE = Pattern.compile(PATTERN);
    private static final Pattern PART = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)(ns|us|µs|ms|s|m|h)");
    private static final int LONGEST_TEXT = 64;
    private static final Map<String, BigDecimal> NANOSECONDS = Map.of(
            "ns", BigDecimal.ONE,
            "us", new BigDecimal(1_000L),
            "µs", new BigDecimal(1_000L),
            "ms", new BigDecimal(1_000_000L),
            "s", new BigDecimal(1_000_000_000L),
            "m", new BigDecimal(60_000_000_000L),
            "h", new BigDecimal(3_600_000_000_000L));

    private GoDuration() {}

    /**
     * Reads a duration.
     *
     * @param text such as {@code 30s}; no sign, no spaces
     * @return the duration, to the nanosecond
     * @throws IllegalArgumentException if the text is not such a duration or is longer than 292 years
     */
    public static Duration parse(String text) {
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        if (text.length() > LONGEST_TEXT || !WHOLE.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not a duration: write numbers with units, such as 30s, 10m or 1h30m");
        }
        BigDecimal nanoseconds = BigDecimal.ZERO;
        Matcher part = PART.matcher(text);
        while (part.find()) {
            BigDecimal unit = NANOSECONDS.getOrDefault(part.group(2), BigDecimal.ZERO);
            nanoseconds = nanoseconds.add(new BigDecimal(part.group(1)).multiply(unit));
        }
        try {
            return Duration.ofNanos(
                    nanoseconds.setScale(0, RoundingMode.DOWN).toBigInteger().longValueExact());
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("\"" + text + "\" is longer than any duration may be", e);
        }
    }
}
