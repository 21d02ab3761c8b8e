package io.jbpf.controller.demo;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.jbpf.controller.Controller;
import io.jbpf.controller.crd.PodConfigMapConfig;
import io.jbpf.controller.node.KernelPrograms;
import io.jbpf.controller.node.NodePreparation;
import io.jbpf.controller.node.NodePrograms;
import io.jbpf.controller.node.NodeUninstall;
import io.jbpf.controller.settings.Settings;
import io.jbpf.fs.BpfFs;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** The course of the demonstration, from nothing to the report. */
final class Demonstration {
    private static final Duration ATTACH = Duration.ofSeconds(20);
    private static final Duration EXPORT = Duration.ofSeconds(5);
    private static final Duration SCRAPE = Duration.ofSeconds(5);
    private static final Duration REFRESH = Duration.ofSeconds(1);
    private static final int REQUESTS = 5;
    private static final int SUFFIX_BOUND = 36 * 36 * 36 * 36 * 36;
    private static final int BASE = 36;

    private final DemoOptions options;
    private final Belongings belongings;
    private final PrintStream out;

    Demonstration(DemoOptions options, Belongings belongings, PrintStream out) {
        this.options = options;
        this.belongings = belongings;
        this.out = out;
    }

    /** The parts, once they run. */
    private record Stage(DemoCluster cluster, DemoPod pod, String config, InetSocketAddress metrics) {
        Look look() {
            return new Look(
                    pod.get(DemoPod.ALLOWED_PORT), pod.get(DemoPod.BLOCKED_PORT), cluster.configMap(config), scrape());
        }

        PodMetrics scrape() {
            return Http.get(metrics, "/metrics", SCRAPE) instanceof Http.Answered answered && answered.ok()
                    ? PodMetrics.of(Scrape.of(answered.body()), pod.pid())
                    : PodMetrics.NONE;
        }
    }

    /** Runs it; answers whether everything came about. */
    boolean run() {
        ControllerLog log = ControllerLog.capture(options.verbose());
        // Up to 15 bytes, for it names an interface too.
        String name = "jbpf-" + Integer.toString(RandomGenerator.getDefault().nextInt(SUFFIX_BOUND), BASE);
        TemporaryDirectory directory =
                belongings.own("temporary directory", () -> TemporaryDirectory.create("jbpf-demo-"));
        Path crd = manifest("crd.yaml");
        PodConfigMapConfig example = DemoCluster.example(manifest("example.yaml"));
        String config = example.getMetadata().getName();

        // What the embedded API's server is built on would make a directory for a cache, and newer JDKs would warn of
        // it.
        System.setProperty("vertx.disableFileCPResolving", "true");
        System.setProperty("io.netty.noUnsafe", "true");
        DemoCluster cluster = belongings.own("embedded Kubernetes API", () -> DemoCluster.start(crd));
        Path kubeconfig = directory.path().resolve("kubeconfig");
        cluster.writeKubeconfig(kubeconfig);
        say("API", cluster.url() + "  KUBECONFIG=" + kubeconfig);

        String uid = cluster.createPod(DemoCluster.selectedLabels(example));
        DemoPod pod = DemoPod.start(belongings, name, uid, directory.path());
        cluster.reportRunning(pod.address());
        say("pod", DemoCluster.POD + "  " + pod.address() + " by " + pod.hostEnd() + ", process " + pod.pid());
        say("cgroup", pod.cgroup().toString());
        Look without = new Look(
                pod.get(DemoPod.ALLOWED_PORT),
                pod.get(DemoPod.BLOCKED_PORT),
                cluster.configMap(config),
                PodMetrics.NONE);

        Controller controller = startController(cluster, pod, kubeconfig);
        cluster.create(example);
        say("config", config + "  (deploy/example.yaml, read every " + DemoCluster.UPDATE_INTERVAL + ")");
        Stage stage = new Stage(cluster, pod, config, controller.metricsAddress());
        say("metrics", "http://127.0.0.1:" + stage.metrics().getPort() + "/metrics");
        awaitAttached(stage, log);

        PodMetrics first = stage.scrape();
        Look with = afterTraffic(stage, first);
        Report report = Report.of(without, first, with);
        out.println();
        report.print(out);
        out.println();
        with.metrics().lines().forEach(line -> out.println("  " + line));
        out.println();
        report.printVerdict(out);
        if (!report.allHold()) {
            log.warnings().forEach(warning -> out.println("the controller said: " + warning));
            return false;
        }
        if (!options.once()) {
            goOn(stage, kubeconfig);
        }
        return true;
    }

    private Path manifest(String name) {
        Path file = options.manifests().resolve(name);
        if (!Files.isReadable(file)) {
            throw new DemoFailure("There is no file " + file + "; it belongs to the project.");
        }
        return file;
    }

    private Controller startController(DemoCluster cluster, DemoPod pod, Path kubeconfig) {
        Path pins = BpfFs.mounted().directory().resolve(pod.hostEnd());
        Settings settings = Settings.from(Map.of(
                "NODE_NAME",
                DemoCluster.NODE,
                "LEADER_ELECTION_ENABLED",
                "false",
                "METRICS_ADDR",
                "127.0.0.1:0",
                // The embedded API's UIDs are not unique: another demonstration's pod may have the same.
                "CGROUP_ROOT",
                pod.cgroupRoot().toString(),
                "BPFFS_ROOT",
                pins.toString(),
                "KUBECONFIG",
                kubeconfig.toString()));
        NodeUninstall uninstall = new NodeUninstall(pins, settings.procRoot(), settings.netnsRoot());
        AutoCloseable unused = belongings.own("directory of pins", () -> {
            new NodePreparation(pins).prepare();
            return uninstall::uninstall;
        });
        NodePrograms programs = belongings.own("controller's programs", () -> {
            NodePrograms real = new KernelPrograms(pins, settings.procRoot(), settings.netnsRoot());
            return options.sabotaged()
                    .<NodePrograms>map(leftOut -> new Sabotage(real, leftOut))
                    .orElse(real);
        });
        KubernetesClient client = belongings.own("controller's client", cluster::client);
        return belongings.own("controller", () -> Controller.start(settings, client, programs));
    }

    private void awaitAttached(Stage stage, ControllerLog log) {
        Optional<Condition> condition = Deadline.in(ATTACH)
                .lookUntil(() -> stage.cluster().ebpfReady(stage.config()), found -> found.filter(
                                ready -> ready.getStatus().equals("True"))
                        .isPresent());
        if (condition.filter(ready -> ready.getStatus().equals("True")).isEmpty()) {
            log.warnings().forEach(warning -> out.println("the controller said: " + warning));
            throw new DemoFailure("The controller attached nothing within " + ATTACH.toSeconds() + " s: "
                    + condition.map(Condition::getMessage).orElse("it set no condition EbpfReady."));
        }
    }

    private static Look afterTraffic(Stage stage, PodMetrics first) {
        Look traffic = stage.look();
        for (int i = 1; i < REQUESTS; i++) {
            Http.Answer unused = stage.pod().get(DemoPod.ALLOWED_PORT);
        }
        stage.pod().work();
        PodMetrics last = Deadline.in(EXPORT).lookUntil(stage::scrape, now -> now.roseSince(first));
        return new Look(traffic.allowed(), traffic.blocked(), stage.cluster().configMap(stage.config()), last);
    }

    private void goOn(Stage stage, Path kubeconfig) {
        out.printf(
                """

                Try, in another terminal:
                  export KUBECONFIG=%s
                  kubectl get pods,configmaps,pcmc
                  kubectl get configmap %s -o yaml
                  kubectl patch pcmc %s --type merge -p '{"spec":{"ebpfConfig":{"l4Firewall":{"blockedPorts":[]}}}}'
                  curl -s http://127.0.0.1:%d/metrics | grep ebpf

                Ctrl-C ends it and takes everything away.

                """,
                kubeconfig,
                DemoCluster.configMapName(stage.config()),
                stage.config(),
                stage.metrics().getPort());
        LiveView view = new LiveView(out);
        boolean watched = true;
        while (watched && !belongings.awaitClosing(REFRESH)) {
            stage.pod().work();
            Look look = stage.look();
            // What is seen while everything is taken away is no news.
            watched = belongings.closing() || view.show(look);
        }
        view.end();
    }

    private void say(String what, String text) {
        out.printf("  %-8s %s%n", what, text);
    }
}
