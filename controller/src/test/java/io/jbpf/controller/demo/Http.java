package io.jbpf.controller.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks web servers, each time over a connection of its own: the JDK's clients would use an old one again. */
final class Http {
    private static final int OK = 200;
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3}) ");

    private Http() {}

    /** What came of a request. */
    sealed interface Answer {
        /** {@return whether the server said that all is well} */
        default boolean ok() {
            return false;
        }
    }

    /** The server answered. */
    record Answered(int status, String body) implements Answer {
        @Override
        public boolean ok() {
            return status == OK;
        }

        @Override
        public String toString() {
            return "answers (" + status + ")";
        }
    }

    /** Nothing came back, as when packets are dropped. */
    record Silence(Duration patience) implements Answer {
        @Override
        public String toString() {
            return "no answer in " + patience.toMillis() / 1000.0 + " s";
        }
    }

    /** Something else came back: the port is closed, the network is down. */
    record Refused(String reason) implements Answer {
        @Override
        public String toString() {
            return reason;
        }
    }

    /** Sends a GET request and waits for the whole answer. */
    static Answer get(InetSocketAddress server, String path, Duration patience) {
        try (Socket socket = new Socket(Proxy.NO_PROXY)) {
            socket.setSoTimeout((int) patience.toMillis());
            socket.connect(server, (int) patience.toMillis());
            // Version 1.0: the answer comes in one piece and the server closes after it.
            socket.getOutputStream().write(("GET " + path + " HTTP/1.0\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            return read(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        } catch (SocketTimeoutException e) {
            return new Silence(patience);
        } catch (IOException e) {
            return new Refused(Belongings.reason(e));
        }
    }

    private static Answer read(String answer) {
        int head = answer.indexOf("\r\n\r\n");
        Matcher status = STATUS.matcher(answer);
        return status.lookingAt() && head >= 0
                ? new Answered(Integer.parseInt(status.group(1)), answer.substring(head + 4))
                : new Refused("answers with something else");
    }
}
