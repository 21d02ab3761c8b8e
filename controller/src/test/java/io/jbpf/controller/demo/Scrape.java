package io.jbpf.controller.demo;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The samples of one scrape, in Prometheus's text format. */
public final class Scrape {
    private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (\\S+)(?: -?\\d+)?");
    private static final Pattern LABEL = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\.)*)\",?");

    private final List<Sample> samples;

    /** One line. */
    private record Sample(String name, Map<String, String> labels, double value, String line) {}

    private Scrape(List<Sample> samples) {
        this.samples = samples;
    }

    /** Reads a page of metrics. */
    public static Scrape of(String text) {
        List<Sample> samples = new ArrayList<>();
        text.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            Matcher sample = SAMPLE.matcher(line);
            if (sample.matches()) {
                Map<String, String> labels = new HashMap<>();
                Matcher label = LABEL.matcher(sample.group(2) == null ? "" : sample.group(2));
                while (label.find()) {
                    labels.put(label.group(1), label.group(2));
                }
                samples.add(new Sample(sample.group(1), labels, Double.parseDouble(sample.group(3)), line));
            }
        });
        return new Scrape(samples);
    }

    /** {@return the value of the one series of that name which has these labels and no others} */
    OptionalLong value(String name, Map<String, String> labels) {
        return samples.stream()
                .filter(sample -> sample.name().equals(name) && sample.labels().equals(labels))
                .mapToLong(sample -> (long) sample.value())
                .findFirst();
    }

    /** {@return the values of all series of that name by their labels} */
    public Map<Map<String, String>, Double> series(String name) {
        Map<Map<String, String>, Double> series = new HashMap<>();
        for (Sample sample : samples) {
            if (sample.name().equals(name)) {
                series.put(sample.labels(), sample.value());
            }
        }
        return series;
    }

    /** {@return the lines whose names begin so, as they came} */
    public List<String> lines(String prefix) {
        return samples.stream()
                .filter(sample -> sample.name().startsWith(prefix))
                .map(Sample::line)
                .toList();
    }
}
