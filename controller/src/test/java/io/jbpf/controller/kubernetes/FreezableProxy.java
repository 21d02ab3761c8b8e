package io.jbpf.controller.kubernetes;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A TCP path that can be frozen: connections stay open and are accepted still, but no byte moves either way until it is
 * thawed; those that were sent meanwhile arrive then.
 */
public final class FreezableProxy implements AutoCloseable {
    private static final int BUFFER = 16_384;

    private final InetSocketAddress target;
    private final String scheme;
    private final ServerSocket server;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private boolean frozen;

    public FreezableProxy(URI to) {
        scheme = to.getScheme();
        target = new InetSocketAddress(to.getHost(), to.getPort());
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        thread(this::accept);
    }

    public String url() {
        return scheme + "://127.0.0.1:" + server.getLocalPort();
    }

    /** How many connections to it are held open from the other side, as the kernel tells. */
    public int clients() {
        String established = String.format(":%04X 01 ", server.getLocalPort());
        try (Stream<String> four = Files.lines(Path.of("/proc/self/net/tcp"));
                Stream<String> six = Files.lines(Path.of("/proc/self/net/tcp6"))) {
            return Math.toIntExact(Stream.concat(four, six)
                    .filter(line -> line.contains(established))
                    .count());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public synchronized void freeze() {
        frozen = true;
    }

    public synchronized void thaw() {
        frozen = false;
        notifyAll();
    }

    /** Closes every connection, as a router that was started anew does; whoever connects again gets through. */
    public void cut() {
        for (Socket socket : open) {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private synchronized void passable() throws InterruptedException {
        while (frozen) {
            wait();
        }
    }

    private static void thread(Runnable task) {
        Thread thread = new Thread(task, "proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket near = server.accept();
                connect(near);
            }
        } catch (IOException e) {
            // Closed: then nobody can connect, which is what a test wants to see.
        }
    }

    private void connect(Socket near) throws IOException {
        Socket far;
        try {
            far = new Socket(target.getAddress(), target.getPort());
        } catch (IOException e) {
            // The server behind is away, for now.
            near.close();
            return;
        }
        open.add(near);
        open.add(far);
        thread(() -> pump(near, far));
        thread(() -> pump(far, near));
    }

    private void pump(Socket from, Socket to) {
        byte[] buffer = new byte[BUFFER];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                passable();
                out.write(buffer, 0, read);
                out.flush();
            }
            passable();
        } catch (IOException e) {
            // One side went away; the other goes with it.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    @Override
    public void close() {
        thaw();
        try {
            server.close();
            cut();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
