package io.jbpf.controller.demo;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What a scrape of the controller says of the pod.
 *
 * @param calls system calls of the pod's process
 * @param allowed packets let through
 * @param blocked packets dropped
 * @param programs what is attached, by type
 * @param lines the samples as they came
 */
record PodMetrics(
        OptionalLong calls, OptionalLong allowed, OptionalLong blocked, List<String> programs, List<String> lines) {
    private static final String PREFIX = "podconfigmap_controller_ebpf_";

    /** Before anything was scraped. */
    static final PodMetrics NONE =
            new PodMetrics(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), List.of(), List.of());

    /** Reads a scrape for the process with that id. */
    static PodMetrics of(Scrape scrape, long pid) {
        return new PodMetrics(
                scrape.value(PREFIX + "syscall_count_total", labels("pid", Long.toString(pid))),
                scrape.value(PREFIX + "l4_firewall_total", labels("stat_type", "allowed")),
                scrape.value(PREFIX + "l4_firewall_total", labels("stat_type", "blocked")),
                List.of("l4_firewall", "syscall_counter").stream()
                        .filter(type -> scrape.value(PREFIX + "attached_programs", labels("program_type", type))
                                .equals(OptionalLong.of(1)))
                        .toList(),
                scrape.lines(PREFIX));
    }

    private static Map<String, String> labels(String name, String value) {
        return Map.of("namespace", DemoCluster.NAMESPACE, "pod_name", DemoCluster.POD, name, value);
    }

    /** {@return whether all that the traffic between the two scrapes must have raised has risen since then} */
    boolean roseSince(PodMetrics before) {
        return rose(before.calls, calls, PodServerMain.READS)
                && rose(before.allowed, allowed, 1)
                && rose(before.blocked, blocked, 1);
    }

    /** A series begins with the first thing counted: where there was none, nothing had been. */
    static boolean rose(OptionalLong before, OptionalLong after, long by) {
        return after.isPresent() && after.getAsLong() >= before.orElse(0) + by;
    }
}
