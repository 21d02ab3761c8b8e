package io.jbpf.controller.failover;

import io.jbpf.controller.demo.ContainerCgroup;
import io.jbpf.controller.deploy.ShippedElection;
import io.jbpf.controller.kubernetes.FreezableProxy;
import io.jbpf.controller.node.CgroupMount;
import io.jbpf.controller.node.CgroupMounts;
import io.jbpf.fs.BpfFs;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Two replicas of scope {@code cluster} on one node, as real processes with the election settings of deploy/cluster.yaml; the
 * first one fails in one way after the other. Prints after what time the second acts, and ends with status 1 if that is too
 * long, if ever both act, if a packet to the blocked port passes, or if a counter goes back.
 */
public final class FailOver implements AutoCloseable {
    private static final Duration STOPPED = Duration.ofSeconds(30);
    private static final Duration AFTERWARDS = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration CLOCK_OFF = Duration.ofSeconds(30);

    private final FailOverCluster cluster;
    private final Path directory;
    private final Map<String, String> election;
    private final ReplicaNode node;
    private final NodePod pod;
    private final Counters counters = new Counters();
    private final List<ReplicaProcess> running = new CopyOnWriteArrayList<>();
    private final List<String> broken = new ArrayList<>();
    private Optional<Traffic> traffic = Optional.empty();
    private int replicas;

    /** One who takes part. */
    private record Replica(String name, ReplicaProcess process) {
        String user() {
            return FailOverCluster.user(name);
        }
    }

    private FailOver(Path manifests, Path directory) throws IOException {
        this.directory = directory;
        this.election = ShippedElection.of(manifests);
        String name =
                "jbpf-fo-" + Integer.toString((int) ProcessHandle.current().pid(), Character.MAX_RADIX);
        node = new ReplicaNode(
                FailOverCluster.NODE,
                FailOverCluster.NAMESPACE,
                BpfFs.mounted().directory().resolve(name),
                unified().resolve(name));
        cluster = FailOverCluster.start(manifests, directory);
        try {
            Files.createDirectory(node.bpffs());
            pod = NodePod.create(ContainerCgroup.create(node.cgroups(), cluster.createPod()), name, FailOver::working);
        } catch (IOException | RuntimeException e) {
            cluster.close();
            Files.deleteIfExists(node.bpffs());
            throw e;
        }
        cluster.turn();
    }

    /** Makes system calls until this JVM has ended. */
    private static Process working() throws IOException {
        return new ProcessBuilder(
                        "sh",
                        "-c",
                        "while kill -0 $0 2>/dev/null; do sleep 0.2; done",
                        Long.toString(ProcessHandle.current().pid()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /**
     * Runs all of it.
     *
     * @param arguments the directory of the manifests
     */
    public static void main(String[] arguments) throws IOException {
        Path directory = Files.createTempDirectory("jbpf-failover-");
        System.out.println("Logs are in " + directory + ".");
        FailOver failOver = new FailOver(Path.of(arguments[0]), directory);
        // Also when it is interrupted.
        Runtime.getRuntime().addShutdownHook(new Thread(failOver::close, "end"));
        int status;
        try {
            status = failOver.run() ? 0 : 1;
        } catch (IOException | RuntimeException | AssertionError e) {
            e.printStackTrace();
            status = 1;
        }
        System.exit(status);
    }

    /** Where a cgroup of one's own can be made. */
    private static Path unified() {
        return CgroupMounts.read(Path.of("/proc/self/mountinfo")).all().stream()
                .filter(mount -> mount.hierarchy() == CgroupMount.Hierarchy.V2)
                .map(CgroupMount::directory)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no cgroup v2 hierarchy is mounted"));
    }

    private boolean run() throws IOException {
        System.out.printf(
                "%-40s %12s %12s %10s%n", "what becomes of the leader", "other writes", "has the node", "promised");
        takeOver("SIGTERM", Duration.ofSeconds(2), Optional.empty(), leader -> leader.process.signal("TERM"));
        takeOver("kill -9", Duration.ofSeconds(10), Optional.empty(), leader -> leader.process.signal("KILL"));
        frozenPath();
        stopped();
        takeOver(
                "kill -9, its clock 30 s ahead",
                Duration.ofSeconds(10),
                Optional.of(CLOCK_OFF),
                leader -> leader.process.signal("KILL"));
        takeOver(
                "kill -9, its clock 30 s behind",
                Duration.ofSeconds(10),
                Optional.of(CLOCK_OFF.negated()),
                leader -> leader.process.signal("KILL"));
        tellOfTheKernel();
        broken.forEach(what -> System.out.println("BROKEN: " + what));
        System.out.println(broken.isEmpty() ? "All promises were kept." : broken.size() + " promises were broken.");
        return broken.isEmpty();
    }

    private void frozenPath() throws IOException {
        try (FreezableProxy path = new FreezableProxy(URI.create(cluster.url()))) {
            takeOver(
                    "its path to the API server is frozen",
                    Duration.ofSeconds(10),
                    path.url(),
                    Optional.empty(),
                    leader -> path.freeze(),
                    leader -> {
                        pass(STOPPED);
                        path.thaw();
                        pass(AFTERWARDS);
                    });
        }
    }

    private void stopped() throws IOException {
        takeOver(
                "SIGSTOP for 30 s",
                Duration.ofSeconds(10),
                cluster.url(),
                Optional.empty(),
                leader -> leader.process.signal("STOP"),
                leader -> {
                    pass(STOPPED);
                    leader.process.signal("CONT");
                    pass(AFTERWARDS);
                });
    }

    private interface Failing {
        void fail(Replica leader);
    }

    private void takeOver(String what, Duration promised, Optional<Duration> clockOff, Failing failing)
            throws IOException {
        takeOver(what, promised, cluster.url(), clockOff, failing, leader -> {});
    }

    private void takeOver(
            String what,
            Duration promised,
            String url,
            Optional<Duration> clockOff,
            Failing failing,
            Failing afterwards)
            throws IOException {
        Instant begin = Instant.now();
        Replica first = replica(url, clockOff);
        Replica second = null;
        try {
            await("the first leads", first, first.process::hasBegunToLead);
            await("the first acts", first, () -> acts(begin)
                    .first(first.user(), begin)
                    .isPresent());
            Replica next = replica(cluster.url(), Optional.empty());
            second = next;
            await("the second is ready", next, () -> next.process.get("/readyz").isPresent());
            if (traffic.isEmpty()) {
                await("the pod is filtered", first, () -> counters.value("stat_type=\"blocked\"")
                        .isPresent());
                traffic = Optional.of(Traffic.start(pod, FailOverCluster.BLOCKED_PORT, FailOverCluster.ALLOWED_PORT));
            }
            if (clockOff.isPresent()) {
                // Whoever compared clocks would take over now.
                pass(Duration.ofSeconds(15));
            }
            Instant failed = Instant.now();
            failing.fail(first);
            await("the second leads", next, next.process::hasBegunToLead);
            await("the second acts", next, () -> acts(begin)
                    .first(next.user(), failed)
                    .isPresent());
            // flock(2) is a stopped process's, too: what it attached stays in force, and nobody changes it before it
            // goes on.
            boolean stopped = first.process.isStopped();
            if (stopped) {
                afterwards.fail(first);
            }
            await("the second has the node", next, () -> next.process
                    .hasTheNodeSince()
                    .isPresent());
            if (!stopped) {
                afterwards.fail(first);
            }
            Duration writes = Duration.between(
                    failed, acts(begin).first(next.user(), failed).orElseThrow());
            Duration node =
                    Duration.between(failed, next.process.hasTheNodeSince().orElseThrow());
            Duration took = stopped || writes.compareTo(node) > 0 ? writes : node;
            boolean kept = took.compareTo(promised) < 0;
            System.out.printf(
                    "%-40s %9d ms %9d ms %7d ms%s%n",
                    what, writes.toMillis(), node.toMillis(), promised.toMillis(), kept ? "" : "  BROKEN");
            if (!kept) {
                broken.add(what + ": the other acted after " + took.toMillis() + " ms");
            }
            acts(begin).overlaps().forEach(overlap -> broken.add(what + ": two acted: " + overlap));
        } finally {
            end(first);
            if (second != null) {
                end(second);
            }
        }
    }

    /** Not a wait for something: what must not happen has that long to happen. */
    private static void pass(Duration duration) {
        long end = System.nanoTime() + duration.toNanos();
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    private Acts acts(Instant since) {
        return Acts.since(cluster.auditLog(), since);
    }

    private void await(String what, Replica replica, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(
                        "not within " + PATIENCE.toSeconds() + " s: " + what + "\n" + replica.process.said());
            }
            LockSupport.parkNanos(20_000_000);
        }
    }

    private Replica replica(String url, Optional<Duration> clockOff) throws IOException {
        String name = "replica-" + ++replicas;
        Map<String, String> environment = node.environment();
        environment.putAll(election);
        environment.put("POD_NAME", name);
        environment.put("KUBECONFIG", cluster.account(name, url).toString());
        ReplicaProcess process = ReplicaProcess.start(environment, clockOff, directory.resolve(name + ".log"));
        counters.add(process);
        running.add(process);
        return new Replica(name, process);
    }

    /** As a kubelet does; without haste only if nobody waits for it. */
    private void end(Replica replica) {
        if (replica.process.isAlive()) {
            replica.process.signal("CONT");
            replica.process.signal("TERM");
            Waits.until(() -> !replica.process.isAlive());
        }
        counters.remove(replica.process);
        running.remove(replica.process);
        replica.process.close();
    }

    private void tellOfTheKernel() {
        Traffic seen = traffic.orElseThrow();
        System.out.printf(
                "%d packets sent to each port: %d passed to the blocked one, %d to the allowed one; counted as blocked: %s%n",
                seen.sent(),
                seen.passedBlocked(),
                seen.passedAllowed(),
                counters.value("stat_type=\"blocked\"").map(String::valueOf).orElse("nothing"));
        if (seen.passedBlocked() > 0) {
            broken.add(seen.passedBlocked() + " packets passed to the blocked port");
        }
        if (seen.passedAllowed() == 0) {
            broken.add("no packet passed to the allowed port, so that nothing is proved");
        }
        counters.wentBack().forEach(broken::add);
    }

    @Override
    public void close() {
        Deque<AutoCloseable> all = new ArrayDeque<>(
                List.of(counters, pod, cluster, () -> node.uninstall(directory.resolve("uninstall.log"))));
        running.forEach(all::addFirst);
        traffic.ifPresent(all::addFirst);
        for (AutoCloseable each : all) {
            try {
                each.close();
            } catch (Exception e) {
                System.err.println("Something was not taken away: " + e);
            }
        }
    }
}
