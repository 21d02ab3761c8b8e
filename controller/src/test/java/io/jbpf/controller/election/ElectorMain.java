package io.jbpf.controller.election;

import io.fabric8.kubernetes.client.Config;
import io.jbpf.controller.health.Loops;
import io.jbpf.controller.settings.ElectionSettings;
import java.io.File;
import java.time.Clock;
import java.time.Duration;

/**
 * A candidate in a process of its own, to be stopped and killed. It says in a line each time when it certainly led, and each
 * thing it is told.
 */
final class ElectorMain {
    private ElectorMain() {}

    /** Arguments: KUBECONFIG, namespace, identity, lease duration, renew deadline and retry period in milliseconds. */
    public static void main(String[] arguments) throws Exception {
        ElectionSettings settings = new ElectionSettings(
                arguments[1],
                "podconfigmap-controller",
                arguments[2],
                Duration.ofMillis(Long.parseLong(arguments[3])),
                Duration.ofMillis(Long.parseLong(arguments[4])),
                Duration.ofMillis(Long.parseLong(arguments[5])));
        ElectionListener saying = new ElectionListener() {
            @Override
            public void began() {
                System.out.println("began");
            }

            @Override
            public void ended(String why) {
                System.out.println("ended");
            }

            @Override
            public void otherLeads(String identity) {
                System.out.println("other " + identity);
            }
        };
        LeaseElector elector = new LeaseElector(
                settings,
                new KubernetesLease(
                        Config.fromKubeconfig(new File(arguments[0])),
                        arguments[1],
                        "podconfigmap-controller",
                        settings.retryPeriod()),
                Clock.systemUTC(),
                System::nanoTime,
                new Loops(System::nanoTime).loop("election"),
                saying);
        Runtime.getRuntime().addShutdownHook(new Thread(elector::close));
        elector.start();
        while (true) {
            int term = elector.terms();
            long before = System.nanoTime();
            boolean held = elector.isHeld();
            long after = System.nanoTime();
            if (held && elector.terms() == term) {
                System.out.println("held " + term + " " + before + " " + after);
            }
            Thread.sleep(1);
        }
    }
}
