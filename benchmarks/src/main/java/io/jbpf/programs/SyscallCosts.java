package io.jbpf.programs;

import io.jbpf.BpfObject;
import io.jbpf.object.ObjectSpec;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What the counter adds to a system call, beside empty programs and bpftrace, in one run: see {@code
 * src/build/syscalls.sh}, which starts it. The kinds take turns; of each the best turn counts. It stands in this package for
 * the counter by raw tracepoint, which is for old kernels and not for choosing.
 */
public final class SyscallCosts {
    private static final int CALLS = 2000;
    private static final SyscallFilter GETPPID = SyscallFilter.of(List.of("getppid"));
    private static final CounterSizes SIZES = new CounterSizes(1024, 4096, 8192, 16_384);

    private final Path object;
    private final Path root;
    private final int turns;
    private final BufferedReader answers;
    private final PrintStream orders;
    private final Map<String, Double> best = new LinkedHashMap<>();

    /** Something that is in place while calls are measured. */
    private interface InPlace extends AutoCloseable {
        @Override
        void close();
    }

    private SyscallCosts(Path object, Path root, int turns, Process caller) {
        this.object = object;
        this.root = root;
        this.turns = turns;
        this.answers = caller.inputReader(StandardCharsets.UTF_8);
        this.orders = new PrintStream(caller.getOutputStream(), true, StandardCharsets.UTF_8);
    }

    /** The object with empty programs, the program that calls, a cgroup v2 directory to work in, rounds, turns. */
    public static void main(String[] args) throws IOException {
        Path root = Path.of(args[2]);
        Process caller = new ProcessBuilder(args[1]).start();
        boolean held;
        try {
            Files.createDirectory(root);
            Path monitored = Files.createDirectory(root.resolve("monitored"));
            for (int i = 1; i <= 1000; i++) {
                Files.createDirectory(root.resolve("other" + i));
            }
            Files.writeString(monitored.resolve("cgroup.procs"), Long.toString(caller.pid()));
            SyscallCosts costs = new SyscallCosts(Path.of(args[0]), root, Integer.parseInt(args[4]), caller);
            for (int round = Integer.parseInt(args[3]); round > 0; round--) {
                costs.round();
            }
            held = costs.report();
        } finally {
            caller.destroy();
            caller.onExit().join();
            remove(root);
        }
        System.exit(held ? 0 : 1);
    }

    private static void remove(Path root) throws IOException {
        try (Stream<Path> below = Files.list(root)) {
            for (Path directory : below.filter(Files::isDirectory).toList()) {
                Files.delete(directory);
            }
        }
        Files.delete(root);
    }

    private void round() throws IOException {
        measure("nothing", () -> {});
        measure("empty raw_tp", empty("empty_raw"));
        measure("empty tp_btf", empty("empty_btf"));
        measure("raw_tp, not monitored, 1 target", counter(SysEnterHook.RAW_TRACEPOINT, false, 1));
        measure("raw_tp, not monitored, 1000 targets", counter(SysEnterHook.RAW_TRACEPOINT, false, 1000));
        measure("raw_tp, monitored, 1 target", counter(SysEnterHook.RAW_TRACEPOINT, true, 1));
        measure("raw_tp, monitored, 1000 targets", counter(SysEnterHook.RAW_TRACEPOINT, true, 1000));
        measure("tp_btf, not monitored, 1 target", counter(SysEnterHook.BTF_TRACEPOINT, false, 1));
        measure("tp_btf, not monitored, 1000 targets", counter(SysEnterHook.BTF_TRACEPOINT, false, 1000));
        measure("tp_btf, monitored, 1 target", counter(SysEnterHook.BTF_TRACEPOINT, true, 1));
        measure("tp_btf, monitored, 1000 targets", counter(SysEnterHook.BTF_TRACEPOINT, true, 1000));
        bpftrace();
    }

    private InPlace empty(String program) throws IOException {
        ObjectSpec spec = ObjectSpec.read(object);
        for (String other : List.of("empty_raw", "empty_btf")) {
            spec = spec.withProgram(other, any -> any.withAutoload(other.equals(program)));
        }
        BpfObject loaded = BpfObject.load(spec);
        AutoCloseable link = loaded.attach(program);
        return () -> {
            try (loaded) {
                link.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        };
    }

    private InPlace counter(SysEnterHook way, boolean monitored, int targets) {
        SyscallCounter counter = SyscallCounter.open(SIZES, way);
        for (int i = 1; i < targets; i++) {
            counter.watchCgroup(root.resolve("other" + i), GETPPID);
        }
        counter.watchCgroup(root.resolve(monitored ? "monitored" : "other1000"), GETPPID);
        return counter::close;
    }

    /** Whatever is in place is taken away again. */
    private void measure(String what, InPlace inPlace) throws IOException {
        try (inPlace) {
            orders.println(turns + " " + CALLS);
            double cost =
                    Double.parseDouble(Objects.requireNonNull(answers.readLine(), "the calling program has ended"));
            best.merge(what, cost, Math::min);
        }
    }

    /** In the form that every version of it has: raw tracepoints came later. */
    private void bpftrace() throws IOException {
        String script = "tracepoint:raw_syscalls:sys_enter { @[pid] = count(); } BEGIN { printf(\"ready\\n\"); }";
        Process tracer;
        try {
            tracer = new ProcessBuilder("bpftrace", "-e", script)
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            return;
        }
        try (BufferedReader said = tracer.inputReader(StandardCharsets.UTF_8)) {
            List<String> lines = new ArrayList<>();
            for (String line = said.readLine(); line != null; line = said.readLine()) {
                lines.add(line);
                if (line.equals("ready")) {
                    measure("bpftrace tracepoint", () -> {});
                    return;
                }
            }
            System.out.println("bpftrace does not run here: " + String.join(" ", lines));
        } finally {
            tracer.destroyForcibly();
            tracer.onExit().join();
        }
    }

    private double cost(String what) {
        return Objects.requireNonNull(best.get(what), what);
    }

    private boolean report() {
        System.out.printf(Locale.ROOT, "%-38s %8s %8s%n", "a getppid, ns", "best", "added");
        best.forEach((what, cost) ->
                System.out.printf(Locale.ROOT, "%-38s %8.1f %+8.1f%n", what, cost, cost - cost("nothing")));
        boolean held = true;
        held &= promise(
                "not monitored, over the empty tp_btf", over("tp_btf, not monitored, 1 target", "empty tp_btf"), 25);
        held &= promise(
                "not monitored, over the empty raw_tp", over("raw_tp, not monitored, 1 target", "empty raw_tp"), 40);
        held &= promise("monitored, over the empty tp_btf", over("tp_btf, monitored, 1 target", "empty tp_btf"), 140);
        for (String kind :
                List.of("tp_btf, not monitored", "tp_btf, monitored", "raw_tp, not monitored", "raw_tp, monitored")) {
            held &= promise(
                    kind + ": a call with 1000 targets, of one with 1",
                    cost(kind + ", 1000 targets") / cost(kind + ", 1 target"),
                    1.1);
        }
        if (best.containsKey("bpftrace tracepoint")) {
            held &= promise(
                    "monitored, of what bpftrace's tracepoint adds",
                    over("tp_btf, monitored, 1 target", "nothing") / over("bpftrace tracepoint", "nothing"),
                    1);
        } else {
            System.out.println("bpftrace is not there: not compared with it");
        }
        return held;
    }

    private double over(String what, String base) {
        return cost(what) - cost(base);
    }

    private static boolean promise(String what, double value, double limit) {
        boolean held = value <= limit;
        System.out.printf(
                Locale.ROOT, "%-6s %s: %.2f, promised at most %s%n", held ? "holds" : "MISSED", what, value, limit);
        return held;
    }
}
