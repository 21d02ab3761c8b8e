package io.jbpf.program;

import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What it cost the verifier to accept a program: {@code BPF_LOG_STATS}, Linux 5.2. The kernel tells it as text whose
 * format is nobody's promise, so what is not found there is absent.
 *
 * @param instructions how many instructions it walked, counting each time it came by: at most a million (before Linux
 *     5.2 and for the unprivileged less)
 * @param states how many states it kept to compare with
 * @param peakStates how many of them at the same time
 * @param microseconds how long it took
 */
public record VerifierStatistics(
        OptionalLong instructions, OptionalLong states, OptionalLong peakStates, OptionalLong microseconds) {
    private static final Pattern INSTRUCTIONS = Pattern.compile("\\bprocessed (\\d{1,18}) insns\\b");
    private static final Pattern STATES = Pattern.compile("\\btotal_states (\\d{1,18})\\b");
    private static final Pattern PEAK_STATES = Pattern.compile("\\bpeak_states (\\d{1,18})\\b");
    private static final Pattern MICROSECONDS = Pattern.compile("\\bverification time (\\d{1,15}) usec\\b");

    /** {@return the statistics in a log of the verifier's} */
    static VerifierStatistics in(String log) {
        return new VerifierStatistics(
                number(INSTRUCTIONS, log), number(STATES, log), number(PEAK_STATES, log), number(MICROSECONDS, log));
    }

    private static OptionalLong number(Pattern pattern, String log) {
        Matcher matcher = pattern.matcher(log);
        return matcher.find() ? OptionalLong.of(Long.parseLong(matcher.group(1))) : OptionalLong.empty();
    }
}
