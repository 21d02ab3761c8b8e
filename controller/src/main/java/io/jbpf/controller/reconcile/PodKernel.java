package io.jbpf.controller.reconcile;

import io.fabric8.kubernetes.api.model.Pod;
import io.jbpf.controller.metrics.PodSampler;
import io.jbpf.controller.metrics.ProgramErrors;
import io.jbpf.controller.node.Finding;
import io.jbpf.controller.node.NodePrograms;
import io.jbpf.controller.node.PodCgroup;
import io.jbpf.controller.node.PodDiscovery;
import io.jbpf.controller.node.PodFacts;
import io.jbpf.controller.node.PodIdentity;
import io.jbpf.controller.node.PodNetwork;
import io.jbpf.controller.node.ProgramErrorType;
import io.jbpf.controller.node.ProgramException;
import io.jbpf.controller.node.ProgramType;
import io.jbpf.controller.rules.FirewallRules;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.rules.PodPrograms;
import io.jbpf.controller.rules.SyscallRules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
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
public final class PodKernel implements KernelSide {
    private static final Logger LOG = LoggerFactory.getLogger(PodKernel.class);

    /** A pod that starts should not stay without its programs for long. */
    private static final Duration STARTING = Duration.ofMillis(500);

    /** What keeps a program from being attached may go without anybody telling. */
    private static final Duration RETRY = Duration.ofSeconds(10);

    private static final Set<ProgramErrorType> SOON_OVER =
            Set.of(ProgramErrorType.NO_CGROUP, ProgramErrorType.DETACHED);

    private final String nodeName;
    private final NodePrograms programs;
    private final PodDiscovery discovery;
    private final PodSampler sampler;
    private final ProgramErrors errors;
    private final Map<ObjectKey, String> lastFailure = new ConcurrentHashMap<>();

    /**
     * The pods of one node.
     *
     * @param nodeName the node
     * @param programs its kernel
     * @param discovery where its pods are
     * @param sampler told whose counts are exported
     * @param errors where failures are counted
     */
    public PodKernel(
            String nodeName, NodePrograms programs, PodDiscovery discovery, PodSampler sampler, ProgramErrors errors) {
        this.nodeName = nodeName;
        this.programs = programs;
        this.discovery = discovery;
        this.sampler = sampler;
        this.errors = errors;
    }

    /** Takes away all that a pod has, in every life of it that is not the given one. */
    private void removeOthers(ObjectKey key, Optional<PodIdentity> keep) {
        for (PodIdentity pod : programs.pods(key)) {
            if (!keep.equals(Optional.of(pod))) {
                LOG.info("Pod {}: its programs are taken away.", pod);
                programs.stopFiltering(pod);
                programs.stopCounting(pod);
            }
        }
    }

    @Override
    public void remove(ObjectKey key) {
        removeOthers(key, Optional.empty());
        discovery.forget(key);
        sampler.forget(key);
        errors.forget(key);
        lastFailure.remove(key);
    }

    @Override
    public Result apply(Pod pod, PodPrograms wanted) {
        PodFacts facts = PodFacts.of(pod);
        PodIdentity identity = facts.pod();
        String node = pod.getSpec() == null
                ? ""
                : Objects.requireNonNullElse(pod.getSpec().getNodeName(), "");
        boolean here = node.equals(nodeName);
        if (!wanted.any() || !here || PodPhase.hasEnded(pod)) {
            removeOthers(identity.key(), Optional.empty());
            discovery.forgetOthers(identity);
            discovery.forget(identity);
            sampler.forget(identity.key());
            EbpfState state = wanted.any() && !PodPhase.hasEnded(pod)
                    ? new EbpfState.NotCovered(node)
                    : new EbpfState.NotWanted();
            return new Result(state, Optional.empty());
        }
        Optional<String> waiting = programs.waiting();
        if (waiting.isPresent()) {
            // All pods are looked at when the wait is over.
            return new Result(new EbpfState.Waiting(waiting.get()), Optional.of(RETRY));
        }
        removeOthers(identity.key(), Optional.of(identity));
        discovery.forgetOthers(identity);
        Result result = attach(facts, wanted);
        if (wanted.exportInterval().isPresent()) {
            sampler.export(identity, wanted.exportInterval().get(), types(wanted));
        } else {
            sampler.forget(identity.key());
        }
        return result;
    }

    private static Set<ProgramType> types(PodPrograms wanted) {
        Set<ProgramType> types = EnumSet.noneOf(ProgramType.class);
        wanted.syscalls().ifPresent(rules -> types.add(ProgramType.SYSCALL_COUNTER));
        wanted.firewall().ifPresent(rules -> types.add(ProgramType.L4_FIREWALL));
        return types;
    }

    private Result attach(PodFacts facts, PodPrograms wanted) {
        PodIdentity pod = facts.pod();
        if (wanted.syscalls().isEmpty()) {
            programs.stopCounting(pod);
        }
        if (wanted.firewall().isEmpty()) {
            programs.stopFiltering(pod);
        }
        Set<ProgramType> before = programs.attached(pod);
        // The filter first: it protects, the counter only tells. Neither waits for the other to succeed.
        List<EbpfState> states = new ArrayList<>();
        wanted.firewall().ifPresent(rules -> states.add(attempt(pod, () -> filter(facts, rules))));
        wanted.syscalls().ifPresent(rules -> states.add(attempt(pod, () -> count(facts, rules))));
        Set<ProgramType> now = programs.attached(pod);
        if (!now.equals(before)) {
            LOG.info("Pod {}: attached {}.", pod, now);
            lastFailure.remove(pod.key());
        }
        return states.stream()
                .filter(EbpfState.Failed.class::isInstance)
                .findFirst()
                .map(EbpfState.Failed.class::cast)
                // A node that has just booted has pods in the API that its kubelet has not made yet.
                .map(failed -> new Result(failed, Optional.of(SOON_OVER.contains(failed.type()) ? STARTING : RETRY)))
                .or(() -> states.stream()
                        .filter(EbpfState.Waiting.class::isInstance)
                        .findFirst()
                        .map(waiting -> new Result(waiting, Optional.of(STARTING))))
                // Whatever comes or goes in its cgroup is told by the discovery, a new sandbox, too.
                .orElseGet(() -> new Result(new EbpfState.Attached(), Optional.empty()));
    }

    private EbpfState attempt(PodIdentity pod, Supplier<EbpfState> step) {
        try {
            return step.get();
        } catch (ProgramException e) {
            errors.count(pod.key(), e);
            String message = Objects.requireNonNullElse(e.getMessage(), e.type().reason());
            // Tried again and again; said once.
            if (!message.equals(lastFailure.put(pod.key(), message))
                    && !e.type().ofTheNode()) {
                LOG.warn("Pod {}: {}", pod, message);
            }
            return new EbpfState.Failed(e.program(), e.type(), message);
        }
    }

    private EbpfState filter(PodFacts facts, FirewallRules rules) {
        // Many pods get new rules at once. That a filter's sandbox went meanwhile is noticed by itself.
        if (programs.changeRules(facts.pod(), rules)) {
            return new EbpfState.Attached();
        }
        Finding<PodNetwork> finding = discovery.network(facts);
        if (finding instanceof Finding.Found<PodNetwork> found) {
            try (PodNetwork network = found.value()) {
                programs.filter(facts.pod(), network, rules);
                return new EbpfState.Attached();
            }
        }
        return without(ProgramType.L4_FIREWALL, finding);
    }

    private EbpfState count(PodFacts facts, SyscallRules rules) {
        Finding<PodCgroup> finding = discovery.cgroup(facts);
        if (finding instanceof Finding.Found<PodCgroup> found) {
            programs.count(facts.pod(), found.value().directory(), rules);
            return new EbpfState.Attached();
        }
        return without(ProgramType.SYSCALL_COUNTER, finding);
    }

    private static EbpfState without(ProgramType program, Finding<?> finding) {
        if (finding instanceof Finding.Refused<?> refused) {
            throw new ProgramException(program, refused.type(), refused.message(), null);
        }
        return new EbpfState.Waiting(
                finding instanceof Finding.NotYet<?> notYet ? notYet.message() : "It is being looked for.");
    }
}
