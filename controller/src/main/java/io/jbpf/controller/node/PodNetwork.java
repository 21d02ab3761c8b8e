package io.jbpf.controller.node;

import java.util.List;

/**
 * Where a pod's packets arrive. Whoever is given one closes it; what is attached meanwhile stays.
 *
 * @param namespace its network namespace, held open
 * @param identity what to compare with: another one is a new sandbox, or a new interface
 * @param interfaces those that its packets come in at, as the pod sees them; at least one
 * @param why these, such as {@code eth0 has the pod's address}
 * @param others that are up and are not filtered, as those that multus adds
 */
public record PodNetwork(
        HeldNamespace namespace,
        SandboxIdentity identity,
        List<NamespaceInterface> interfaces,
        String why,
        List<NamespaceInterface> others)
        implements AutoCloseable {
    /** Keeps copies of the lists. */
    public PodNetwork {
        interfaces = List.copyOf(interfaces);
        others = List.copyOf(others);
    }

    @Override
    public void close() {
        namespace.close();
    }
}
