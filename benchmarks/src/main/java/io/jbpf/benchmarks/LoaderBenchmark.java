package io.jbpf.benchmarks;

import io.jbpf.BpfObject;
import io.jbpf.KernelResolution;
import io.jbpf.kernel.FreshKernelBtf;
import io.jbpf.object.ObjectSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/**
 * The loader beside libbpf's, doing the same work in the same run: see {@code src/build/loader.sh}, which starts both and
 * prints the ratios and says what each number has in it. Prints lines {@code NAME BEST_US MEDIAN_US} as its peer does, and
 * two of one number each.
 */
public final class LoaderBenchmark {
    /** Enough for the compiler to have seen it all. */
    private static final int WARM_UP = 300;

    private static final double BYTES_PER_MB = 1e6;

    private LoaderBenchmark() {}

    private interface Work {
        Object run() throws IOException;
    }

    /** The object and how many rounds are measured. */
    public static void main(String[] args) throws IOException {
        Path object = Path.of(args[0]);
        int rounds = Integer.parseInt(args[1]);

        long empty = retained();
        // The first load of a process, with all that is done once: classes, the binding, the kernel's BTF.
        report("first-open-and-load", new double[] {timed(() -> load(object))});
        System.out.printf(Locale.ROOT, "heap-retained-mb %.1f%n", (retained() - empty) / BYTES_PER_MB);
        System.out.printf(
                "core-relocations %d%n",
                KernelResolution.of(ObjectSpec.read(object)).coreRelocations().size());

        measure("kernel-btf-parse", rounds, FreshKernelBtf::read);
        measure("open-and-load-fresh", rounds, () -> {
            FreshKernelBtf.forget();
            return load(object);
        });
        measure("open-and-load", rounds, () -> load(object));
    }

    private static int load(Path object) {
        try (BpfObject loaded = BpfObject.load(ObjectSpec.read(object))) {
            return loaded.programs().size();
        }
    }

    private static long retained() {
        Runtime runtime = Runtime.getRuntime();
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static void measure(String name, int rounds, Work work) throws IOException {
        for (int i = 0; i < WARM_UP; i++) {
            double unused = timed(work);
        }
        double[] microseconds = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            microseconds[i] = timed(work);
        }
        report(name, microseconds);
    }

    private static double timed(Work work) throws IOException {
        long begin = System.nanoTime();
        Object result = work.run();
        long end = System.nanoTime();
        if (result.hashCode() == 42) {
            System.err.println("so that the work is not optimised away");
        }
        return (end - begin) / 1e3;
    }

    private static void report(String name, double[] microseconds) {
        Arrays.sort(microseconds);
        System.out.printf(Locale.ROOT, "%s %.1f %.1f%n", name, microseconds[0], microseconds[microseconds.length / 2]);
    }
}
