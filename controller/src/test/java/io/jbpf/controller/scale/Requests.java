package io.jbpf.controller.scale;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;

/** Requests as Prometheus and a kubelet make them: compressed, and each over a connection of its own. */
final class Requests {
    private static final int PATIENCE_MILLIS = 10_000;
    private static final String HEAD_END = "\r\n\r\n";

    private final int port;

    Requests(int port) {
        this.port = port;
    }

    /**
     * An answer.
     *
     * @param status the status; 0 if nobody listens
     * @param bytes how much came, compressed
     * @param millis how long it took from the first byte out to the last one in
     * @param body the page
     */
    record Answer(int status, int bytes, double millis, String body) {
        boolean ok() {
            return status == 200;
        }
    }

    private static String text(byte[] page) throws IOException {
        boolean compressed = page.length > 1 && page[0] == 0x1f;
        return new String(
                compressed ? new GZIPInputStream(new ByteArrayInputStream(page)).readAllBytes() : page,
                StandardCharsets.UTF_8);
    }

    Answer get(String path) throws IOException {
        long begun = System.nanoTime();
        try (Socket socket = new Socket(Proxy.NO_PROXY)) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            byte[] all = socket.getInputStream().readAllBytes();
            double millis = (System.nanoTime() - begun) / 1e6;
            String text = new String(all, StandardCharsets.ISO_8859_1);
            int head = text.indexOf(HEAD_END);
            if (head < 0 || !text.startsWith("HTTP/1.")) {
                throw new IOException("half an answer from port " + port);
            }
            int body = head + HEAD_END.length();
            byte[] page = new byte[all.length - body];
            System.arraycopy(all, body, page, 0, page.length);
            return new Answer(Integer.parseInt(text.substring(9, 12)), page.length, millis, text(page));
        } catch (ConnectException e) {
            return new Answer(0, 0, 0, "");
        }
    }
}
