package io.jbpf.controller.election;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.jbpf.controller.embedded.EmbeddedKubernetes;
import io.jbpf.controller.health.Loops;
import io.jbpf.controller.kubernetes.FreezableProxy;
import io.jbpf.controller.kubernetes.TestKubernetes;
import io.jbpf.controller.settings.ElectionSettings;
import io.jbpf.testkit.ConcurrentTest;
import io.jbpf.testkit.OpenResources;
import io.jbpf.testkit.Waits;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Scanner;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Elections over an API server on HTTP. Short periods: what must never happen does not depend on them. */
class LeaseElectorTest {
    /** The one that deploy/rbac.yaml allows. */
    private static final String LOCK = "podconfigmap-controller";

    /** What a child says that it was told; between such lines there are those of its log. */
    private static final Pattern TOLD = Pattern.compile("began|ended|other \\S+");

    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final Duration DEADLINE = Duration.ofSeconds(2);
    private static final Duration RETRY = Duration.ofMillis(400);

    private final OpenResources open = new OpenResources();
    private final List<HeldIntervals> sides = new CopyOnWriteArrayList<>();
    private TestKubernetes kubernetes;
    private Config config;
    private String namespace;

    @TempDir
    private Path directory;

    private KubernetesClient client;

    /** The API that all of this runs against. */
    TestKubernetes startKubernetes() {
        return EmbeddedKubernetes.start();
    }

    /** Where in it the Lease of this one test is; whoever is allowed it in {@code default} is so there. */
    String namespace(TestKubernetes running) {
        return "default";
    }

    @BeforeEach
    void start() {
        kubernetes = open.add(startKubernetes());
        client = open.add(kubernetes.client());
        namespace = namespace(kubernetes);
        config = open.add(kubernetes.controllerClient()).getConfiguration();
    }

    /** Whatever a test is about: at no moment do two lead. */
    @AfterEach
    void closeAllAndCompare() throws Exception {
        open.close();
        List<HeldIntervals.Interval> all = new ArrayList<>();
        sides.forEach(side -> all.addAll(side.all()));
        assertThat(HeldIntervals.overlaps(all)).as("times at which two led").isEmpty();
    }

    /** A candidate in this process that is looked at all the time. */
    private final class Candidate implements AutoCloseable, ElectionListener {
        private final LeaseElector elector;
        private final List<String> told = new CopyOnWriteArrayList<>();
        private final HeldIntervals intervals;
        private final Thread looking;
        private volatile boolean closed;

        private Candidate(String identity, String url, Clock clock) {
            intervals = new HeldIntervals(identity + "#" + sides.size());
            sides.add(intervals);
            elector = new LeaseElector(
                    settings(identity),
                    new KubernetesLease(
                            new ConfigBuilder(config).withMasterUrl(url).build(), namespace, LOCK, RETRY),
                    clock,
                    System::nanoTime,
                    new Loops(System::nanoTime).loop("election"),
                    this);
            looking = new Thread(
                    () -> {
                        while (!closed) {
                            intervals.look(elector::terms, elector::isHeld);
                            LockSupport.parkNanos(500_000);
                        }
                    },
                    "looking");
            looking.setDaemon(true);
            looking.start();
            elector.start();
        }

        private boolean leads() {
            return elector.isHeld();
        }

        @Override
        public void began() {
            told.add("began");
        }

        @Override
        public void ended(String why) {
            told.add("ended");
        }

        @Override
        public void otherLeads(String identity) {
            told.add("other " + identity);
        }

        @Override
        public void close() {
            elector.close();
            closed = true;
            joined(looking);
        }
    }

    private static void joined(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private ElectionSettings settings(String identity) {
        return new ElectionSettings(namespace, LOCK, identity, LEASE, DEADLINE, RETRY);
    }

    private Candidate candidate(String identity) {
        return candidate(identity, config.getMasterUrl(), Duration.ZERO);
    }

    private Candidate candidate(String identity, String url, Duration clockOff) {
        return open.add(new Candidate(identity, url, Clock.offset(Clock.systemUTC(), clockOff)));
    }

    private Candidate leader(String identity) {
        Candidate leader = candidate(identity);
        Waits.until(leader::leads);
        return leader;
    }

    private Lease lease() {
        return Optional.ofNullable(
                        client.leases().inNamespace(namespace).withName(LOCK).get())
                .orElseThrow();
    }

    private void print(String what, long since) {
        System.out.printf("election: %s: %d ms%n", what, (System.nanoTime() - since) / 1_000_000);
    }

    @ConcurrentTest
    void oneOfThreeLeadsAndTheOthersAreToldWho() {
        Candidate one = candidate("node-1/a");
        Candidate two = candidate("node-2/b");
        Candidate three = candidate("node-3/c");
        List<Candidate> all = List.of(one, two, three);

        Waits.until(() -> all.stream().anyMatch(Candidate::leads));
        String holder = lease().getSpec().getHolderIdentity();

        assertThat(holder).isIn("node-1/a", "node-2/b", "node-3/c");
        Waits.until(() -> all.stream()
                .allMatch(candidate -> candidate.told.contains("began") || candidate.told.contains("other " + holder)));
    }

    @ConcurrentTest
    void theLeaseSaysWhatTheConventionWants() {
        Candidate leader = leader("node-1/a");

        Lease lease = lease();
        assertThat(lease.getSpec().getHolderIdentity()).isEqualTo("node-1/a");
        assertThat(lease.getSpec().getLeaseDurationSeconds()).isEqualTo(3);
        assertThat(lease.getSpec().getLeaseTransitions()).isZero();
        assertThat(lease.getSpec().getAcquireTime()).isNotNull();
        Waits.until(
                () -> lease().getSpec().getRenewTime().isAfter(lease.getSpec().getRenewTime()));
        assertThat(lease().getSpec().getAcquireTime()).isEqualTo(lease.getSpec().getAcquireTime());
        awaitTold(leader, "began");
    }

    @ConcurrentTest
    void whatOthersWriteBesideTheElectionStays() {
        Candidate unused = leader("node-1/a");
        Lease edited = client.leases().inNamespace(namespace).withName(LOCK).edit(lease -> new LeaseBuilder(lease)
                .editMetadata()
                .addToLabels("team", "a")
                .addToAnnotations("said", "so")
                .endMetadata()
                .build());

        Waits.until(
                () -> lease().getSpec().getRenewTime().isAfter(edited.getSpec().getRenewTime()));
        assertThat(lease().getMetadata().getLabels()).containsEntry("team", "a");
        assertThat(lease().getMetadata().getAnnotations()).containsEntry("said", "so");
        // The embedded server keeps none.
        assertThat(lease().getMetadata().getManagedFields())
                .hasSizeGreaterThanOrEqualTo(
                        edited.getMetadata().getManagedFields().size());
    }

    @ConcurrentTest
    void givesTheLeaseUpSoThatAnotherTakesOverAtOnce() {
        Candidate first = leader("node-1/a");
        Candidate second = candidate("node-2/b");
        Waits.until(() -> second.told.contains("other node-1/a"));

        long since = System.nanoTime();
        first.close();
        assertThat(first.leads()).isFalse();
        Waits.until(second::leads);
        print("take-over after the leader gave up", since);
        Waits.until(() -> first.told.contains("ended"));

        assertThat(System.nanoTime() - since).isLessThan(LEASE.toNanos());
        assertThat(lease().getSpec().getHolderIdentity()).isEqualTo("node-2/b");
        assertThat(lease().getSpec().getLeaseTransitions()).isEqualTo(1);
        awaitTold(first, "began", "ended");
    }

    @ConcurrentTest
    void leavesTheLeaseEmptyWhenNobodyIsThereToTakeIt() {
        Candidate only = leader("node-1/a");

        only.close();

        assertThat(lease().getSpec().getHolderIdentity()).isEmpty();
        assertThat(lease().getSpec().getLeaseDurationSeconds()).isEqualTo(1);
    }

    @ConcurrentTest
    void aFrozenPathEndsTheTermAtTheDeadlineAndAnotherTakesOver() {
        FreezableProxy path = open.add(new FreezableProxy(URI.create(config.getMasterUrl())));
        Candidate first = candidate("node-1/a", path.url(), Duration.ZERO);
        Waits.until(first::leads);
        Candidate second = candidate("node-2/b");
        Waits.until(() -> second.told.contains("other node-1/a"));

        long since = System.nanoTime();
        path.freeze();
        Waits.until(() -> !first.leads());
        assertThat(System.nanoTime() - since).isLessThan(DEADLINE.plusSeconds(1).toNanos());
        Waits.until(second::leads);
        print("take-over after the leader's path froze", since);

        Waits.until(() -> first.told.contains("ended"));
        path.thaw();
        Waits.until(() -> first.told.contains("other node-2/b"));
        assertThat(second.leads()).isTrue();
        awaitTold(first, "began", "ended", "other node-2/b");
    }

    /** Who leads does so a moment before it is told. */
    private static void awaitTold(Candidate candidate, String... events) {
        Waits.until(() -> candidate.told.equals(List.of(events)));
    }

    @ConcurrentTest
    void aServerThatIsDeadForLongIsTriedAgainWithoutPilingUpConnections() {
        FreezableProxy path = open.add(new FreezableProxy(URI.create(config.getMasterUrl())));
        Candidate only = candidate("node-1/a", path.url(), Duration.ZERO);
        Waits.until(only::leads);

        path.freeze();
        Waits.until(() -> only.told.contains("ended"));
        long frozen = System.nanoTime();
        Waits.until(() -> System.nanoTime() - frozen > 12 * RETRY.toNanos());
        int connections = path.clients();
        path.thaw();

        Waits.until(only::leads);
        awaitTold(only, "began", "ended", "began");
        assertThat(lease().getSpec().getLeaseTransitions()).isZero();
        assertThat(connections).isLessThan(4);
    }

    @ConcurrentTest
    void clocksThatAreOffChangeNothing() {
        Candidate ahead = candidate("node-1/a", config.getMasterUrl(), Duration.ofSeconds(30));
        Waits.until(ahead::leads);
        Candidate behind = candidate("node-2/b", config.getMasterUrl(), Duration.ofSeconds(-30));
        Candidate far = candidate("node-3/c", config.getMasterUrl(), Duration.ofDays(3650));
        Waits.until(() -> behind.told.contains("other node-1/a") && far.told.contains("other node-1/a"));

        long since = System.nanoTime();
        Waits.until(() -> System.nanoTime() - since > LEASE.toNanos() + RETRY.toNanos());

        assertThat(behind.told).doesNotContain("began");
        assertThat(far.told).doesNotContain("began");
        assertThat(ahead.leads()).isTrue();
    }

    @ConcurrentTest
    void aDeadLeaderIsFollowedAlthoughItsClockWasAhead() {
        FreezableProxy path = open.add(new FreezableProxy(URI.create(config.getMasterUrl())));
        Candidate ahead = candidate("node-1/a", path.url(), Duration.ofHours(1));
        Waits.until(ahead::leads);
        Candidate second = candidate("node-2/b");
        Waits.until(() -> second.told.contains("other node-1/a"));

        path.freeze();

        Waits.until(second::leads);
    }

    @ConcurrentTest
    void aDeletedLeaseIsMadeAgainByTheLeaderAlone() {
        Candidate first = leader("node-1/a");
        Candidate second = candidate("node-2/b");
        Waits.until(() -> second.told.contains("other node-1/a"));
        String uid = lease().getMetadata().getUid();

        client.leases().inNamespace(namespace).withName(LOCK).delete();

        Waits.until(() -> Optional.ofNullable(
                        client.leases().inNamespace(namespace).withName(LOCK).get())
                .filter(lease -> !lease.getMetadata().getUid().equals(uid))
                .isPresent());
        assertThat(lease().getSpec().getHolderIdentity()).isEqualTo("node-1/a");
        awaitTold(first, "began");
        assertThat(second.told).doesNotContain("began");
    }

    @ConcurrentTest
    void aLeaseDeletedUnderAFrozenLeaderIsNotTakenBeforeItsTimeIsOver() {
        FreezableProxy path = open.add(new FreezableProxy(URI.create(config.getMasterUrl())));
        Candidate first = candidate("node-1/a", path.url(), Duration.ZERO);
        Waits.until(first::leads);

        path.freeze();
        client.leases().inNamespace(namespace).withName(LOCK).delete();
        Candidate fresh = candidate("node-2/b");

        Waits.until(fresh::leads);
        assertThat(first.leads()).isFalse();
    }

    @ConcurrentTest
    void anEditThatLeavesTheHolderIsWrittenOver() {
        Candidate leader = leader("node-1/a");
        edit(lease -> new LeaseBuilder(lease)
                .editMetadata()
                .addToLabels("theirs", "kept")
                .endMetadata()
                .editSpec()
                .withLeaseDurationSeconds(9999)
                .endSpec()
                .build());

        Waits.until(() -> lease().getSpec().getLeaseDurationSeconds() == 3);
        assertThat(lease().getMetadata().getLabels()).containsEntry("theirs", "kept");
        awaitTold(leader, "began");
    }

    @ConcurrentTest
    void anEditThatNamesAnotherEndsTheTerm() {
        Candidate leader = leader("node-1/a");

        edit(lease -> new LeaseBuilder(lease)
                .editSpec()
                .withHolderIdentity("node-9/z")
                .endSpec()
                .build());

        Waits.until(() -> leader.told.contains("ended"));
        // Nobody of that name renews it.
        Waits.until(leader::leads);
        awaitTold(leader, "began", "ended", "other node-9/z", "began");
        assertThat(lease().getSpec().getLeaseTransitions()).isEqualTo(1);
    }

    @ConcurrentTest
    void aLeaseOfNonsenseIsTakenLikeAnyOther() {
        client.leases()
                .inNamespace(namespace)
                .resource(new LeaseBuilder()
                        .withNewMetadata()
                        .withName(LOCK)
                        .endMetadata()
                        .build())
                .create();

        leader("node-1/a");

        assertThat(lease().getSpec().getHolderIdentity()).isEqualTo("node-1/a");
    }

    @ConcurrentTest
    void twoProcessesOfOneNameAreTwo() {
        Candidate first = leader("node-1/a");
        Candidate twin = candidate("node-1/a");

        long since = System.nanoTime();
        Waits.until(() -> System.nanoTime() - since > LEASE.toNanos() + RETRY.toNanos());

        assertThat(first.leads()).isTrue();
        assertThat(twin.told).isEmpty();
    }

    /** Again, if it was renewed between reading and writing it. */
    private void edit(UnaryOperator<Lease> change) {
        Waits.until(() -> {
            try {
                client.leases().inNamespace(namespace).withName(LOCK).edit(change);
                return true;
            } catch (KubernetesClientException e) {
                if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                    throw e;
                }
                return false;
            }
        });
    }

    @ConcurrentTest
    void aStoppedLeaderHasEndedBeforeItActsAgain() throws Exception {
        ChildElector child = open.add(new ChildElector("node-1/a"));
        Waits.until(() -> child.lines().contains("began"));
        Candidate second = candidate("node-2/b");
        Waits.until(() -> second.told.contains("other node-1/a"));

        long since = System.nanoTime();
        child.signal("STOP");
        Waits.until(second::leads);
        print("take-over after the leader was stopped", since);
        Waits.until(() -> System.nanoTime() - since > 2 * LEASE.toNanos());
        child.signal("CONT");

        Waits.until(() -> child.lines().contains("other node-2/b"));
        assertThat(child.lines()).containsExactly("began", "ended", "other node-2/b");
        assertThat(second.leads()).isTrue();
    }

    @ConcurrentTest
    void aKilledLeaderIsFollowedAndATerminatedOneAtOnce() throws Exception {
        ChildElector killed = open.add(new ChildElector("node-1/a"));
        Waits.until(() -> killed.lines().contains("began"));
        ChildElector next = open.add(new ChildElector("node-2/b"));
        Waits.until(() -> next.lines().contains("other node-1/a"));

        long killedAt = System.nanoTime();
        killed.signal("KILL");
        Waits.until(() -> next.lines().contains("began"));
        print("take-over after kill -9", killedAt);

        Candidate last = candidate("node-3/c");
        Waits.until(() -> last.told.contains("other node-2/b"));
        long terminated = System.nanoTime();
        next.signal("TERM");
        Waits.until(last::leads);
        print("take-over after SIGTERM", terminated);
        assertThat(System.nanoTime() - terminated).isLessThan(LEASE.toNanos());
        assertThat(lease().getSpec().getLeaseTransitions()).isEqualTo(2);
    }

    /** A candidate in a process of its own. */
    private final class ChildElector implements AutoCloseable {
        private final Process process;
        private final Thread reading;
        private final List<String> lines = new CopyOnWriteArrayList<>();

        private ChildElector(String identity) throws IOException {
            HeldIntervals intervals = new HeldIntervals(identity);
            sides.add(intervals);
            process = new ProcessBuilder(
                            System.getProperty("java.home") + "/bin/java",
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-cp",
                            System.getProperty("java.class.path"),
                            ElectorMain.class.getName(),
                            kubernetes
                                    .writeKubeconfig(directory.resolve("kubeconfig"))
                                    .toString(),
                            namespace,
                            identity,
                            Long.toString(LEASE.toMillis()),
                            Long.toString(DEADLINE.toMillis()),
                            Long.toString(RETRY.toMillis()))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            reading = new Thread(() -> read(intervals), "reading");
            reading.setDaemon(true);
            reading.start();
        }

        private void read(HeldIntervals intervals) {
            try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    if (line.startsWith("held ")) {
                        Scanner words = new Scanner(line.substring("held ".length()));
                        intervals.saw(words.nextInt(), words.nextLong(), words.nextLong());
                    } else if (TOLD.matcher(line).matches()) {
                        lines.add(line);
                    }
                }
            } catch (IOException e) {
                // It was killed in the middle of a line.
            }
        }

        private List<String> lines() {
            return lines;
        }

        private void signal(String name) throws IOException, InterruptedException {
            assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                            .start()
                            .waitFor())
                    .isZero();
        }

        @Override
        public void close() {
            process.destroyForcibly();
            // It reads until the process has ended.
            joined(reading);
        }
    }
}
