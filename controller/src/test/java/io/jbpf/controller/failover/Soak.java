package io.jbpf.controller.failover;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.jbpf.controller.demo.Deadline;
import io.jbpf.controller.demo.Scrape;
import io.jbpf.inspect.ObjectKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Pods and configs that come, go and change for a while on a node whose API server is restarted twice and whose controller is
 * ended five times. What must hold always is looked at all the time, and in the end all that is in the kernel, pinned, in the
 * API and on the page of metrics is compared with what the last state calls for. Ends with status 1 where it differs.
 */
public final class Soak {
    private static final Pattern POD = Pattern.compile("pod_name=\"([^\"]*)\"");
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int KILLS = 5;
    private static final int ORDERLY = 2;
    private static final int RESTARTS = 2;
    private static final int STEPS_A_SECOND = 6;
    private static final int SHOWN = 40;
    private static final String FLOWS = "MAP jbpf_fw_table";
    private static final long WARM_NANOS = TimeUnit.SECONDS.toNanos(20);

    /** The heap is limited, so what grows without bound is outside it. */
    private static final double GROWTH = 1.5;

    private final SoakOptions options;
    private final Path directory;
    private final Random random;
    private final SoakModel model = new SoakModel();
    private final List<String> broken = new CopyOnWriteArrayList<>();
    private final Map<NodeObjects.Id, String> seen = new ConcurrentHashMap<>();
    private final Counters counters = new Counters(this::mayBeginAnew);
    private final SoakCluster cluster;
    private final Churn churn;
    private final PodTraffic traffic;
    private volatile Optional<Size> warmedUp = Optional.empty();
    private volatile boolean over;

    /** What a controller took once it had been at work for a while. */
    private record Size(ReplicaProcess of, long residentKib, Map<String, Integer> descriptors) {}

    private Soak(SoakOptions options, Path directory) throws IOException {
        this.options = options;
        this.directory = directory;
        this.random = new Random(options.seed());
        String name = "jbs" + Integer.toString((int) ProcessHandle.current().pid(), Character.MAX_RADIX);
        cluster = SoakCluster.start(options.manifests(), directory, name);
        churn = new Churn(cluster, model, random, name + "-");
        traffic = new PodTraffic(model, cluster::calmSince, this::broken);
    }

    /** Runs all of it. See {@code .ci/soak --help}. */
    public static void main(String[] arguments) throws IOException {
        SoakOptions options = SoakOptions.of(arguments);
        Path directory = Files.createTempDirectory("jbpf-soak-");
        System.out.println(
                "Seed " + options.seed() + ", " + options.seconds() + " s of churn. Logs are in " + directory + ".");
        Soak soak = new Soak(options, directory);
        // Also when it is interrupted.
        Runtime.getRuntime().addShutdownHook(new Thread(soak::close, "end"));
        int status;
        try {
            status = soak.run() ? 0 : 1;
        } catch (IOException | RuntimeException | AssertionError e) {
            e.printStackTrace();
            status = 1;
        }
        System.exit(status);
    }

    private void broken(String what) {
        if (broken.size() < SHOWN) {
            System.out.println("BROKEN: " + what);
        }
        broken.add(what);
    }

    private boolean mayBeginAnew(String series, long readAt) {
        Matcher pod = POD.matcher(series);
        return !pod.find()
                || model.pod(pod.group(1))
                        .map(each -> each.mayBeginAnew(series, readAt))
                        .orElse(true);
    }

    private boolean run() throws IOException {
        ReplicaProcess first = startController();
        if (!Deadline.in(PATIENCE).waitUntil(() -> first.hasTheNodeSince().isPresent())) {
            throw new IllegalStateException("the first controller does not begin; see its log in " + directory);
        }
        churn.begin();
        Thread looking = new Thread(this::look, "look");
        looking.setDaemon(true);
        looking.start();
        traffic.start();
        churnOn();
        System.out.println("What happened: " + churn.done());
        settle();
        end();
        report();
        return broken.isEmpty();
    }

    private ReplicaProcess startController() {
        ReplicaProcess started = cluster.startController();
        counters.add(started);
        return started;
    }

    private void look() {
        long next = 0;
        while (!over) {
            cluster.look();
            ReplicaProcess running = cluster.controller();
            boolean warm = cluster.calmSince()
                    .filter(since -> System.nanoTime() - since > WARM_NANOS)
                    .isPresent();
            if (warm && warmedUp.filter(size -> size.of == running).isEmpty()) {
                warmedUp = Optional.of(new Size(running, running.residentKib(), running.descriptors()));
            }
            if (System.nanoTime() > next) {
                seen.putAll(NodeObjects.pinned(cluster.bpffs()).names());
                next = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(250));
        }
    }

    /** When something is done, in nanoseconds since the begin of the churn, ascending. */
    private Deque<Long> moments(int count, double from, double to) {
        long all = TimeUnit.SECONDS.toNanos(options.seconds());
        return Stream.generate(() -> (long) (all * (from + random.nextDouble() * (to - from))))
                .limit(count)
                .sorted()
                .collect(Collectors.toCollection(ArrayDeque::new));
    }

    private void churnOn() throws IOException {
        Deque<Long> kills = moments(KILLS, 0.05, 0.85);
        // One in each half, so that they are two.
        Deque<Long> restarts = moments(1, 0.1, 0.3);
        restarts.addAll(moments(RESTARTS - 1, 0.5, 0.75));
        List<String> signals = new ArrayList<>();
        for (int i = 0; i < KILLS; i++) {
            signals.add(i < ORDERLY ? "TERM" : "KILL");
        }
        Collections.shuffle(signals, random);
        long begin = System.nanoTime();
        long end = begin + TimeUnit.SECONDS.toNanos(options.seconds());
        long resumeAt = 0;
        while (System.nanoTime() < end) {
            long now = System.nanoTime() - begin;
            if (!kills.isEmpty() && kills.peek() <= now) {
                kills.remove();
                String signal = signals.remove(0);
                tell(now, "the controller gets SIG" + signal + " and is started again");
                ReplicaProcess former = cluster.controller();
                cluster.endController(signal);
                counters.remove(former);
                startController();
            }
            if (resumeAt == 0 && !restarts.isEmpty() && restarts.peek() <= now) {
                restarts.remove();
                int away = 4 + random.nextInt(9);
                if (restarts.size() == RESTARTS - 1) {
                    away = options.outageSeconds().orElse(away);
                }
                tell(now, "the API server ends, for " + away + " s");
                cluster.interruptApiServer();
                resumeAt = System.nanoTime() + TimeUnit.SECONDS.toNanos(away);
            }
            if (resumeAt != 0 && System.nanoTime() > resumeAt) {
                cluster.resumeApiServer();
                resumeAt = 0;
                tell(System.nanoTime() - begin, "the API server is there again");
                churn.tell();
            }
            churn.step(resumeAt == 0);
            LockSupport.parkNanos(random.nextLong(2 * TimeUnit.SECONDS.toNanos(1) / STEPS_A_SECOND));
        }
        if (resumeAt != 0) {
            cluster.resumeApiServer();
            churn.tell();
        }
    }

    private void tell(long now, String what) {
        System.out.printf(
                "%5d s: %s; %d pods, %d configs, %d packets so far%n",
                TimeUnit.NANOSECONDS.toSeconds(now),
                what,
                model.pods().size(),
                model.configs().size(),
                traffic.packets());
    }

    /** Nothing happens any more; all has to be as it should. */
    private void settle() throws IOException {
        // The last traffic is that of settled pods.
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(12));
        if (options.spoil().isPresent()) {
            // What a controller finds when it begins, it may mend.
            Deadline.in(PATIENCE).waitUntil(() -> cluster.calmSince().isPresent());
            options.spoil().ifPresent(this::spoil);
        }
        traffic.stop();
        KernelCheck kernel = new KernelCheck(cluster, model);
        ApiCheck api = new ApiCheck(cluster.admin(), model);
        long begin = System.nanoTime();
        agree("the node", kernel::differences);
        for (SoakPod pod : model.pods()) {
            if (pod.node().isPresent() && !churn.call(pod, 3, 2)) {
                broken("pod " + pod + " is not counted: " + pod.wanted());
            }
        }
        traffic.round();
        agree("the API", api::differences);
        agree("the page of metrics", () -> MetricsCheck.differences(model, page()));
        increments();
        agree("what is left of objects that were seen", this::leftOver);
        System.out.printf(
                "Compared with the last state, %d ms after the churn: %d pods (%d exactly counted, %d exactly filtered), %d configs%n",
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin),
                model.pods().size(),
                model.pods().stream().filter(SoakPod::countsExactly).count(),
                model.pods().stream().filter(SoakPod::filtersExactly).count(),
                model.configs().size());
    }

    private interface Comparison {
        List<String> differences();
    }

    /** Waits until there is no difference, and tells those that are there in the end. */
    private void agree(String what, Comparison comparison) {
        AtomicReference<List<String>> last = new AtomicReference<>(List.of());
        boolean agreed = Deadline.in(broken.isEmpty() ? PATIENCE : Duration.ofSeconds(20))
                .waitUntil(() -> {
                    List<String> differences;
                    try {
                        differences = comparison.differences();
                    } catch (RuntimeException e) {
                        differences = List.of("it cannot be compared: " + e);
                    }
                    last.set(differences);
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
                    return differences.isEmpty();
                });
        if (agreed) {
            System.out.println(what + " is as the last state calls for");
        } else {
            Objects.requireNonNull(last.get()).forEach(difference -> broken(what + ": " + difference));
        }
    }

    private Scrape page() {
        return Scrape.of(cluster.controller().get("/metrics").orElse(""));
    }

    /** The page once two in a row say the same: all has been read. */
    private Scrape restingPage() {
        AtomicReference<Scrape> last = new AtomicReference<>(page());
        boolean rests = Deadline.in(PATIENCE).waitUntil(() -> {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2500));
            Scrape now = page();
            Scrape before = Objects.requireNonNull(last.getAndSet(now));
            return now.lines("podconfigmap_controller_ebpf").equals(before.lines("podconfigmap_controller_ebpf"));
        });
        if (!rests) {
            broken("counters go on though nothing happens any more");
        }
        return Objects.requireNonNull(last.get());
    }

    /** From now on each packet and each call is counted as what it is. */
    private void increments() throws IOException {
        Scrape before = restingPage();
        int rounds = 5;
        Map<Map<String, String>, Double> packets = new HashMap<>();
        Map<Map<String, String>, Double> calls = new HashMap<>();
        for (int i = 0; i < rounds; i++) {
            traffic.round();
        }
        for (SoakPod pod : model.pods()) {
            if (pod.node().isEmpty()) {
                continue;
            }
            Wanted wanted = pod.wanted();
            CallingProgram.Calls made = pod.called();
            churn.call(pod, 7, 5);
            if (!wanted.exported()) {
                continue;
            }
            if (wanted.refused().isPresent()) {
                int all = SoakModel.PORTS.size() * rounds;
                int blocked = wanted.refused().get().size() * rounds;
                packets.put(labels(pod, "stat_type", "blocked"), (double) blocked);
                packets.put(labels(pod, "stat_type", "allowed"), (double) all - blocked);
                packets.put(labels(pod, "stat_type", "udp"), (double) all);
                packets.put(labels(pod, "stat_type", "tcp"), 0.0);
            }
            for (String call : List.of("read", "write", "kill")) {
                if (wanted.counts(call)) {
                    calls.put(
                            labels(pod, "syscall", call), (double) pod.called().of(call) - made.of(call));
                }
            }
        }
        agree("what was counted of the last packets", () -> grown("ebpf_l4_firewall_total", before, packets));
        agree("what was counted of the last calls", () -> grown("ebpf_pod_syscalls_total", before, calls));
    }

    private static Map<String, String> labels(SoakPod pod, String key, String value) {
        return Map.of("namespace", SoakCluster.NAMESPACE, "pod_name", pod.name, key, value);
    }

    private List<String> grown(String metric, Scrape before, Map<Map<String, String>, Double> expected) {
        Map<Map<String, String>, Double> then = before.series("podconfigmap_controller_" + metric);
        Map<String, Double> by = new HashMap<>();
        page().series("podconfigmap_controller_" + metric).forEach((labels, value) -> {
            double more = value - then.getOrDefault(labels, 0.0);
            if (more != 0 || expected.containsKey(labels)) {
                by.put(new TreeMap<>(labels).toString(), more);
            }
        });
        Map<String, Double> wanted = new HashMap<>();
        expected.forEach((labels, value) -> wanted.put(new TreeMap<>(labels).toString(), value));
        return ApiCheck.between("growth of " + metric, wanted, by);
    }

    private List<String> leftOver() {
        NodeObjects now = NodeObjects.of(cluster.bpffs(), cluster.controller().pid());
        List<String> left = new ArrayList<>();
        NodeObjects.inKernel().forEach(id -> {
            if (seen.containsKey(id) && !now.names().containsKey(id)) {
                left.add(id.kind() + " " + id.id() + " " + seen.get(id) + " is in the kernel still");
            }
        });
        return left;
    }

    /** A controller that begins on an empty node with this state comes to the same objects; and without any there are none. */
    private void end() throws IOException {
        NodeObjects soaked =
                NodeObjects.of(cluster.bpffs(), cluster.controller().pid());
        seen.putAll(soaked.names());
        Map<String, Integer> descriptors = cluster.controller().descriptors();
        long resident = cluster.controller().residentKib();
        System.out.println("The last controller: resident " + resident / 1024 + " MiB, descriptors " + descriptors);
        warmedUp.filter(size -> size.of == cluster.controller()).ifPresent(size -> {
            System.out.println("The same when it had warmed up: resident " + size.residentKib / 1024
                    + " MiB, descriptors " + size.descriptors);
            if (resident > GROWTH * size.residentKib) {
                broken("the controller has grown from " + size.residentKib + " KiB to " + resident + " KiB");
            }
        });
        over = true;
        counters.remove(cluster.controller());
        cluster.endController("TERM");
        cluster.uninstall();
        agree("an uninstalled node", () -> NodeObjects.inKernel().stream()
                .filter(seen::containsKey)
                .map(id -> id.kind() + " " + id.id() + " " + seen.get(id) + " is in the kernel still")
                .toList());
        Files.createDirectory(cluster.bpffs());
        // Its counters are not those of the one before.
        cluster.startController();
        agree("the node of a new controller", new KernelCheck(cluster, model)::differences);
        // It has made and so holds all; of what another has made a controller need not hold everything.
        agree("the descriptors of a new controller", () -> descriptors.entrySet().stream()
                .filter(each ->
                        each.getValue() > cluster.controller().descriptors().getOrDefault(each.getKey(), 0))
                .map(each -> "it has fewer than the soaked one had of " + each)
                .toList());
        agree("the objects of a new controller", () -> {
            Map<String, Integer> anew = new TreeMap<>(
                    NodeObjects.of(cluster.bpffs(), cluster.controller().pid()).counts());
            Map<String, Integer> before = new TreeMap<>(soaked.counts());
            // Tables of sockets that were there before the rules: now all were.
            int most = Objects.requireNonNullElse(anew.remove(FLOWS), 0);
            int tables = Objects.requireNonNullElse(before.remove(FLOWS), 0);
            List<String> differences = new ArrayList<>(ApiCheck.between("number of", anew, before));
            if (tables > most) {
                differences.add(FLOWS + " were " + tables + " and should be " + most + " at most");
            }
            return differences;
        });
    }

    private void report() {
        counters.wentBack().forEach(back -> broken("a counter went back: " + back));
        cluster.complaints().forEach(complaint -> broken("the controller complained: " + complaint));
        System.out.println(
                traffic.packets() + " packets sent, " + seen.size() + " kernel objects of ours seen, of them "
                        + seen.keySet().stream()
                                .filter(id -> id.kind() == ObjectKind.PROGRAM)
                                .count() + " programs.");
        System.out.println(broken.isEmpty() ? "All is as the last state calls for." : broken.size() + " differences.");
    }

    /** To see that it would be noticed. */
    private void spoil(String what) {
        System.out.println("Spoiling it: " + what);
        try {
            switch (what) {
                case "pin" ->
                    Files.createDirectories(cluster.bpffs()
                            .resolve("filtered")
                            .resolve(SoakCluster.NAMESPACE)
                            .resolve("ghost")
                            .resolve("0_c1_2"));
                case "configmap" ->
                    cluster.admin()
                            .resource(new ConfigMapBuilder()
                                    .withNewMetadata()
                                    .withNamespace(SoakCluster.NAMESPACE)
                                    .withName("pod-ghost-from-base-cfg")
                                    .endMetadata()
                                    .build())
                            .create();
                case "rule" -> {
                    SoakConfig base = model.config("base").orElseThrow();
                    SoakConfig.Firewall rules = base.firewall().orElseThrow();
                    model.put(new SoakConfig(
                            base.name(),
                            base.labels(),
                            base.requirements(),
                            base.labelsToInclude(),
                            base.annotationsToInclude(),
                            base.syscalls(),
                            Optional.of(new SoakConfig.Firewall(
                                    rules.allowed(), new TreeSet<>(SoakModel.PORTS), rules.defaultAction())),
                            base.export()));
                }
                default -> throw new IllegalStateException(what);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void close() {
        over = true;
        List<AutoCloseable> all = new ArrayList<>(List.of(counters, traffic));
        model.pods().forEach(pod -> all.add(pod::end));
        all.add(cluster);
        for (AutoCloseable each : all) {
            try {
                each.close();
            } catch (Exception e) {
                System.err.println("Something was not taken away: " + e);
            }
        }
    }
}
