package io.jbpf.controller.scale;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What was measured, each beside what is promised. */
final class Figures {
    private final PrintStream to;
    private int missed;

    Figures(PrintStream to) {
        this.to = to;
    }

    /** Something that is promised to be less than a limit. */
    void below(String what, double value, double limit, String unit) {
        boolean holds = value < limit;
        missed += holds ? 0 : 1;
        line(what, format(value) + " " + unit, (holds ? "holds" : "MISSED") + ": promised < " + format(limit));
    }

    /** Something that is only told. */
    void told(String what, String value) {
        line(what, value, "");
    }

    private void line(String what, String value, String verdict) {
        to.println(String.format(Locale.ROOT, "%-58s %16s  %s", what, value, verdict)
                .stripTrailing());
        to.flush();
    }

    private static String format(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.2f" : "%.0f", value);
    }

    /** {@return how many promises do not hold} */
    int missed() {
        return missed;
    }

    /** {@return the value that so many hundredths of all are not above; the largest if they are few} */
    static double percentile(List<Double> values, int hundredths) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return sorted[Math.max(0, (int) Math.ceil(sorted.length * hundredths / 100.0) - 1)];
    }
}
