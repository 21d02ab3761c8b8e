package io.jbpf.controller.demo;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/** Says of everything that the example asks for whether it came about. */
final class Report {
    private static final List<String> PROGRAMS = List.of("l4_firewall", "syscall_counter");

    private final List<Row> rows;

    /** One thing asked for. */
    record Row(String what, String before, String after, boolean holds) {}

    private Report(List<Row> rows) {
        this.rows = rows;
    }

    /**
     * Compares.
     *
     * @param without the pod before the controller was started
     * @param first the first scrape of the controller, before the traffic
     * @param with the pod under the controller, after the traffic
     */
    static Report of(Look without, PodMetrics first, Look with) {
        PodMetrics last = with.metrics();
        return new Report(List.of(
                new Row(
                        "port " + DemoPod.ALLOWED_PORT + " (allowed) answers",
                        without.allowed().toString(),
                        with.allowed().toString(),
                        without.allowed().ok() && with.allowed().ok()),
                new Row(
                        "port " + DemoPod.BLOCKED_PORT + " (blocked) does not",
                        without.blocked().toString(),
                        with.blocked().toString(),
                        without.blocked().ok() && with.blocked() instanceof Http.Silence),
                counter("system calls counted", first.calls(), last.calls(), PodServerMain.READS),
                counter("packets allowed", first.allowed(), last.allowed(), 1),
                counter("packets blocked", first.blocked(), last.blocked(), 1),
                new Row(
                        "programs attached",
                        "none",
                        last.programs().isEmpty() ? "none" : String.join(", ", last.programs()),
                        last.programs().equals(PROGRAMS)),
                new Row(
                        "ConfigMap of the pod",
                        entries(without.configMap()),
                        entries(with.configMap()),
                        without.configMap().isEmpty() && describesThePod(with.configMap()))));
    }

    private static Row counter(String what, OptionalLong before, OptionalLong after, long by) {
        return new Row(what, number(before), number(after), PodMetrics.rose(before, after, by));
    }

    static String number(OptionalLong number) {
        return number.isEmpty() ? "no series" : String.format(Locale.ROOT, "%,d", number.getAsLong());
    }

    private static String entries(Map<String, String> data) {
        return data.isEmpty() ? "none" : data.size() + " entries";
    }

    private static boolean describesThePod(Map<String, String> data) {
        return data.entrySet()
                .containsAll(Map.of(
                                "podName", DemoCluster.POD,
                                "namespace", DemoCluster.NAMESPACE,
                                "nodeName", DemoCluster.NODE,
                                "phase", "Running",
                                "ebpf_enabled", "true",
                                "ebpf_syscall_monitoring", "true",
                                "ebpf_l4_firewall", "true",
                                "ebpf_l4_firewall_default_action", "allow",
                                "ebpf_metrics_export", "true")
                        .entrySet());
    }

    /** {@return whether everything came about} */
    boolean allHold() {
        return rows.stream().allMatch(Row::holds);
    }

    /** Prints it as a table. */
    void print(PrintStream out) {
        int what = width("", rows.stream().map(Row::what).toList());
        int before = width("before", rows.stream().map(Row::before).toList());
        String format = "  %s  %-" + what + "s  %-" + before + "s  %s%n";
        out.printf(format, " ", "", "before", "after");
        rows.forEach(row -> out.printf(format, row.holds() ? "✓" : "✗", row.what(), row.before(), row.after()));
    }

    /** Prints how many things came about. */
    void printVerdict(PrintStream out) {
        long holding = rows.stream().filter(Row::holds).count();
        out.println(allHold() ? "✓ all " + rows.size() : "✗ " + (rows.size() - holding) + " of " + rows.size());
    }

    private static int width(String title, List<String> texts) {
        return texts.stream().mapToInt(String::length).reduce(title.length(), Math::max);
    }
}
