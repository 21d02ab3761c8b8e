package io.jbpf.event;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes events of what is read from trace_pipe. A read has whole lines, and all lines of each event that is in it. */
final class TraceText {
    /** The kernel had no room for what came faster than it was read. */
    private static final Pattern LOST = Pattern.compile("CPU:\\d+ \\[LOST (\\d+) EVENTS]");

    private final Deque<TraceLine> lines = new ArrayDeque<>();
    private long lost;

    /** Takes what a read gave. */
    void add(ByteBuffer read) {
        byte[] bytes = new byte[read.remaining()];
        read.get(bytes);
        @Nullable TraceLine last = null;
        for (String line : new String(bytes, StandardCharsets.UTF_8).split("\n", -1)) {
            Optional<TraceLine> begun = TraceLine.parse(line);
            Matcher losses = LOST.matcher(line);
            if (begun.isPresent()) {
                flush(last);
                last = begun.get();
            } else if (losses.matches()) {
                lost += Long.parseLong(losses.group(1));
            } else if (last != null) {
                last = last.and(line);
            }
        }
        flush(last);
    }

    private void flush(@Nullable TraceLine line) {
        if (line != null) {
            // What the message ends with: each event ends its line, and printk's habit is to do so itself as well.
            String message = line.message().stripTrailing();
            lines.add(new TraceLine(
                    line.task(), line.pid(), line.cpu(), line.flags(), line.time(), line.event(), message));
        }
    }

    /** {@return the next event, which is then no longer here} */
    Optional<TraceLine> poll() {
        return Optional.ofNullable(lines.poll());
    }

    long lost() {
        return lost;
    }
}
