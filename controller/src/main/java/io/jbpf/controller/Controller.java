package io.jbpf.controller;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.jbpf.controller.cluster.ClusterCache;
import io.jbpf.controller.cluster.ConfigBook;
import io.jbpf.controller.cluster.ConfigMapWriter;
import io.jbpf.controller.cluster.StatusWriter;
import io.jbpf.controller.metrics.EbpfMetrics;
import io.jbpf.controller.metrics.MetricsServer;
import io.jbpf.controller.metrics.PodSampler;
import io.jbpf.controller.metrics.ProgramErrors;
import io.jbpf.controller.node.CgroupMount;
import io.jbpf.controller.node.CgroupMounts;
import io.jbpf.controller.node.KernelNamespaces;
import io.jbpf.controller.node.NetworkNamespaces;
import io.jbpf.controller.node.NodePrograms;
import io.jbpf.controller.node.PodCgroups;
import io.jbpf.controller.node.PodDiscovery;
import io.jbpf.controller.node.PodNetworks;
import io.jbpf.controller.reconcile.ConfigReconciler;
import io.jbpf.controller.reconcile.Outcomes;
import io.jbpf.controller.reconcile.PodKernel;
import io.jbpf.controller.reconcile.PodReconciler;
import io.jbpf.controller.reconcile.WorkQueue;
import io.jbpf.controller.reconcile.Workers;
import io.jbpf.controller.rules.ConfigReader;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.settings.Settings;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All parts of the controller, put together and running. Whoever makes one owns the client and the kernel side and closes
 * them after it.
 */
public final class Controller implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Controller.class);
    private static final int POD_WORKERS = 4;
    private static final int CONFIG_WORKERS = 1;

    /** Pods come in crowds; one status for all of a crowd is enough. */
    private static final Duration STATUS_DELAY = Duration.ofMillis(250);

    private static final long SAMPLING_MILLIS = 250;
    private static final long SYNC_POLL_MILLIS = 20;

    private final ClusterCache cache;
    private final ConfigBook book;
    private final WorkQueue<ObjectKey> pods = new WorkQueue<>(System::nanoTime);
    private final WorkQueue<ObjectKey> configs = new WorkQueue<>(System::nanoTime);
    private final Workers<ObjectKey> podWorkers;
    private final Workers<ObjectKey> configWorkers;
    private final PodDiscovery discovery;
    private final PodSampler sampler;
    private final MetricsServer server;
    private final Duration resyncPeriod;
    private final ScheduledExecutorService clock = Executors.newScheduledThreadPool(2, task -> {
        Thread thread = new Thread(task, "clock");
        thread.setDaemon(true);
        return thread;
    });
    private volatile boolean working;

    private Controller(
            Settings settings,
            KubernetesClient client,
            NodePrograms programs,
            List<CgroupMount> cgroups,
            NetworkNamespaces namespaces) {
        resyncPeriod = settings.work().resyncPeriod();
        book = new ConfigBook(new ConfigReader(programs::complaintAbout));
        cache = new ClusterCache(client, book, pods::add, configs::add);

        ProgramErrors errors = new ProgramErrors();
        sampler = new PodSampler(programs, errors, System::nanoTime);
        PrometheusRegistry registry = new PrometheusRegistry();
        registry.register(new EbpfMetrics(sampler, errors));

        Outcomes outcomes = new Outcomes(config -> configs.addAfter(config, STATUS_DELAY));
        discovery = new PodDiscovery(
                new PodCgroups(cgroups),
                new PodNetworks(settings.procRoot(), settings.netnsRoot(), namespaces),
                pod -> pods.add(pod.key()));
        PodKernel kernel = new PodKernel(settings.nodeName(), programs, discovery, sampler, errors);
        podWorkers = new Workers<>(
                "pod", pods, new PodReconciler(cache, book, new ConfigMapWriter(client), kernel, outcomes));
        configWorkers = new Workers<>(
                "config",
                configs,
                new ConfigReconciler(cache, book, outcomes, pods::add, new StatusWriter(client, Clock.systemUTC())));
        server = MetricsServer.start(settings.metricsAddress(), registry, this::unhealthy, this::unready);
    }

    /**
     * Starts a controller. It serves {@code /healthz} at once and begins its work as soon as everything was listed.
     *
     * @param settings what the environment decides
     * @param client how to reach the API server
     * @param programs the kernel of this node
     * @return the controller, starting
     * @throws IllegalStateException if there is no cgroup hierarchy that pods can be in
     */
    public static Controller start(Settings settings, KubernetesClient client, NodePrograms programs) {
        return start(settings, client, programs, new KernelNamespaces());
    }

    /** The same with network namespaces that need not be the kernel's. */
    static Controller start(
            Settings settings, KubernetesClient client, NodePrograms programs, NetworkNamespaces namespaces) {
        CgroupMounts mounts = CgroupMounts.read(settings.procRoot().resolve("self/mountinfo"));
        List<CgroupMount> cgroups = settings.cgroupRoot().map(mounts::below).orElseGet(mounts::all);
        LOG.info("Pods are looked for in {}.", cgroups);
        Controller controller = new Controller(settings, client, programs, cgroups, namespaces);
        controller.run();
        return controller;
    }

    private void run() {
        cache.start();
        every(SYNC_POLL_MILLIS, this::workOnceSynced);
        every(SAMPLING_MILLIS, sampler::sampleDue);
        every(resyncPeriod.toMillis(), this::resync);
    }

    private void every(long millis, Runnable task) {
        // A task that throws would never be run again, and nobody waits for the future that would tell.
        ScheduledFuture<?> unused = clock.scheduleWithFixedDelay(
                () -> {
                    try {
                        task.run();
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
        if (!working && cache.synced()) {
            working = true;
            podWorkers.start(POD_WORKERS);
            configWorkers.start(CONFIG_WORKERS);
            LOG.info(
                    "Everything was listed: {} configs, {} pods.",
                    book.keys().size(),
                    cache.pods().size());
        }
    }

    private void resync() {
        book.keys().forEach(configs::add);
        cache.pods().forEach(pod -> pods.add(ClusterCache.key(pod)));
    }

    private Optional<String> unhealthy() {
        if (working && !(podWorkers.alive() && configWorkers.alive())) {
            return Optional.of("a worker has ended");
        }
        if (!discovery.alive()) {
            return Optional.of("pods are watched no longer");
        }
        return Optional.empty();
    }

    private Optional<String> unready() {
        return working ? Optional.empty() : Optional.of("not everything was listed yet");
    }

    /**
     * Where metrics are served.
     *
     * @return the address, with the port that was chosen
     */
    public InetSocketAddress metricsAddress() {
        return server.address();
    }

    /** Stops the work; what is attached stays attached until the kernel side is closed. */
    @Override
    public void close() {
        server.close();
        clock.shutdownNow();
        podWorkers.close();
        configWorkers.close();
        discovery.close();
        cache.close();
    }
}
