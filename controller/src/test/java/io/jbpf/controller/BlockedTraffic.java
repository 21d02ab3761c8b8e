package io.jbpf.controller;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.SocketTimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Sends to a blocked port of a pod without pause, and to an allowed one whose answer it waits for. Nothing that was sent to the
 * blocked one may arrive.
 */
final class BlockedTraffic implements AutoCloseable {
    private final DatagramSocket from;
    private final DatagramSocket allowed;
    private final DatagramSocket blocked;
    private final SimulatedNode node;
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong leaked = new AtomicLong();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final Thread sender = new Thread(this::send, "traffic");
    private final Thread receiver = new Thread(this::receive, "leaks");
    private volatile boolean over;

    BlockedTraffic(SimulatedNode node) throws IOException {
        this.node = node;
        from = node.network().left().datagrams(0);
        allowed = node.network().right().datagrams(SimulatedNode.ALLOWED);
        blocked = node.network().right().datagrams(SimulatedNode.BLOCKED);
        from.setSoTimeout(1000);
        allowed.setSoTimeout(1000);
        blocked.setSoTimeout(100);
        sender.start();
        receiver.start();
    }

    private void send() {
        try {
            DatagramPacket packet = new DatagramPacket(new byte[8], 8);
            while (!over) {
                from.send(new DatagramPacket(
                        new byte[8], 8, node.network().right().ipv4(), SimulatedNode.BLOCKED));
                sent.incrementAndGet();
                from.send(new DatagramPacket(
                        new byte[8], 8, node.network().right().ipv4(), SimulatedNode.ALLOWED));
                allowed.receive(packet);
                answered.incrementAndGet();
            }
        } catch (IOException | RuntimeException e) {
            failure.compareAndSet(null, e);
        }
    }

    private void receive() {
        DatagramPacket packet = new DatagramPacket(new byte[8], 8);
        while (!over) {
            try {
                blocked.receive(packet);
                leaked.incrementAndGet();
            } catch (SocketTimeoutException e) {
                // As it should be.
            } catch (IOException e) {
                failure.compareAndSet(null, e);
                return;
            }
        }
    }

    long sent() {
        return sent.get();
    }

    long leaked() {
        return leaked.get();
    }

    /** Null while nothing went wrong, as that an allowed packet did not arrive. */
    AtomicReference<Throwable> failure() {
        return failure;
    }

    @Override
    public void close() {
        over = true;
        try {
            sender.join();
            receiver.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        from.close();
        allowed.close();
        blocked.close();
    }
}
