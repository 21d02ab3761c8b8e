package io.jbpf.benchmarks;

import io.jbpf.map.BpfMap;
import io.jbpf.map.BulkReader;
import io.jbpf.map.EntryCursor;
import io.jbpf.map.LongMap;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.DoubleSupplier;

/**
 * Hash maps beside libbpf, in the same run: see {@code src/build/maps.sh}, which starts both and prints the ratios. Prints
 * lines {@code NAME BEST MEDIAN} in nanoseconds an operation or an entry, as its peer does; "drain" is the whole map read
 * by a program in the kernel, which libbpf has no counterpart for.
 */
public final class MapComparison {
    private static final int SMALL = 10_000;
    private static final int OPERATIONS = 100_000;
    private static final int WARM_UP = 20;

    /** {@code BPF_F_ZERO_SEED}: both sides hash alike, so that both have the same chains. */
    private static final int ZERO_SEED = 1 << 6;

    private static long sum;

    private MapComparison() {}

    /** How many rounds, and how many entries the large map has. */
    public static void main(String[] args) {
        int rounds = Integer.parseInt(args[0]);
        int large = Integer.parseInt(args[1]);
        try (BpfMap map = filled(SMALL);
                BulkReader reader = inKernel(map)) {
            LongMap numbers = map.longs();
            report("lookup", rounds, () -> lookups(numbers));
            report("update", rounds, () -> updates(numbers));
            report("delete", rounds, () -> deletes(numbers));
            report("batch-small", rounds, () -> read(map.entries(), SMALL));
            report("drain-small", rounds, () -> {
                long begin = System.nanoTime();
                return read(reader.read(), SMALL, begin);
            });
        }
        try (BpfMap map = filled(large);
                BulkReader reader = inKernel(map)) {
            int wide = Math.min(rounds, 10);
            report("batch-large", wide, () -> read(map.entries(), large));
            report("drain-large", wide, () -> {
                long begin = System.nanoTime();
                return read(reader.read(), large, begin);
            });
        }
        System.err.println("checksum " + sum);
    }

    private static BpfMap filled(int entries) {
        BpfMap map = BpfMap.create(MapSpec.of("jbpf_bench", MapType.HASH, Long.BYTES, Long.BYTES, entries)
                .withFlags(ZERO_SEED));
        LongMap numbers = map.longs();
        for (int i = 0; i < entries; i++) {
            numbers.put(i, i);
        }
        return map;
    }

    private static BulkReader inKernel(BpfMap map) {
        BulkReader reader = BulkReader.of(map);
        if (!reader.isInKernel()) {
            throw new IllegalStateException("this kernel does not take the program that drains");
        }
        return reader;
    }

    private static double lookups(LongMap map) {
        long begin = System.nanoTime();
        for (int i = 0; i < OPERATIONS; i++) {
            long value = map.get(i % SMALL, -1);
            if (value < 0) {
                throw new AssertionError("no key " + i % SMALL);
            }
            sum += value;
        }
        return (double) (System.nanoTime() - begin) / OPERATIONS;
    }

    private static double updates(LongMap map) {
        long begin = System.nanoTime();
        for (int i = 0; i < OPERATIONS; i++) {
            map.put(i % SMALL, i);
        }
        return (double) (System.nanoTime() - begin) / OPERATIONS;
    }

    /** Every key once, and all of them back, which is not timed. */
    private static double deletes(LongMap map) {
        long begin = System.nanoTime();
        for (int i = 0; i < SMALL; i++) {
            if (!map.delete(i)) {
                throw new AssertionError("no key " + i);
            }
        }
        long took = System.nanoTime() - begin;
        for (int i = 0; i < SMALL; i++) {
            map.put(i, i);
        }
        return (double) took / SMALL;
    }

    private static double read(EntryCursor cursor, int entries) {
        return read(cursor, entries, System.nanoTime());
    }

    private static double read(EntryCursor cursor, int entries, long begin) {
        int seen = 0;
        while (cursor.advance()) {
            sum += cursor.keyAsLong() + cursor.valueAsLong();
            seen++;
        }
        if (seen != entries) {
            throw new AssertionError(seen + " entries");
        }
        return (double) (System.nanoTime() - begin) / entries;
    }

    private static void report(String name, int rounds, DoubleSupplier round) {
        for (int i = 0; i < Math.min(rounds, WARM_UP); i++) {
            double unused = round.getAsDouble();
        }
        double[] sorted = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            sorted[i] = round.getAsDouble();
        }
        Arrays.sort(sorted);
        System.out.printf(Locale.ROOT, "%s %.2f %.2f%n", name, sorted[0], sorted[rounds / 2]);
    }
}
