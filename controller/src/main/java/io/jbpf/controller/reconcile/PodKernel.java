package io.jbpf.controller.reconcile;

import io.fabric8.kubernetes.api.model.Pod;
import io.jbpf.controller.cluster.ClusterCache;
import io.jbpf.controller.metrics.PodSampler;
import io.jbpf.controller.metrics.ProgramErrors;
import io.jbpf.controller.node.NodePrograms;
import io.jbpf.controller.node.PodCgroups;
import io.jbpf.controller.node.PodIdentity;
import io.jbpf.controller.node.PodNetworks;
import io.jbpf.controller.node.ProgramErrorType;
import io.jbpf.controller.node.ProgramException;
import io.jbpf.controller.node.ProgramType;
import io.jbpf.controller.rules.FirewallRules;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.rules.PodPrograms;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings the programs of this node's pods to what is wanted. Pods of other nodes are only told apart. */
public final class PodKernel {
    private static final Logger LOG = LoggerFactory.getLogger(PodKernel.class);

    /** A pod that starts should not stay without its programs for long. */
    private static final Duration STARTING = Duration.ofMillis(500);

    /** New sandboxes and filters that somebody else removed are noticed within this. */
    private static final Duration VERIFY = Duration.ofSeconds(10);

    private static final Set<String> ENDED = Set.of("Succeeded", "Failed");
    private static final String MIRROR = "kubernetes.io/config.mirror";
    private static final String STATIC_HASH = "kubernetes.io/config.hash";

    /**
     * What came of it.
     *
     * @param state how it stands with the pod's programs
     * @param lookAgain when to look again without a cause
     */
    record Result(EbpfState state, Optional<Duration> lookAgain) {}

    private final String nodeName;
    private final NodePrograms programs;
    private final PodCgroups cgroups;
    private final PodNetworks networks;
    private final PodSampler sampler;
    private final ProgramErrors errors;
    private final Map<ObjectKey, String> lastFailure = new ConcurrentHashMap<>();

    /**
     * The pods of one node.
     *
     * @param nodeName the node
     * @param programs its kernel
     * @param cgroups where its pods' cgroups are
     * @param networks where its pods' interfaces are
     * @param sampler told whose counts are exported
     * @param errors where failures are counted
     */
    public PodKernel(
            String nodeName,
            NodePrograms programs,
            PodCgroups cgroups,
            PodNetworks networks,
            PodSampler sampler,
            ProgramErrors errors) {
        this.nodeName = nodeName;
        this.programs = programs;
        this.cgroups = cgroups;
        this.networks = networks;
        this.sampler = sampler;
        this.errors = errors;
    }

    /** Takes away all that a pod has, in every life of it that is not the given one. */
    private void removeOthers(ObjectKey key, Optional<PodIdentity> keep) {
        for (PodIdentity pod : programs.pods()) {
            if (pod.key().equals(key) && !keep.equals(Optional.of(pod))) {
                LOG.info("Pod {}: its programs are taken away.", pod);
                programs.stopFiltering(pod);
                programs.stopCounting(pod);
            }
        }
    }

    /** Takes away all that a pod has; it is no more. */
    void remove(ObjectKey key) {
        removeOthers(key, Optional.empty());
        sampler.forget(key);
        errors.forget(key);
        lastFailure.remove(key);
    }

    /** Brings a pod to what is wanted. */
    Result apply(Pod pod, PodPrograms wanted) {
        PodIdentity identity =
                new PodIdentity(ClusterCache.key(pod), pod.getMetadata().getUid());
        String node = pod.getSpec() == null
                ? ""
                : Objects.requireNonNullElse(pod.getSpec().getNodeName(), "");
        String phase = pod.getStatus() == null
                ? ""
                : Objects.requireNonNullElse(pod.getStatus().getPhase(), "");
        boolean here = node.equals(nodeName);
        if (!wanted.any() || !here || ENDED.contains(phase)) {
            removeOthers(identity.key(), Optional.empty());
            sampler.forget(identity.key());
            EbpfState state =
                    wanted.any() && !ENDED.contains(phase) ? new EbpfState.NotCovered(node) : new EbpfState.NotWanted();
            return new Result(state, Optional.empty());
        }
        removeOthers(identity.key(), Optional.of(identity));
        Result result = attach(identity, cgroupUid(pod), wanted);
        if (wanted.exportInterval().isPresent()) {
            sampler.export(identity, wanted.exportInterval().get());
        } else {
            sampler.forget(identity.key());
        }
        return result;
    }

    /** The kubelet names the cgroup of a static pod by the hash of its manifest; its mirror has another UID. */
    private static String cgroupUid(Pod pod) {
        Map<String, String> annotations =
                Objects.requireNonNullElse(pod.getMetadata().getAnnotations(), Map.of());
        String hash = annotations.get(STATIC_HASH);
        return annotations.containsKey(MIRROR) && hash != null
                ? hash
                : pod.getMetadata().getUid();
    }

    private Result attach(PodIdentity pod, String cgroupUid, PodPrograms wanted) {
        if (wanted.syscalls().isEmpty()) {
            programs.stopCounting(pod);
        }
        if (wanted.firewall().isEmpty()) {
            programs.stopFiltering(pod);
        }
        Set<ProgramType> before = programs.attached(pod);
        Optional<Path> cgroup = cgroups.directory(cgroupUid);
        if (cgroup.isEmpty()) {
            return new Result(new EbpfState.Waiting("Its cgroup is not there yet."), Optional.of(STARTING));
        }
        // The filter first: it protects, the counter only tells. Neither waits for the other to succeed.
        List<EbpfState> states = new ArrayList<>();
        wanted.firewall().ifPresent(rules -> states.add(attempt(pod, () -> filter(pod, cgroup.get(), rules))));
        wanted.syscalls()
                .ifPresent(rules -> states.add(attempt(pod, () -> {
                    programs.count(pod, cgroup.get(), rules);
                    return new EbpfState.Attached();
                })));
        Set<ProgramType> now = programs.attached(pod);
        if (!now.equals(before)) {
            LOG.info("Pod {}: attached {}.", pod, now);
            lastFailure.remove(pod.key());
        }
        return states.stream()
                .filter(EbpfState.Failed.class::isInstance)
                .findFirst()
                .map(failed -> new Result(failed, Optional.of(VERIFY)))
                .or(() -> states.stream()
                        .filter(EbpfState.Waiting.class::isInstance)
                        .findFirst()
                        .map(waiting -> new Result(waiting, Optional.of(STARTING))))
                .orElseGet(() -> new Result(new EbpfState.Attached(), Optional.of(VERIFY)));
    }

    private EbpfState attempt(PodIdentity pod, Supplier<EbpfState> step) {
        try {
            return step.get();
        } catch (ProgramException e) {
            errors.count(pod.key(), e);
            String message = Objects.requireNonNullElse(e.getMessage(), e.type().reason());
            // Tried again and again; said once.
            if (!message.equals(lastFailure.put(pod.key(), message))) {
                LOG.warn("Pod {}: {}", pod, message);
            }
            return new EbpfState.Failed(e.program(), e.type(), message);
        }
    }

    private EbpfState filter(PodIdentity pod, Path cgroup, FirewallRules rules) {
        PodNetworks.Finding finding = networks.find(cgroups.processes(cgroup));
        if (finding instanceof PodNetworks.Own own) {
            programs.filter(pod, own.network(), rules);
            return new EbpfState.Attached();
        }
        if (finding instanceof PodNetworks.OfTheNode) {
            throw new ProgramException(
                    ProgramType.L4_FIREWALL,
                    ProgramErrorType.HOST_NETWORK,
                    "The pod uses the node's own network, which is not filtered; remove hostNetwork from the pod or"
                            + " l4Firewall from the config.",
                    null);
        }
        if (finding instanceof PodNetworks.Unclear unclear) {
            throw new ProgramException(
                    ProgramType.L4_FIREWALL,
                    ProgramErrorType.NO_INTERFACE,
                    "The pod has no interface eth0 and not exactly one other, but " + unclear.interfaces() + ".",
                    null);
        }
        return new EbpfState.Waiting("No process of it runs yet.");
    }
}
