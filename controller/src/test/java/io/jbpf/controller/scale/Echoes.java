package io.jbpf.controller.scale;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Which pods a datagram reaches, and so which rules are in force there: real packets to {@link PodProcesses#ECHO}. */
final class Echoes implements AutoCloseable {
    /** Twice what the largest number of pods takes; what has not come by then was dropped. */
    private static final long PATIENCE_MILLIS = 60;

    private static final int AT_ONCE = 100;

    private final DatagramChannel channel;

    Echoes() throws IOException {
        channel = DatagramChannel.open();
        channel.configureBlocking(false);
    }

    /** {@return those of the pods that answer} */
    Set<InetAddress> answering(Collection<InetAddress> pods) throws IOException {
        Set<InetAddress> answered = new HashSet<>();
        int sent = 0;
        for (InetAddress pod : pods) {
            channel.send(ByteBuffer.wrap(new byte[1]), new InetSocketAddress(pod, PodProcesses.ECHO));
            sent++;
            if (sent % AT_ONCE == 0) {
                receive(answered);
            }
        }
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        while (System.nanoTime() < end && answered.size() < pods.size()) {
            receive(answered);
            Waiting.pause(Duration.ofMillis(1));
        }
        answered.retainAll(pods);
        return answered;
    }

    private void receive(Set<InetAddress> answered) throws IOException {
        ByteBuffer datagram = ByteBuffer.allocate(64);
        while (channel.receive(datagram.clear()) instanceof InetSocketAddress from) {
            answered.add(from.getAddress());
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
