package io.jbpf.cli.inspect;

import io.jbpf.cli.output.Table;
import io.jbpf.inspect.Holders;
import io.jbpf.inspect.Holders.Holder;
import io.jbpf.inspect.ObjectKind;
import io.jbpf.inspect.Pins;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who keeps objects alive, as far as that was asked for.
 *
 * @param pins the pins, if they were
 * @param holders the processes, if they were
 */
record Keepers(Optional<Pins> pins, Optional<Holders> holders) {
    /**
     * A process that has a descriptor of an object; the names are bpftool's.
     *
     * @param pid the process
     * @param comm its name
     */
    record HoldingProcess(long pid, String comm) {
        static HoldingProcess of(Holder holder) {
            return new HoldingProcess(holder.pid(), holder.command());
        }
    }

    /** {@return where it is pinned; null if nobody asked} */
    @Nullable
    List<String> pinned(ObjectKind kind, int id) {
        return pins.map(found ->
                        found.of(kind, id).stream().map(Object::toString).toList())
                .orElse(null);
    }

    /** {@return which processes hold it; null if nobody asked} */
    @Nullable
    List<HoldingProcess> pids(ObjectKind kind, int id) {
        return holders.map(found ->
                        found.of(kind, id).stream().map(HoldingProcess::of).toList())
                .orElse(null);
    }

    /** {@return a table with these columns and those that were asked for} */
    Table table(String... headings) {
        List<String> all = new ArrayList<>(Arrays.asList(headings));
        pins.ifPresent(any -> all.add("PINNED"));
        holders.ifPresent(any -> all.add("HOLDERS"));
        return Table.of(all.toArray(String[]::new));
    }

    /** Adds a row to such a table. */
    void row(Table table, ObjectKind kind, int id, Object... cells) {
        List<Object> all = new ArrayList<>(Arrays.asList(cells));
        all.addAll(cells(kind, id));
        table.row(all.toArray());
    }

    private List<String> cells(ObjectKind kind, int id) {
        List<String> cells = new ArrayList<>();
        List<String> pinned = pinned(kind, id);
        if (pinned != null) {
            cells.add(String.join(",", pinned));
        }
        List<HoldingProcess> processes = pids(kind, id);
        if (processes != null) {
            cells.add(words(processes));
        }
        return cells;
    }

    static String words(List<HoldingProcess> processes) {
        return processes.stream()
                .map(process -> process.comm() + "(" + process.pid() + ")")
                .collect(Collectors.joining(","));
    }
}
