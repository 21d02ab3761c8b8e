package io.jbpf.controller.failover;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** A datagram every millisecond to a port that is blocked and to one that is not, and how many arrived in the pod. */
final class Traffic implements AutoCloseable {
    private static final long EVERY_NANOS = 1_000_000;

    private final DatagramSocket blocked;
    private final DatagramSocket allowed;
    private final DatagramSocket sender;
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong passedBlocked = new AtomicLong();
    private final AtomicLong passedAllowed = new AtomicLong();
    private volatile boolean closed;

    private Traffic(DatagramSocket blocked, DatagramSocket allowed, DatagramSocket sender) {
        this.blocked = blocked;
        this.allowed = allowed;
        this.sender = sender;
    }

    /** Starts it. */
    static Traffic start(NodePod pod, int blockedPort, int allowedPort) throws IOException {
        Traffic traffic = new Traffic(pod.listen(blockedPort), pod.listen(allowedPort), new DatagramSocket());
        thread("blocked", () -> traffic.receive(traffic.blocked, traffic.passedBlocked));
        thread("allowed", () -> traffic.receive(traffic.allowed, traffic.passedAllowed));
        thread("sender", () -> traffic.send(pod.address(), blockedPort, allowedPort));
        return traffic;
    }

    private static void thread(String name, Runnable task) {
        Thread thread = new Thread(task, "traffic-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    private void receive(DatagramSocket socket, AtomicLong count) {
        DatagramPacket packet = new DatagramPacket(new byte[1], 1);
        try {
            while (!closed) {
                socket.receive(packet);
                count.incrementAndGet();
            }
        } catch (IOException e) {
            // It was closed.
        }
    }

    private void send(InetAddress to, int... ports) {
        try {
            while (!closed) {
                for (int port : ports) {
                    sender.send(new DatagramPacket(new byte[1], 1, to, port));
                }
                sent.incrementAndGet();
                LockSupport.parkNanos(EVERY_NANOS);
            }
        } catch (IOException e) {
            // It was closed.
        }
    }

    /** {@return how many were sent to each port} */
    long sent() {
        return sent.get();
    }

    /** {@return how many arrived at the port that is blocked} */
    long passedBlocked() {
        return passedBlocked.get();
    }

    /** {@return how many arrived at the port that is not} */
    long passedAllowed() {
        return passedAllowed.get();
    }

    @Override
    public void close() {
        closed = true;
        sender.close();
        blocked.close();
        allowed.close();
    }
}
