package io.jbpf.controller.failover;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Sends to each port of each pod, again and again, and looks what arrives: nothing that all rules refuse which may be in
 * force, and all that none of them refuses.
 */
final class PodTraffic implements AutoCloseable {
    private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** A busy machine may be slow; what has not come by then was dropped. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** What must be in force by then if the API server and a controller are there. */
    private static final long IN_FORCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final SoakModel model;
    private final Supplier<Optional<Long>> calmSince;
    private final Consumer<String> broken;
    private final DatagramChannel sender;
    private final Map<SoakPod, Sockets> sockets = new HashMap<>();
    private final Set<SoakPod> late = new HashSet<>();
    private final Thread thread = new Thread(this::run, "pod-traffic");
    private long number;
    private volatile boolean closed;
    private final AtomicLong packets = new AtomicLong();

    /** Those in one network of a pod. */
    private record Sockets(NodePod on, String network, Map<Integer, DatagramChannel> byPort) {
        void close() {
            byPort.values().forEach(channel -> {
                try {
                    channel.close();
                } catch (IOException e) {
                    throw new IllegalStateException("a socket cannot be closed", e);
                }
            });
        }
    }

    /**
     * Begins when it is {@link #start}ed.
     *
     * @param model the pods
     * @param calmSince since when there have been an API server and a controller; empty if there is one not
     * @param broken told of what must not be
     */
    PodTraffic(SoakModel model, Supplier<Optional<Long>> calmSince, Consumer<String> broken) throws IOException {
        this.model = model;
        this.calmSince = calmSince;
        this.broken = broken;
        this.sender = DatagramChannel.open();
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** {@return how many packets were sent} */
    long packets() {
        return packets.get();
    }

    private void run() {
        while (!closed) {
            try {
                round();
            } catch (IOException | RuntimeException e) {
                broken.accept("the traffic failed: " + e);
                LockSupport.parkNanos(PATIENCE_NANOS);
            }
            LockSupport.parkNanos(REST_NANOS);
        }
    }

    /** Tries all pods once. Not while the thread runs. */
    void round() throws IOException {
        List<SoakPod> pods = List.copyOf(model.pods());
        for (SoakPod pod : pods) {
            // What is wanted, and the pod's network, stay while its packets are under way.
            synchronized (pod) {
                probe(pod);
            }
        }
        sockets.entrySet().removeIf(entry -> {
            boolean gone = entry.getKey().node().isEmpty();
            if (gone) {
                entry.getValue().close();
            }
            return gone;
        });
        late.retainAll(pods);
    }

    private void probe(SoakPod pod) throws IOException {
        if (pod.openNanos(calmSince.get()) > IN_FORCE_NANOS && late.add(pod)) {
            broken.accept("pod " + pod + ": not in force after " + TimeUnit.NANOSECONDS.toSeconds(IN_FORCE_NANOS)
                    + " s: " + pod.wanted() + (pod.awaitsFilter() ? "; there is no filter" : ""));
        }
        if (!pod.takesPackets() || !isReached(pod)) {
            return;
        }
        Sockets of = socketsOf(pod);
        Map<Integer, Long> sent = new HashMap<>();
        for (Map.Entry<Integer, DatagramChannel> port : of.byPort.entrySet()) {
            number++;
            ByteBuffer datagram =
                    ByteBuffer.allocate(Long.BYTES).putLong(number).flip();
            sender.send(datagram, new InetSocketAddress(of.on.address(), port.getKey()));
            sent.put(port.getKey(), number);
        }
        pod.sent(sent.size());
        packets.addAndGet(sent.size());
        Set<Integer> arrived = new HashSet<>();
        List<Integer> sure = sent.keySet().stream().filter(pod::surelyPasses).toList();
        long end = System.nanoTime() + PATIENCE_NANOS;
        boolean over;
        do {
            // Before the last look, not after it: this thread may have stood still in between.
            over = System.nanoTime() >= end;
            receive(of, sent, arrived);
        } while (!arrived.containsAll(sure) && !over);
        List<Integer> lost = new ArrayList<>(sure);
        lost.removeAll(arrived);
        if (!lost.isEmpty()) {
            broken.accept("pod " + pod + ": packets to ports that are not refused did not arrive: " + lost + "; "
                    + pod.wanted());
        }
        List<Integer> passed = arrived.stream().filter(pod::surelyRefuses).toList();
        if (!passed.isEmpty()) {
            broken.accept("pod " + pod + ": packets to refused ports passed: " + passed + "; " + pod.wanted());
        }
        boolean asWanted = sent.keySet().stream()
                .noneMatch(port -> arrived.contains(port) == pod.wanted().refuses(port));
        if (asWanted) {
            pod.seenInForce(calmSince.get());
        }
    }

    private static void receive(Sockets of, Map<Integer, Long> sent, Set<Integer> arrived) throws IOException {
        ByteBuffer datagram = ByteBuffer.allocate(Long.BYTES);
        for (Map.Entry<Integer, DatagramChannel> port : of.byPort.entrySet()) {
            while (port.getValue().receive(datagram.clear()) != null) {
                // One of an earlier round came too late to be judged by what may be in force now.
                if (datagram.flip().getLong() == sent.getOrDefault(port.getKey(), -1L)) {
                    arrived.add(port.getKey());
                }
            }
        }
    }

    private boolean isReached(SoakPod pod) {
        NodePod on = pod.node().orElseThrow();
        Sockets open = sockets.get(pod);
        return (open != null && open.network.equals(on.namespace().identity())) || on.isReached();
    }

    private Sockets socketsOf(SoakPod pod) throws IOException {
        NodePod on = pod.node().orElseThrow();
        String network = on.namespace().identity();
        Sockets open = sockets.get(pod);
        if (open != null && open.network.equals(network)) {
            return open;
        }
        if (open != null) {
            open.close();
        }
        Map<Integer, DatagramChannel> byPort = new HashMap<>();
        for (int port : SoakModel.PORTS) {
            byPort.put(port, on.namespace().call(() -> {
                DatagramChannel channel = DatagramChannel.open();
                channel.configureBlocking(false);
                return channel.bind(new InetSocketAddress(port));
            }));
        }
        Sockets made = new Sockets(on, network, byPort);
        sockets.put(pod, made);
        return made;
    }

    /** Sends no more; {@link #round} still may. */
    void stop() {
        closed = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        stop();
        sockets.values().forEach(Sockets::close);
        sender.close();
    }
}
