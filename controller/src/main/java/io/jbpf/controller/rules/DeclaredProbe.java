package io.jbpf.controller.rules;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.HTTPGetAction;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.TCPSocketAction;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A probe that the kubelet makes over the pod's network, as the pod declares it. To the pod it is a new connection from
 * outside: a firewall that refuses its port gets the container restarted, or taken out of its services.
 *
 * @param container the container's name
 * @param kind {@code liveness}, {@code readiness} or {@code startup}
 * @param port the port in the pod that it goes to
 */
public record DeclaredProbe(String container, String kind, int port) {
    private static final int HIGHEST_PORT = 65_535;
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,5}");

    /**
     * The probes of a pod that need a port of it: {@code httpGet}, {@code tcpSocket} and {@code grpc} of every container, and
     * of init containers that go on running. One with a {@code host} of its own goes elsewhere, and one whose named port no
     * container declares goes nowhere.
     *
     * @param pod the pod
     * @return the probes, in the order of the pod's containers
     */
    public static List<DeclaredProbe> of(Pod pod) {
        List<DeclaredProbe> probes = new ArrayList<>();
        if (pod.getSpec() == null) {
            return probes;
        }
        Stream.of(pod.getSpec().getInitContainers(), pod.getSpec().getContainers())
                .filter(Objects::nonNull)
                .flatMap(List::stream)
                .forEach(container -> {
                    add(probes, container, "liveness", container.getLivenessProbe());
                    add(probes, container, "readiness", container.getReadinessProbe());
                    add(probes, container, "startup", container.getStartupProbe());
                });
        return probes;
    }

    private static void add(List<DeclaredProbe> probes, Container container, String kind, @Nullable Probe probe) {
        if (probe != null) {
            port(container, probe).ifPresent(port -> probes.add(new DeclaredProbe(container.getName(), kind, port)));
        }
    }

    private static Optional<Integer> port(Container container, Probe probe) {
        HTTPGetAction http = probe.getHttpGet();
        if (http != null) {
            return elsewhere(http.getHost()) ? Optional.empty() : number(container, http.getPort());
        }
        TCPSocketAction tcp = probe.getTcpSocket();
        if (tcp != null) {
            return elsewhere(tcp.getHost()) ? Optional.empty() : number(container, tcp.getPort());
        }
        return Optional.ofNullable(probe.getGrpc()).flatMap(grpc -> legal(grpc.getPort()));
    }

    private static boolean elsewhere(@Nullable String host) {
        return host != null && !host.isEmpty();
    }

    /** As the kubelet does it: a name is looked for among the container's own ports, and may be a number in words. */
    private static Optional<Integer> number(Container container, @Nullable IntOrString port) {
        if (port == null) {
            return Optional.empty();
        }
        if (port.getIntVal() != null) {
            return legal(port.getIntVal());
        }
        String name = Objects.requireNonNullElse(port.getStrVal(), "");
        List<ContainerPort> declared = Objects.requireNonNullElse(container.getPorts(), List.of());
        return declared.stream()
                .filter(candidate -> name.equals(candidate.getName()))
                .map(ContainerPort::getContainerPort)
                .findFirst()
                .or(() -> NUMBER.matcher(name).matches() ? Optional.of(Integer.valueOf(name)) : Optional.empty())
                .flatMap(DeclaredProbe::legal);
    }

    private static Optional<Integer> legal(@Nullable Integer port) {
        return Optional.ofNullable(port).filter(number -> number >= 1 && number <= HIGHEST_PORT);
    }
}
