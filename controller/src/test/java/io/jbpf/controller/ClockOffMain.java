package io.jbpf.controller;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.jbpf.controller.node.KernelNamespaces;
import io.jbpf.controller.node.KernelPrograms;
import io.jbpf.controller.settings.Settings;
import java.time.Clock;
import java.time.Duration;

/** A controller in a process of its own whose wall clock is off, until it is killed. */
public final class ClockOffMain {
    private static final Duration STATUS_INTERVAL = Duration.ofSeconds(10);

    private ClockOffMain() {}

    /** Argument: by how much, as {@code PT30S} or {@code PT-30S}. The environment is the controller's. */
    public static void main(String[] arguments) throws InterruptedException {
        Settings settings = Settings.from(System.getenv());
        Logging.configure(settings.logLevel(), settings.logFormat());
        Clock clock = Clock.offset(Clock.systemUTC(), Duration.parse(arguments[0]));
        Config config =
                Config.fromKubeconfig(settings.kubeconfig().orElseThrow().toFile());
        try (KubernetesClient client =
                        new KubernetesClientBuilder().withConfig(config).build();
                KernelPrograms programs =
                        new KernelPrograms(settings.bpffsRoot(), settings.procRoot(), settings.netnsRoot());
                Controller controller = Controller.start(
                        settings,
                        client,
                        programs,
                        new Controller.Surroundings(new KernelNamespaces(), clock, STATUS_INTERVAL))) {
            System.out.println(
                    "Started; metrics on port " + controller.metricsAddress().getPort() + ".");
            Thread.currentThread().join();
        }
    }
}
