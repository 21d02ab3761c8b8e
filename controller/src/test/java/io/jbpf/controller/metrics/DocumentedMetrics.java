package io.jbpf.controller.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The table of metrics in docs/reference.md. */
public final class DocumentedMetrics {
    private static final Pattern ROW = Pattern.compile("\\| `(podconfigmap_[a-z0-9_]+)` \\| (\\w+) \\| ([^|]*) \\| .*");

    private DocumentedMetrics() {}

    /** A metric's type and the names of its labels. */
    public record Metric(String type, Set<String> labels) {}

    /** The metrics by name. */
    public static Map<String, Metric> read() throws IOException {
        Map<String, Metric> metrics = new TreeMap<>();
        for (String line : Files.readAllLines(Path.of("..", "docs", "reference.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                Set<String> labels = Arrays.stream(row.group(3).split(","))
                        .map(label -> label.strip().replace("`", ""))
                        .filter(label -> !label.equals("none"))
                        .collect(Collectors.toCollection(TreeSet::new));
                metrics.put(row.group(1), new Metric(row.group(2), labels));
            }
        }
        assertThat(metrics).isNotEmpty();
        return metrics;
    }
}
