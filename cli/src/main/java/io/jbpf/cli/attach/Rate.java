package io.jbpf.cli.attach;

import java.util.Locale;

/** Counts by time, as tables show them. */
final class Rate {
    private Rate() {}

    /** {@return so many a second, with one decimal below ten} */
    static String perSecond(long count, double seconds) {
        double rate = seconds > 0 ? count / seconds : 0;
        return String.format(Locale.ROOT, count == 0 || rate >= 10 ? "%.0f" : "%.1f", rate);
    }
}
