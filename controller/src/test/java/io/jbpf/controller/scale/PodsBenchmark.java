package io.jbpf.controller.scale;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.jbpf.controller.Controller;
import io.jbpf.controller.deploy.ShippedElection;
import io.jbpf.controller.kubernetes.KubeApiServer;
import io.jbpf.controller.kubernetes.RealKubernetes;
import io.jbpf.controller.node.KernelPrograms;
import io.jbpf.controller.settings.Settings;
import io.jbpf.testkit.TestCgroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Measures the controller with many pods on one node; see benchmarks/src/build/pods.sh. */
public final class PodsBenchmark implements AutoCloseable {
    private static final double PROMISED_MEBIBYTES = 128;
    private static final double MEBIBYTE = 1 << 20;
    private static final double NANOS = 1e9;
    private static final int FIFTH = 200;
    private static final int THREADS = 4;
    private static final int SCRAPES = 200;
    private static final long SCRAPE_PAUSE_MILLIS = 50;

    /** As often as Prometheus does in the manifests, while nothing else happens. */
    private static final long PROMETHEUS_MILLIS = 30_000;

    /** More often than any Prometheus does, so that there are enough to tell the hundredth. */
    private static final long SCRAPED_OFTEN_MILLIS = 2000;

    private final PodsOptions options;
    private final Figures figures = new Figures(System.out);
    private final Deque<AutoCloseable> open = new ConcurrentLinkedDeque<>();
    private final KubeApiServer server;
    private final PodsInApi api;
    private final Map<String, String> election;
    private final SimulatedNode node;
    private final List<PodOnNode> pods = new ArrayList<>();

    private PodsBenchmark(PodsOptions options) throws IOException {
        this.options = options;
        this.election = ShippedElection.of(options.deploy());
        try {
            server = opened(KubeApiServer.start(
                    Files.createDirectory(options.directory().resolve("kubernetes"))));
            KubernetesClient client = opened(server.adminClient());
            opened(RealKubernetes.on(server)).define(options.deploy().resolve("crd.yaml"));
            api = new PodsInApi(client);
            Path cgroups = options.cgroups().equals("v2") ? TestCgroup.root() : LimitedCgroup.own("memory");
            node = opened(new SimulatedNode(
                    cgroups.resolve("jbpf-pods-" + ProcessHandle.current().pid()),
                    Files.createDirectory(options.directory().resolve("netns")),
                    options.program()));
        } catch (IOException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private <T extends AutoCloseable> T opened(T resource) {
        open.push(resource);
        return resource;
    }

    /**
     * Runs it, and ends with exit status 1 if a promise does not hold.
     *
     * @param arguments see {@link PodsOptions}, each {@code NAME=VALUE}
     */
    public static void main(String[] arguments) throws Exception {
        int missed;
        try (PodsBenchmark benchmark = new PodsBenchmark(PodsOptions.of(List.of(arguments)))) {
            // Also when it is told to end.
            Runtime.getRuntime().addShutdownHook(new Thread(benchmark::close));
            missed = benchmark.run();
        }
        System.exit(missed == 0 ? 0 : 1);
    }

    private int run() throws Exception {
        makePods();
        api.createConfig(options.deploy().resolve("example.yaml"));
        if (options.scope().equals("node")) {
            // As the Deployment beside the agents does, which is not what is measured.
            Settings beside = settings("api", freePort());
            opened(Controller.start(
                    beside,
                    opened(server.adminClient()),
                    opened(new KernelPrograms(beside.bpffsRoot(), beside.procRoot(), beside.netnsRoot()))));
            Waiting.until(() -> api.configMaps() == options.pods(), 500);
        }
        try (LimitedController controller = start(0)) {
            attachAll(controller, "all pods attached, from the start of the process", 60);
            scrape(controller);
            changeRules(controller);
            idle(controller);
            addPods(controller);
            memory(controller, "memory");
        }
        if (options.probedSeconds() > 0) {
            uninstall();
            try (LimitedController controller = start(FIFTH)) {
                probed(controller);
                memory(controller, "memory with 0.2 CPU");
            }
        }
        return figures.missed();
    }

    private void makePods() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<PodOnNode>> made = new ArrayList<>();
            for (int i = 0; i < options.pods(); i++) {
                int number = i;
                made.add(threads.submit(() -> makePod("my-app-" + number, number)));
            }
            for (Future<PodOnNode> each : made) {
                pods.add(each.get());
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("a pod could not be made", e.getCause());
        } finally {
            threads.shutdownNow();
        }
        try (Echoes echoes = new Echoes()) {
            Set<InetAddress> all = addresses();
            Waiting.until(() -> echoes.answering(all).equals(all));
        }
    }

    private PodOnNode makePod(String name, int number) throws IOException {
        PodOnNode pod = node.prepare(name, api.create(name), number);
        SimulatedNode.begin(pod);
        api.running(name, pod.address());
        return pod;
    }

    private Set<InetAddress> addresses() {
        return pods.stream().map(PodOnNode::address).collect(Collectors.toSet());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            return socket.getLocalPort();
        }
    }

    private Map<String, String> environment(String scope, int port) {
        Map<String, String> environment = new HashMap<>();
        environment.put("CONTROLLER_SCOPE", scope);
        environment.put("NODE_NAME", PodsInApi.NODE);
        environment.putAll(server.environment());
        environment.put("METRICS_ADDR", "127.0.0.1:" + port);
        environment.put(
                "BPFFS_ROOT", options.directory().resolve("bpf/podconfigmap").toString());
        environment.put("CGROUP_ROOT", node.root().toString());
        environment.put("NETNS_ROOT", node.netns().toString());
        environment.put("POD_NAME", "controller");
        environment.put("POD_NAMESPACE", "default");
        environment.putAll(election);
        return environment;
    }

    private Settings settings(String scope, int port) {
        Map<String, String> environment = environment(scope, port);
        environment.put("LEADER_ELECTION_ENABLED", "false");
        return Settings.from(environment);
    }

    private LimitedController start(int cpuThousandths) throws IOException {
        int port = freePort();
        LimitedCgroup cgroup = LimitedCgroup.create(
                "jbpf-controller-" + ProcessHandle.current().pid(), (long) options.memoryMebibytes() << 20);
        cgroup.limitCpu(cpuThousandths);
        return opened(LimitedController.start(
                options.launcher(),
                environment(options.scope(), port),
                cgroup,
                options.directory().resolve("controller-" + cpuThousandths + ".log"),
                port));
    }

    private void attachAll(LimitedController controller, String what, double limit) throws Exception {
        Set<String> names = pods.stream().map(PodOnNode::name).collect(Collectors.toSet());
        Waiting.until(
                () -> {
                    controller.requireAlive();
                    return controller.saidAttached(0).containsAll(names);
                },
                100);
        double seconds = since(controller.startedAt());
        if (limit > 0) {
            figures.below(what, seconds, limit, "s");
        } else {
            figures.told(what, Math.round(seconds) + " s");
        }
        // What it says is what it exports and what it has told the API.
        Waiting.until(() -> controller.attached() == options.pods(), 500);
        Waiting.until(() -> api.attachedByStatus() == options.pods(), 500);
    }

    /** So that the next one has everything to attach, too. */
    private void uninstall() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(options.launcher().toString(), "uninstall")
                .redirectErrorStream(true)
                .redirectOutput(
                        options.directory().resolve("controller-uninstall.log").toFile());
        builder.environment().putAll(environment(options.scope(), 0));
        long begun = System.nanoTime();
        int status = Waiting.forEnd(builder.start());
        if (status != 0) {
            throw new IllegalStateException("uninstall ended with exit status " + status);
        }
        figures.told("uninstall, all pods", Math.round(since(begun)) + " s");
        // Which goes with all that is ours; on a node, prepare-node makes it.
        Path root = Path.of(environment(options.scope(), 0).get("BPFFS_ROOT"));
        if (!Files.isDirectory(root)) {
            Files.createDirectory(root);
        }
    }

    private static double since(long nanoTime) {
        return (System.nanoTime() - nanoTime) / NANOS;
    }

    private void scrape(LimitedController controller) throws Exception {
        List<Double> times = new ArrayList<>();
        Requests.Answer last = controller.requests().get("/metrics");
        for (int i = 0; i < SCRAPES; i++) {
            last = controller.requests().get("/metrics");
            times.add(last.millis());
            TimeUnit.MILLISECONDS.sleep(SCRAPE_PAUSE_MILLIS);
        }
        figures.told(
                "the page: series, KiB, KiB compressed",
                last.body().lines().filter(line -> !line.startsWith("#")).count() + ", "
                        + last.body().length() / 1024 + ", " + last.bytes() / 1024);
        figures.told("scrape, the half take less than", Math.round(Figures.percentile(times, 50)) + " ms");
        figures.below("scrape, p99", Figures.percentile(times, 99), 150, "ms");
    }

    private void changeRules(LimitedController controller) throws Exception {
        Set<InetAddress> all = addresses();
        try (Echoes echoes = new Echoes()) {
            for (boolean block : new boolean[] {true, false}) {
                Set<InetAddress> left = new HashSet<>(all);
                long begun = System.nanoTime();
                api.block(PodProcesses.ECHO, block);
                Waiting.until(() -> {
                    controller.requireAlive();
                    Set<InetAddress> answering = echoes.answering(left);
                    if (block) {
                        left.retainAll(answering);
                    } else {
                        left.removeAll(answering);
                    }
                    return left.isEmpty();
                });
                figures.below(
                        "a rule change is in force at all pods: a port " + (block ? "closed" : "opened"),
                        since(begun),
                        5,
                        "s");
                if (block && !echoes.answering(all).isEmpty()) {
                    throw new IllegalStateException("a pod answers at a closed port");
                }
            }
        }
    }

    private void idle(LimitedController controller) throws Exception {
        // What a change sets going, such as a resync of what it touched, is over.
        TimeUnit.SECONDS.sleep(15);
        try (Probes probes = new Probes(controller.requests())) {
            probes.start(PROMETHEUS_MILLIS);
            long before = controller.cgroup().cpuNanos();
            long begun = System.nanoTime();
            TimeUnit.SECONDS.sleep(options.idleSeconds());
            double share = (controller.cgroup().cpuNanos() - before) / (double) (System.nanoTime() - begun);
            figures.below("CPU while idle, probed and scraped as in the manifests", 100 * share, 1, "%");
        }
    }

    private void addPods(LimitedController controller) throws Exception {
        List<Double> times = new ArrayList<>();
        for (int i = 0; i < options.added(); i++) {
            String name = "new-" + i;
            PodOnNode pod = node.prepare(name, api.create(name), options.pods() + i);
            // Known to all who watch; a sandbox takes longer to make.
            TimeUnit.MILLISECONDS.sleep(200);
            long log = controller.logLength();
            long begun = System.nanoTime();
            SimulatedNode.begin(pod);
            api.running(name, pod.address());
            Waiting.until(() -> {
                controller.requireAlive();
                return controller.saidAttached(log).contains(name);
            });
            times.add(since(begun));
            api.delete(name);
            node.end(pod);
        }
        if (!times.isEmpty()) {
            figures.told(
                    "attach latency of a new pod, of " + times.size() + " the half",
                    Math.round(1000 * Figures.percentile(times, 50)) + " ms");
            figures.below("attach latency of a new pod, p99", 1000 * Figures.percentile(times, 99), 1000, "ms");
        }
    }

    private void memory(LimitedController controller, String what) throws IOException {
        LimitedCgroup cgroup = controller.cgroup();
        Map<String, Long> kinds = cgroup.memoryByKind();
        figures.below(
                what + " of its cgroup (v1, usage_in_bytes)",
                cgroup.memoryBytes() / MEBIBYTE,
                PROMISED_MEBIBYTES,
                "MiB");
        figures.told(
                what + ": processes, kernel, files; at most",
                Math.round(kinds.getOrDefault("rss", 0L) / MEBIBYTE) + ", "
                        + Math.round(cgroup.kernelBytes() / MEBIBYTE) + ", "
                        + Math.round(kinds.getOrDefault("cache", 0L) / MEBIBYTE) + "; "
                        + Math.round(cgroup.mostMemoryBytes() / MEBIBYTE) + " MiB");
    }

    private void probed(LimitedController controller) throws Exception {
        Waiting.until(
                () -> {
                    controller.requireAlive();
                    return controller.requests().get("/readyz").ok();
                },
                100);
        figures.told("ready with 0.2 CPU after", Math.round(since(controller.startedAt())) + " s");
        try (Probes probes = new Probes(controller.requests())) {
            probes.start(SCRAPED_OFTEN_MILLIS);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(options.probedSeconds());
            attachAll(controller, "all pods attached with 0.2 CPU", 0);
            TimeUnit.NANOSECONDS.sleep(Math.max(0, end - System.nanoTime()));
            List<Double> scrapes = probes.scrapes();
            figures.told(
                    "with 0.2 CPU, of " + scrapes.size() + " scrapes the half; the longest",
                    Math.round(Figures.percentile(scrapes, 50)) + "; " + Math.round(Figures.percentile(scrapes, 100))
                            + " ms");
            figures.below("with 0.2 CPU, scrape, p99", Figures.percentile(scrapes, 99), 800, "ms");
            figures.told(
                    "with 0.2 CPU, of " + probes.probes().size() + " probes the longest",
                    Math.round(Figures.percentile(probes.probes(), 100)) + " ms");
            figures.below("with 0.2 CPU, probes that failed", probes.failures().size(), 1, "");
            probes.failures().stream().limit(5).forEach(failure -> figures.told("  " + failure, ""));
        }
    }

    @Override
    public void close() {
        for (AutoCloseable next = open.poll(); next != null; next = open.poll()) {
            try {
                next.close();
            } catch (Exception e) {
                System.err.println("not taken away in order: " + e);
            }
        }
    }
}
