package io.jbpf.link;

import io.jbpf.testkit.TestNetwork;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.SocketTimeoutException;

/** Whether packets pass through a test's network. */
final class Datagrams {
    private Datagrams() {}

    /** Sends a datagram from left to right, and tells whether it came. */
    static boolean arrive(TestNetwork network) throws IOException {
        try (DatagramSocket inside = network.right().datagrams(0);
                DatagramSocket outside = network.left().datagrams(0)) {
            inside.setSoTimeout(250);
            outside.send(new DatagramPacket(new byte[1], 1, network.right().ipv4(), inside.getLocalPort()));
            inside.receive(new DatagramPacket(new byte[1], 1));
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }
}
