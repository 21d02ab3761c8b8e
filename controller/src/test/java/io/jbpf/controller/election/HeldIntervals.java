package io.jbpf.controller.election;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/**
 * When somebody certainly led, seen from his own side: from the first to the last look in one term that found him leading,
 * by the machine's monotonic clock, which all its processes share. A look is a time before and a time after; only what lies
 * between the end of the first and the beginning of the last is certain.
 */
final class HeldIntervals {
    /** One such time. */
    record Interval(String who, long from, long to) {
        boolean overlaps(Interval other) {
            return Math.max(from, other.from) < Math.min(to, other.to);
        }
    }

    private final String who;
    private final List<Interval> intervals = new ArrayList<>();
    private int term = -1;

    HeldIntervals(String who) {
        this.who = who;
    }

    /** Looks once. */
    void look(IntSupplier terms, BooleanSupplier held) {
        int before = terms.getAsInt();
        long from = System.nanoTime();
        boolean isHeld = held.getAsBoolean();
        long to = System.nanoTime();
        if (isHeld && terms.getAsInt() == before) {
            saw(before, from, to);
        }
    }

    /** A look that found him leading. */
    synchronized void saw(int inTerm, long from, long to) {
        if (term == inTerm) {
            Interval last = intervals.remove(intervals.size() - 1);
            intervals.add(new Interval(who, last.from, Math.max(from, last.from)));
        } else {
            intervals.add(new Interval(who, to, to));
            term = inTerm;
        }
    }

    synchronized List<Interval> all() {
        return List.copyOf(intervals);
    }

    /** Those of different sides that overlap. */
    static List<String> overlaps(List<Interval> intervals) {
        List<String> overlaps = new ArrayList<>();
        for (int i = 0; i < intervals.size(); i++) {
            for (int j = i + 1; j < intervals.size(); j++) {
                Interval one = intervals.get(i);
                Interval other = intervals.get(j);
                if (!one.who.equals(other.who) && one.overlaps(other)) {
                    overlaps.add(one + " and " + other);
                }
            }
        }
        return overlaps;
    }
}
