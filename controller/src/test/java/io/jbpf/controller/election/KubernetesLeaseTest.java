package io.jbpf.controller.election;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.jbpf.controller.embedded.EmbeddedKubernetes;
import io.jbpf.controller.kubernetes.FreezableProxy;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KubernetesLeaseTest {
    private static final Duration TIMEOUT = Duration.ofMillis(200);

    private final EmbeddedKubernetes kubernetes = EmbeddedKubernetes.start();
    private FreezableProxy path;
    private KubernetesLease lease;

    @BeforeEach
    void connect() {
        try (KubernetesClient client = kubernetes.client()) {
            path = new FreezableProxy(URI.create(client.getMasterUrl().toString()));
            lease = new KubernetesLease(
                    new ConfigBuilder(client.getConfiguration())
                            .withMasterUrl(path.url())
                            .build(),
                    "default",
                    "lock",
                    TIMEOUT);
        }
    }

    @AfterEach
    void close() {
        lease.close();
        path.close();
        kubernetes.close();
    }

    @Test
    void theFirstCallMayTakeLongerThanAnyAfterAnAnswer() {
        path.freeze();
        CompletableFuture<Void> thawed = CompletableFuture.runAsync(
                path::thaw, CompletableFuture.delayedExecutor(5 * TIMEOUT.toMillis(), TimeUnit.MILLISECONDS));

        assertThat(lease.get()).isEmpty();
        thawed.join();

        path.freeze();
        long begin = System.nanoTime();
        assertThatThrownBy(lease::get).isInstanceOf(KubernetesClientException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isBetween(TIMEOUT, Duration.ofSeconds(5));
    }
}
