package io.jbpf.controller.demo;

import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.netlink.Interfaces;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.netlink.RouteSocket;
import java.net.InetAddress;
import java.util.random.RandomGenerator;

/**
 * What a network plugin makes for a pod: a network namespace of its own, in it {@code eth0}, and the other end of that
 * cable on the machine, both with addresses.
 */
public final class VethNetwork implements AutoCloseable {
    private static final String POD_END = "eth0";

    private final NetworkNamespace namespace;
    private final String hostEnd;
    private final PodAddresses addresses;

    private VethNetwork(NetworkNamespace namespace, String hostEnd, PodAddresses addresses) {
        this.namespace = namespace;
        this.hostEnd = hostEnd;
        this.addresses = addresses;
    }

    /** Makes one; the machine's end has that name, at most 15 bytes. */
    public static VethNetwork create(String hostEnd) {
        NetworkNamespace namespace = NetworkNamespace.create();
        PodAddresses addresses = PodAddresses.choose(RandomGenerator.getDefault());
        VethNetwork network = new VethNetwork(namespace, hostEnd, addresses);
        try (RouteSocket host = RouteSocket.open();
                RouteSocket pod = namespace.call(RouteSocket::open)) {
            InterfaceInfo end = host.interfaces().createVeth(hostEnd, POD_END, namespace);
            host.interfaces().addAddress(end, addresses.host());
            Interfaces inside = pod.interfaces();
            inside.addAddress(inside.get(POD_END), addresses.pod());
            inside.setUp(inside.get("lo"));
            inside.setUp(inside.get(POD_END));
            host.interfaces().setUp(end);
            return network;
        } catch (RuntimeException e) {
            network.close();
            throw e;
        }
    }

    /** {@return whether packets get through: until the kernel has noticed that both ends are up, they are dropped} */
    public boolean isRunning() {
        try (RouteSocket host = RouteSocket.open();
                RouteSocket pod = namespace.call(RouteSocket::open)) {
            return host.interfaces().get(hostEnd).running()
                    && pod.interfaces().get(POD_END).running();
        }
    }

    public NetworkNamespace namespace() {
        return namespace;
    }

    /** {@return the name of the machine's end} */
    public String hostEnd() {
        return hostEnd;
    }

    public InetAddress podAddress() {
        return addresses.pod().address();
    }

    @Override
    public void close() {
        try (RouteSocket host = RouteSocket.open()) {
            // Now, and not when the kernel gets round to removing the namespace.
            host.interfaces().find(hostEnd).ifPresent(host.interfaces()::delete);
        } finally {
            namespace.close();
        }
    }
}
