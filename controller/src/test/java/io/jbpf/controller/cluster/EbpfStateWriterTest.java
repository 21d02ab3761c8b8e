package io.jbpf.controller.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Request by request, since agents may list, watch and patch ConfigMaps and nothing else. */
class EbpfStateWriterTest {
    private static final ConfigMap SEEN = new ConfigMapBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("pod-a-from-b-cfg")
            .withResourceVersion("7")
            .addToAnnotations("other", "stays")
            .endMetadata()
            .addToData("podName", "a")
            .build();

    private final List<String> requests = new CopyOnWriteArrayList<>();
    private volatile int status = 200;
    private HttpServer server;
    private KubernetesClient client;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        client = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder()
                        .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .build();
    }

    @AfterEach
    void stop() {
        client.close();
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("Content-Type") + " " + body);
            byte[] answer = "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {}}"
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(status, answer.length);
            exchange.getResponseBody().write(answer);
        }
    }

    @Test
    void mergesTheOneAnnotationWithoutReadingFirst() {
        new EbpfStateWriter(client).write(SEEN, "attached");

        assertThat(requests).singleElement().asString().satisfies(request -> {
            assertThat(request)
                    .startsWith("PATCH /api/v1/namespaces/default/configmaps/pod-a-from-b-cfg?")
                    .contains("fieldManager=podconfigmap-agent", "application/merge-patch+json")
                    .contains("\"podconfig.example.com/ebpf-state\":\"attached\"")
                    .doesNotContain("podName", "other", "resourceVersion");
        });
    }

    @Test
    void asksNothingWhereItStandsAlready() {
        ConfigMap noted = new ConfigMapBuilder(SEEN)
                .editMetadata()
                .addToAnnotations(PodConfigMap.EBPF_STATE, "attached")
                .endMetadata()
                .build();
        new EbpfStateWriter(client).write(noted, "attached");
        assertThat(requests).isEmpty();
    }

    @Test
    void aConfigMapThatIsGoneNeedsNoNote() {
        status = 404;
        assertThatCode(() -> new EbpfStateWriter(client).write(SEEN, "attached"))
                .doesNotThrowAnyException();
        assertThat(requests).hasSize(1);
    }
}
