package io.jbpf.controller.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/**
 * The program that runs in the pod: a web server on each port of its command line. It begins when a line comes in on
 * standard input, so that it can be put into its cgroup first, and ends when standard input does, so that it never
 * outlives the demonstration. {@code /work} makes {@value #READS} calls of read(2).
 */
final class PodServerMain {
    /** How many calls of read(2) a request for {@code /work} makes at least. */
    static final int READS = 1000;

    private static final int OK = 200;
    private static final int THREADS = 4;

    private PodServerMain() {}

    /** Runs it. */
    public static void main(String[] ports) throws IOException {
        if (System.in.read() < 0) {
            return;
        }
        for (String port : ports) {
            HttpServer server = HttpServer.create(new InetSocketAddress(Integer.parseInt(port)), 0);
            server.setExecutor(Executors.newFixedThreadPool(THREADS));
            server.createContext("/", exchange -> answer(exchange, "Hello from the pod's port " + port + "\n"));
            server.createContext("/work", exchange -> answer(exchange, "read " + work() + " bytes\n"));
            server.start();
        }
        while (System.in.read() >= 0) {
            // Nothing more is said; all that matters is the end.
        }
        System.exit(0);
    }

    private static int work() throws IOException {
        int bytes = 0;
        try (InputStream zeroes = new FileInputStream("/dev/zero")) {
            for (int i = 0; i < READS; i++) {
                bytes += zeroes.read() == 0 ? 1 : 0;
            }
        }
        return bytes;
    }

    private static void answer(HttpExchange exchange, String text) throws IOException {
        try (exchange) {
            byte[] body = text.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(OK, body.length);
            exchange.getResponseBody().write(body);
        }
    }
}
