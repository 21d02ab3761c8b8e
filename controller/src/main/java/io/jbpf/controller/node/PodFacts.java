package io.jbpf.controller.node;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.netlink.IpPrefix;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the API says of a pod that leads to it on its node.
 *
 * @param pod which life of which pod
 * @param cgroupUid what the kubelet names its cgroup by; not the UID of a mirror pod
 * @param hostNetwork whether it is on the node's own network
 * @param hostPid whether it sees the node's processes; they are not its own for that, so nothing is found otherwise
 * @param running whether the kubelet has said that it runs, and nobody that it shall end
 * @param addresses those in its status; none before its network is made
 */
public record PodFacts(
        PodIdentity pod,
        String cgroupUid,
        boolean hostNetwork,
        boolean hostPid,
        boolean running,
        Set<InetAddress> addresses) {
    private static final Logger LOG = LoggerFactory.getLogger(PodFacts.class);
    private static final String MIRROR = "kubernetes.io/config.mirror";
    private static final String STATIC_HASH = "kubernetes.io/config.hash";

    /**
     * The MD5 that the kubelet makes of a manifest. A UUID is none: whoever may write annotations could otherwise have the
     * cgroup of any pod taken for that of a mirror pod.
     */
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{32}");

    private static final Pattern UID = Pattern.compile("[0-9A-Za-z][0-9A-Za-z._-]{0,127}");

    /** Keeps a copy of the addresses. */
    public PodFacts {
        addresses = Set.copyOf(addresses);
        if (!UID.matcher(cgroupUid).matches()) {
            throw new IllegalArgumentException("\"" + cgroupUid + "\" is no UID of a pod");
        }
    }

    /**
     * Reads them off a pod. The kubelet names the cgroup of a static pod by the hash of its manifest, which its mirror in the
     * API has as an annotation.
     *
     * @param pod as the API server gives it
     * @throws IllegalArgumentException if its UID could not name a directory, which no API server lets happen
     */
    public static PodFacts of(Pod pod) {
        String uid = Objects.requireNonNullElse(pod.getMetadata().getUid(), "");
        PodIdentity identity = new PodIdentity(
                new ObjectKey(
                        Objects.requireNonNullElse(pod.getMetadata().getNamespace(), ""),
                        pod.getMetadata().getName()),
                uid);
        boolean hostNetwork =
                pod.getSpec() != null && Boolean.TRUE.equals(pod.getSpec().getHostNetwork());
        boolean hostPid =
                pod.getSpec() != null && Boolean.TRUE.equals(pod.getSpec().getHostPID());
        // One that is being deleted keeps the phase, though its cgroup goes before its object does.
        boolean running = pod.getStatus() != null
                && "Running".equals(pod.getStatus().getPhase())
                && pod.getMetadata().getDeletionTimestamp() == null;
        return new PodFacts(
                identity, staticHash(pod).orElse(uid), hostNetwork, hostPid, running, addresses(pod.getStatus()));
    }

    private static Optional<String> staticHash(Pod pod) {
        Map<String, String> annotations =
                Objects.requireNonNullElse(pod.getMetadata().getAnnotations(), Map.of());
        return annotations.containsKey(MIRROR)
                ? Optional.ofNullable(annotations.get(STATIC_HASH))
                        .filter(hash -> HASH.matcher(hash).matches())
                : Optional.empty();
    }

    private static Set<InetAddress> addresses(PodStatus status) {
        if (status == null) {
            return Set.of();
        }
        List<String> texts = new ArrayList<>();
        if (status.getPodIP() != null) {
            texts.add(status.getPodIP());
        }
        Objects.requireNonNullElse(status.getPodIPs(), List.<PodIP>of()).stream()
                .flatMap(ip -> Optional.ofNullable(ip.getIp()).stream())
                .forEach(texts::add);
        Set<InetAddress> addresses = new LinkedHashSet<>();
        for (String text : texts) {
            try {
                // Which, unlike InetAddress, never asks the DNS.
                addresses.add(IpPrefix.parse(text + "/0").address());
            } catch (IllegalArgumentException e) {
                LOG.debug("\"{}\" is no address of a pod.", text);
            }
        }
        return addresses;
    }
}
