package io.jbpf.event;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A line that a program wrote with {@code bpf_printk}, as the kernel's trace buffer has it.
 *
 * @param task the name of the task on whose CPU the program ran; {@code <...>} if the kernel no longer knows it
 * @param pid that task's number, of the thread; in the first PID namespace
 * @param cpu the CPU
 * @param flags what the CPU was in: four or five letters, see {@code Documentation/trace/ftrace.rst}
 * @param time since the machine's start, by the tracer's clock
 * @param event {@code bpf_trace_printk}
 * @param message what was written; may be of several lines
 */
public record TraceLine(String task, int pid, int cpu, String flags, Duration time, String event, String message) {
    // "            bash-1234    [001] d..21   123.456789: bpf_trace_printk: hello", in between perhaps "(1230)", the
    // process
    private static final Pattern LINE = Pattern.compile(
            "\\s*(.+)-(\\d+)\\s+(?:\\([\\s\\d-]+\\)\\s+)?\\[(\\d+)]\\s+(\\S{4,6})\\s+(\\d+)\\.(\\d{6}): (\\w+): ?(.*)");

    /** Reads a line of trace_pipe; nothing if it is not the beginning of an event. */
    static Optional<TraceLine> parse(String line) {
        Matcher found = LINE.matcher(line);
        if (!found.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new TraceLine(
                    found.group(1),
                    Integer.parseInt(found.group(2)),
                    Integer.parseInt(found.group(3)),
                    found.group(4),
                    Duration.ofSeconds(Long.parseLong(found.group(5)), Long.parseLong(found.group(6)) * 1000),
                    found.group(7),
                    found.group(8)));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** The same with another line of its message. */
    TraceLine and(String line) {
        return new TraceLine(task, pid, cpu, flags, time, event, message + "\n" + line);
    }
}
