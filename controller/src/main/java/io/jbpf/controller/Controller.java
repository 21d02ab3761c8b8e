package io.jbpf.controller;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.jbpf.controller.cluster.ClusterCache;
import io.jbpf.controller.cluster.ConfigBook;
import io.jbpf.controller.cluster.ConfigMapWriter;
import io.jbpf.controller.cluster.EbpfStateWriter;
import io.jbpf.controller.cluster.EventRecorder;
import io.jbpf.controller.cluster.ObservedEvent;
import io.jbpf.controller.cluster.StatusWriter;
import io.jbpf.controller.election.ElectionListener;
import io.jbpf.controller.election.KubernetesLease;
import io.jbpf.controller.election.Leadership;
import io.jbpf.controller.election.LeaseElector;
import io.jbpf.controller.health.Loops;
import io.jbpf.controller.metrics.ConfigMapOperations;
import io.jbpf.controller.metrics.ConfigMetrics;
import io.jbpf.controller.metrics.EbpfMetrics;
import io.jbpf.controller.metrics.MetricsServer;
import io.jbpf.controller.metrics.PodSampler;
import io.jbpf.controller.metrics.PreparedMetrics;
import io.jbpf.controller.metrics.ProgramErrors;
import io.jbpf.controller.metrics.Revision;
import io.jbpf.controller.metrics.WorkMetrics;
import io.jbpf.controller.node.CgroupMount;
import io.jbpf.controller.node.CgroupMounts;
import io.jbpf.controller.node.KernelNamespaces;
import io.jbpf.controller.node.NetworkNamespaces;
import io.jbpf.controller.node.NodePrograms;
import io.jbpf.controller.node.PodCgroups;
import io.jbpf.controller.node.PodDiscovery;
import io.jbpf.controller.node.PodNetworks;
import io.jbpf.controller.reconcile.ConfigReconciler;
import io.jbpf.controller.reconcile.FencedPrograms;
import io.jbpf.controller.reconcile.KernelSide;
import io.jbpf.controller.reconcile.NodeTenure;
import io.jbpf.controller.reconcile.Outcomes;
import io.jbpf.controller.reconcile.PodConfigMaps;
import io.jbpf.controller.reconcile.PodKernel;
import io.jbpf.controller.reconcile.PodReconciler;
import io.jbpf.controller.reconcile.PodRecords;
import io.jbpf.controller.reconcile.PodReports;
import io.jbpf.controller.reconcile.ReportedKernel;
import io.jbpf.controller.reconcile.WorkQueue;
import io.jbpf.controller.reconcile.Workers;
import io.jbpf.controller.rules.ConfigReader;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.settings.ElectionSettings;
import io.jbpf.controller.settings.Scope;
import io.jbpf.controller.settings.Settings;
import io.jbpf.controller.settings.WorkSettings;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All parts of the controller that a scope has, put together and running. Whoever makes one owns the client and the kernel
 * side and closes them after it.
 */
public final class Controller implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Controller.class);

    /** Pods come in crowds; one status for all of a crowd is enough. */
    private static final Duration STATUS_DELAY = Duration.ofMillis(250);

    /** However fast pods come and go, the API server is not told of it more often, config by config. */
    private static final Duration STATUS_INTERVAL = Duration.ofSeconds(10);

    private static final long METRICS_MILLIS = 1000;
    private static final long SYNC_POLL_MILLIS = 20;
    private static final long TIMES_MILLIS = 2000;

    /** What somebody else takes off is noticed within this. */
    private static final long DETACHED_MILLIS = 2000;

    private final Settings settings;
    private final FencedPrograms programs;
    private final Optional<NodeTenure> tenure;
    private final Term term;
    private final Optional<LeaseElector> elector;
    private final Leadership leadership;
    private final ClusterCache cache;
    private final ConfigBook book;
    private final Loops loops = new Loops(System::nanoTime);
    private final WorkQueue<ObjectKey> pods = new WorkQueue<>(System::nanoTime);
    private final WorkQueue<ObjectKey> configs = new WorkQueue<>(System::nanoTime);
    private final Outcomes outcomes;
    private final ConfigReconciler configReconciler;
    private final Workers podWorkers;
    private final Workers configWorkers;
    private final Optional<PodDiscovery> discovery;
    private final PodSampler sampler;
    private final PreparedMetrics metrics;
    private final EventRecorder events;
    private final MetricsServer server;

    // A thread each: of a pool, two wake up for each task, one to do it and one to wait for the next.
    private final ScheduledExecutorService metricsClock = clock("metrics-clock");
    private final ScheduledExecutorService clock = clock("clock");
    private volatile boolean working;
    private volatile @Nullable ScheduledFuture<?> untilSynced;

    /**
     * What tests put others in the place of.
     *
     * @param namespaces the network namespaces of pods
     * @param clock what Lease, conditions and Events are dated by; nothing depends on it
     * @param statusInterval how often a config's status is written at most, in the long run
     */
    record Surroundings(NetworkNamespaces namespaces, Clock clock, Duration statusInterval) {}

    private Controller(
            Settings settings,
            KubernetesClient client,
            NodePrograms unfenced,
            Surroundings surroundings,
            MetricsServer server) {
        this.server = server;
        this.settings = settings;
        Scope scope = settings.scope();
        Revision countedRevision = new Revision();
        PrometheusRegistry registry = new PrometheusRegistry();
        Revision revision = new Revision();
        WorkMetrics work = new WorkMetrics(registry, revision);

        leadership = this::mayAct;
        programs = new FencedPrograms(unfenced, leadership);
        PrometheusRegistry failed = new PrometheusRegistry();
        Revision failedRevision = new Revision();
        ProgramErrors errors = new ProgramErrors(failedRevision);
        sampler = new PodSampler(programs, errors, System::nanoTime, settings.pidSeriesLimit(), countedRevision);
        discovery = scope.hasKernel() ? Optional.of(discovery(surroundings.namespaces)) : Optional.empty();
        tenure = scope.hasKernel()
                ? Optional.of(new NodeTenure(programs, sampler, this::lookAtEverything, loops.loop("node-tenure")))
                : Optional.empty();
        term = new Term(
                settings.nodeName(),
                leadership,
                discovery.flatMap(found -> tenure.map(own -> new Term.Kernel(programs, own, found::forget))),
                this::lookAtEverything);
        elector = settings.election().map(election -> elector(election, client, term, surroundings.clock));
        work.leader(leadership::isHeld);
        ConfigMapOperations operations = new ConfigMapOperations(revision);
        ConfigMetrics configMetrics = new ConfigMetrics(operations, revision, leadership::isHeld);
        events = new EventRecorder(client, leadership, settings.nodeName(), surroundings.clock);

        book = new ConfigBook(new ConfigReader(programs::complaintAbout));
        Optional<String> onlyNode = scope == Scope.NODE ? Optional.of(settings.nodeName()) : Optional.empty();
        cache = new ClusterCache(client, onlyNode, book, pods::add, configs::add);
        outcomes = new Outcomes(config -> configs.addAfter(config, STATUS_DELAY));
        work.podsNotCovered(() -> leadership.isHeld() ? outcomes.notCovered() : 0);
        KernelSide kernel = discovery
                .<KernelSide>map(found -> new PodKernel(settings.nodeName(), programs, found, sampler, errors))
                .orElseGet(() -> new ReportedKernel(cache::configMaps));
        if (scope.hasKernel()) {
            failed.register(errors);
        }
        if (scope.hasApi()) {
            registry.register(configMetrics);
        }
        PodRecords records = scope.hasApi()
                ? new PodConfigMaps(cache, new ConfigMapWriter(client, leadership, operations))
                : new PodReports(cache, new EbpfStateWriter(client));
        // Agents may send none: they note how it stands on the ConfigMaps, and who sees to the API makes events of
        // that.
        Consumer<ObservedEvent> podEvents = scope.hasApi() ? events::record : event -> {};
        podWorkers = new Workers(
                "pod",
                pods,
                new PodReconciler(cache, book, records, kernel, outcomes, podEvents),
                leadership,
                settings.work(),
                work,
                loops);
        configReconciler = new ConfigReconciler(
                cache,
                book,
                outcomes,
                pods::add,
                scope.hasApi()
                        ? Optional.of(new StatusWriter(client, leadership, surroundings.clock))
                        : Optional.empty(),
                surroundings.statusInterval,
                configMetrics,
                events::record);
        configWorkers =
                new Workers("podconfigmapconfig", configs, configReconciler, leadership, settings.work(), work, loops);
        List<PrometheusRegistry> counted = scope.hasKernel() ? EbpfMetrics.of(sampler) : List.of();
        metrics = new PreparedMetrics(
                List.of(
                        new PreparedMetrics.Source(counted, countedRevision, true, sampler::epoch),
                        new PreparedMetrics.Source(failed, failedRevision, true),
                        new PreparedMetrics.Source(registry, revision, false)),
                System::nanoTime);
        server.serve(metrics, this::unhealthy, this::unready);
    }

    private static ScheduledExecutorService clock(String name) {
        return Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    private PodDiscovery discovery(NetworkNamespaces namespaces) {
        CgroupMounts mounts = CgroupMounts.read(settings.procRoot().resolve("self/mountinfo"));
        List<CgroupMount> cgroups = settings.cgroupRoot().map(mounts::below).orElseGet(mounts::all);
        LOG.info("Pods are looked for in {}.", cgroups);
        return new PodDiscovery(
                new PodCgroups(cgroups),
                new PodNetworks(settings.procRoot(), settings.netnsRoot(), namespaces),
                pod -> pods.add(pod.key()));
    }

    /**
     * An agent alone acts while it has the node lock, any other by the Lease. Nobody asks before the election is made: whoever
     * does begins in {@link #run}.
     */
    private boolean mayAct() {
        if (settings.scope() == Scope.NODE) {
            return tenure.map(NodeTenure::mayAct).orElse(false);
        }
        return elector.map(Leadership::isHeld).orElse(true);
    }

    private LeaseElector elector(
            ElectionSettings election, KubernetesClient client, ElectionListener listener, Clock wallClock) {
        return new LeaseElector(
                election,
                new KubernetesLease(
                        client.getConfiguration(),
                        election.lockNamespace(),
                        election.lockName(),
                        election.retryPeriod()),
                wallClock,
                System::nanoTime,
                loops.loop("election"),
                listener);
    }

    /**
     * Starts a controller. It serves {@code /healthz} at once and begins its work as soon as everything was listed and, if
     * there is an election, it leads.
     *
     * @param settings what the environment decides
     * @param client how to reach the API server
     * @param programs the kernel of this node; not touched in scope {@code api}
     * @return the controller, starting
     * @throws IllegalStateException if there is no cgroup hierarchy that pods can be in
     * @throws java.io.UncheckedIOException if metrics cannot be served at their address
     */
    public static Controller start(Settings settings, KubernetesClient client, NodePrograms programs) {
        return start(
                settings,
                client,
                programs,
                new Surroundings(new KernelNamespaces(), Clock.systemUTC(), STATUS_INTERVAL));
    }

    /** The same elsewhere. */
    static Controller start(
            Settings settings, KubernetesClient client, NodePrograms programs, Surroundings surroundings) {
        // First what is most likely to fail, while there is no thread and no connection yet that would be left.
        MetricsServer server = MetricsServer.bind(settings.metricsAddress());
        Controller controller;
        try {
            controller = new Controller(settings, client, programs, surroundings, server);
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
        controller.run();
        return controller;
    }

    private void run() {
        cache.start();
        untilSynced = repeated(clock, SYNC_POLL_MILLIS, "sync", this::workOnceSynced);
        ScheduledFuture<?> unused = repeated(metricsClock, METRICS_MILLIS, "metrics", () -> {
            if (settings.scope().hasKernel()) {
                sampler.sampleDue();
            }
            metrics.refresh();
        });
        if (settings.scope().hasKernel()) {
            every(DETACHED_MILLIS, "detached", () -> programs.detached().forEach(pod -> pods.add(pod.key())));
        }
        every(TIMES_MILLIS, "times", () -> {
            podWorkers.checkTimes();
            configWorkers.checkTimes();
        });
        every(settings.work().resyncPeriod().toMillis(), "resync", this::lookAtEverything);
        tenure.ifPresent(NodeTenure::start);
        elector.ifPresentOrElse(LeaseElector::start, term::alone);
    }

    private void every(long millis, String name, Runnable task) {
        ScheduledFuture<?> unused = repeated(clock, millis, name, task);
    }

    private ScheduledFuture<?> repeated(ScheduledExecutorService on, long millis, String name, Runnable task) {
        Loops.Loop loop = loops.loop(name);
        // A task that throws would never be run again, and whoever waits for the future would wait for ever.
        return on.scheduleWithFixedDelay(
                () -> {
                    try {
                        loop.round(task);
                    } catch (RuntimeException e) {
                        LOG.error("A periodic task failed and will be tried again.", e);
                    }
                },
                millis,
                millis,
                TimeUnit.MILLISECONDS);
    }

    /** Nothing is done, least of all removed, before all configs and pods were listed. */
    private void workOnceSynced() {
        ScheduledFuture<?> polling = untilSynced;
        if (working && polling != null) {
            polling.cancel(false);
        } else if (!working && cache.synced()) {
            working = true;
            podWorkers.start(settings.work().podWorkers());
            configWorkers.start(settings.work().configWorkers());
            LOG.info(
                    "Everything was listed: {} configs, {} pods.",
                    book.keys().size(),
                    cache.pods().size());
        }
    }

    /** What there is, and what there was when something of ours was made for it, or is remembered of an earlier term. */
    private void lookAtEverything() {
        book.keys().forEach(configs::add);
        configReconciler.known().forEach(configs::add);
        Set<ObjectKey> all = new HashSet<>(cache.describedPods());
        all.addAll(outcomes.pods());
        cache.pods().forEach(pod -> all.add(ClusterCache.key(pod)));
        if (settings.scope().hasKernel()) {
            programs.pods().forEach(pod -> all.add(pod.key()));
        }
        all.forEach(pods::add);
    }

    private Optional<String> unhealthy() {
        if (working && !(podWorkers.alive() && configWorkers.alive())) {
            return Optional.of("a worker has ended");
        }
        if (!discovery.map(PodDiscovery::alive).orElse(true)) {
            return Optional.of("pods are watched no longer");
        }
        return loops.stalled(WorkSettings.STALLED);
    }

    /** With or without the Lease: a replica that stands by is ready. One that can never lead is not. */
    private Optional<String> unready() {
        if (!working) {
            return Optional.of("not everything was listed yet");
        }
        Optional<String> kernel = settings.scope().hasKernel() ? programs.unusableBecause() : Optional.empty();
        return kernel.or(() -> elector.flatMap(LeaseElector::refusal));
    }

    /**
     * Where metrics are served.
     *
     * @return the address, with the port that was chosen
     */
    public InetSocketAddress metricsAddress() {
        return server.address();
    }

    /**
     * Whether this process acts.
     *
     * @return whether it leads, or has nobody beside it
     */
    public boolean leads() {
        return leadership.isHeld();
    }

    /** Stops the work, lets go of the node, and then gives the Lease up; what is attached stays in force. */
    @Override
    public void close() {
        server.close();
        metricsClock.shutdownNow();
        clock.shutdownNow();
        podWorkers.close();
        configWorkers.close();
        events.close();
        tenure.ifPresent(NodeTenure::close);
        elector.ifPresent(LeaseElector::close);
        discovery.ifPresent(PodDiscovery::close);
        cache.close();
    }
}
