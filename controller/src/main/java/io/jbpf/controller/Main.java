package io.jbpf.controller;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.jbpf.controller.cluster.ReadFields;
import io.jbpf.controller.node.KernelPrograms;
import io.jbpf.controller.settings.InvalidSettingException;
import io.jbpf.controller.settings.Settings;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The executable: reads the environment and runs a {@link Controller} until it is told to end, or does what else is to be
 * done on a node.
 */
public final class Main {
    static final int FAILED = 1;
    static final int USAGE = 2;

    /** Below the time that a reconciliation may take by default. */
    private static final int REQUEST_TIMEOUT_MILLIS = 10_000;

    /** Within a request, by the client, which heeds Retry-After; whoever made it tries again later. */
    private static final int RETRIES = 2;

    private Main() {}

    /**
     * Runs the controller until SIGTERM or SIGINT. Exit status 0 after that, 1 if it cannot start, 2 if the environment
     * is wrong.
     *
     * @param arguments none; or {@code prepare-node}, {@code uninstall} or {@code --help} alone
     */
    public static void main(String[] arguments) {
        int status = run(arguments, System.getenv(), System.out, System.err);
        if (status != 0) {
            System.exit(status);
        }
    }

    /** Returns at once if it cannot start; else when the JVM is told to end. */
    static int run(String[] arguments, Map<String, String> environment, PrintStream output, PrintStream complaints) {
        if (arguments.length == 1 && (arguments[0].equals("--help") || arguments[0].equals("-h"))) {
            output.print(NodeCommand.USAGE);
            return 0;
        }
        if (arguments.length == 0) {
            return runController(environment, complaints);
        }
        Optional<NodeCommand> command = arguments.length == 1 ? NodeCommand.of(arguments[0]) : Optional.empty();
        if (command.isEmpty()) {
            complaints.println("jbpf-controller: \"" + String.join(" ", arguments) + "\" is no command.");
            complaints.print(NodeCommand.USAGE);
            return USAGE;
        }
        return command.get().run(environment, complaints);
    }

    private static int runController(Map<String, String> environment, PrintStream complaints) {
        Settings settings;
        try {
            settings = Settings.from(environment);
        } catch (InvalidSettingException e) {
            complaints.println("jbpf-controller: " + e.getMessage());
            return USAGE;
        }
        Logging.configure(settings.logLevel(), settings.logFormat());
        Logger log = LoggerFactory.getLogger(Main.class);
        CountDownLatch told = new CountDownLatch(1);
        CountDownLatch finished = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> endInOrder(told, finished), "end"));
        try (KubernetesClient client = client(settings);
                KernelPrograms programs =
                        new KernelPrograms(settings.bpffsRoot(), settings.procRoot(), settings.netnsRoot());
                Controller controller = Controller.start(settings, client, programs)) {
            log.info(
                    "Started in scope {} on node {}; metrics on port {}.",
                    settings.scope().name().toLowerCase(Locale.ROOT),
                    settings.nodeName(),
                    controller.metricsAddress().getPort());
            told.await();
            log.info("Ending: what is attached stays in force.");
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return FAILED;
        } catch (IllegalStateException | UncheckedIOException e) {
            complaints.println("jbpf-controller: " + e.getMessage());
            return FAILED;
        } finally {
            finished.countDown();
        }
    }

    /** The JVM ends when its hooks have; so the hook waits until the work is ended in order. */
    private static void endInOrder(CountDownLatch told, CountDownLatch finished) {
        told.countDown();
        try {
            finished.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static KubernetesClient client(Settings settings) {
        Config config = settings.kubeconfig().map(Main::read).orElseGet(() -> new ConfigBuilder().build());
        return new KubernetesClientBuilder()
                .withKubernetesSerialization(ReadFields.serialization())
                .withConfig(new ConfigBuilder(config)
                        .withRequestTimeout(REQUEST_TIMEOUT_MILLIS)
                        .withRequestRetryBackoffLimit(RETRIES)
                        .build())
                .build();
    }

    private static Config read(Path kubeconfig) {
        try {
            return Config.fromKubeconfig(kubeconfig.toFile());
        } catch (RuntimeException e) {
            // Neither its message nor its cause is told on: a parser quotes what it stumbles over, and there are
            // tokens.
            throw new IllegalStateException("KUBECONFIG: \"" + kubeconfig + "\" is not a kubeconfig file ("
                    + e.getClass().getSimpleName() + ").");
        }
    }
}
