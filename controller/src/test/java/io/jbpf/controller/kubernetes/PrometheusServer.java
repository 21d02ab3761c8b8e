package io.jbpf.controller.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A real Prometheus on a port of the loopback interface that scrapes one target, twice a second. */
public final class PrometheusServer implements AutoCloseable {
    private final HttpClient http = HttpClient.newHttpClient();
    private final int port;
    private final Daemon daemon;

    private PrometheusServer(int port, Daemon daemon) {
        this.port = port;
        this.daemon = daemon;
    }

    /**
     * Starts it.
     *
     * @param directory where its data go
     * @param target what it scrapes, as deploy/monitoring/servicemonitor.yaml has it scraped
     * @return the server, starting
     */
    public static PrometheusServer start(Path directory, InetSocketAddress target) {
        try {
            Path config = Files.writeString(directory.resolve("prometheus.yml"), """
                            global: {scrape_interval: 500ms}
                            scrape_configs:
                            - job_name: podconfigmap-controller
                              honor_labels: true
                              static_configs: [{targets: ["127.0.0.1:%d"]}]
                            """.formatted(target.getPort()));
            int port = freePort();
            return new PrometheusServer(
                    port,
                    Daemon.start(
                            directory.resolve("prometheus.log"),
                            List.of(
                                    "prometheus",
                                    "--config.file=" + config,
                                    "--storage.tsdb.path=" + directory.resolve("prometheus"),
                                    "--web.listen-address=127.0.0.1:" + port,
                                    "--log.level=warn")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            return socket.getLocalPort();
        }
    }

    /**
     * The series whose names begin with something, as label sets, {@code __name__} among the labels.
     *
     * @param prefix what they begin with
     * @return an array; empty while it does not answer yet
     */
    public JsonNode series(String prefix) {
        return ask("series?match[]=", "{__name__=~\"" + prefix + ".*\"}").path("data");
    }

    /**
     * What is known of metrics: types and help.
     *
     * @return by name of the metric's family; empty while it does not answer yet
     */
    public JsonNode metadata() {
        return ask("metadata", "").path("data");
    }

    private JsonNode ask(String what, String argument) {
        String uri = "http://127.0.0.1:" + port + "/api/v1/"
                + what.replace("[]", "%5B%5D")
                + URLEncoder.encode(argument, StandardCharsets.UTF_8);
        try {
            HttpResponse<String> answer =
                    http.send(HttpRequest.newBuilder(URI.create(uri)).build(), HttpResponse.BodyHandlers.ofString());
            return new ObjectMapper().readTree(answer.body());
        } catch (IOException e) {
            if (!daemon.alive()) {
                throw new AssertionError(daemon.lastWords(), e);
            }
            return new ObjectMapper().createObjectNode();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        daemon.close();
    }
}
