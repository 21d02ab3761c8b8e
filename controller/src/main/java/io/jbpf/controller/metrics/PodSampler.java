package io.jbpf.controller.metrics;

import io.jbpf.controller.node.FirewallCounts;
import io.jbpf.controller.node.NodePrograms;
import io.jbpf.controller.node.PodIdentity;
import io.jbpf.controller.node.PodReading;
import io.jbpf.controller.node.ProgramException;
import io.jbpf.controller.node.ProgramType;
import io.jbpf.controller.node.SyscallCounts;
import io.jbpf.controller.rules.ObjectKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the counts of each exported pod when its interval is over. Pods may be added, changed and removed from any
 * thread; {@link #sampleDue} is called from one, again and again.
 *
 * <p>A reading passes over the kernel's counts of all pods, whichever are wanted. So pods are read together: whoever is past
 * the half of its interval is read with the first that is due, and from then on their intervals end together. And however many
 * pods come one after the other, a twentieth of one processor at most goes into it.
 *
 * <p>There are samples only while this process sees to the node, between {@link #begin} and {@link #end}: of what another
 * process exports from then on this one shows nothing, or a reader of both would see counters fall. Nor is anything shown
 * that was read before this process was kept from reading for long, as by SIGSTOP, until it has read again.
 */
public final class PodSampler {
    private static final Logger LOG = LoggerFactory.getLogger(PodSampler.class);
    private static final int SHARE = 20;

    /** Rests no longer, however long a reading took: what stops a process takes no processor time. */
    private static final long LONGEST_REST_NANOS = Duration.ofSeconds(10).toNanos();

    /** Without a look at what is due for longer than this, there is no telling how old a sample is. */
    private static final long GAP_NANOS = Duration.ofSeconds(10).toNanos();

    private final NodePrograms programs;
    private final ProgramErrors errors;
    private final LongSupplier nanoTime;
    private final int pidLimit;
    private final Revision revision;
    private final Map<ObjectKey, Exported> exported = new ConcurrentHashMap<>();
    private final AtomicLong epoch = new AtomicLong();
    private volatile boolean held;
    private volatile long lookedAt;
    private long notBefore;

    /** When the first is due, as long as nothing says that this has changed. */
    private long dueAt;

    private volatile boolean dueChanged = true;

    /**
     * A sampler of the programs of this node.
     *
     * @param programs where the counts are read
     * @param errors where failed readings are counted
     * @param nanoTime a clock that never goes back, as {@link System#nanoTime()}
     * @param pidLimit how many processes of a pod have a series of their own
     * @param revision what tells that something was read
     */
    public PodSampler(
            NodePrograms programs, ProgramErrors errors, LongSupplier nanoTime, int pidLimit, Revision revision) {
        this.programs = programs;
        this.errors = errors;
        this.nanoTime = nanoTime;
        this.pidLimit = pidLimit;
        this.revision = revision;
        this.notBefore = nanoTime.getAsLong();
        this.lookedAt = notBefore;
    }

    /** This process sees to the node from now on. */
    public void begin() {
        forgetAll();
        held = true;
    }

    /** This process is about to let go of the node: from now on, not a little later, no sample is shown any more. */
    public void end() {
        held = false;
        forgetAll();
    }

    private void forgetAll() {
        exported.clear();
        epoch.incrementAndGet();
        revision.advance();
    }

    /**
     * Which samples may be shown.
     *
     * @return a number that changes when all before must not be shown any more; empty while none must be
     */
    public OptionalLong epoch() {
        return isGap(nanoTime.getAsLong()) ? OptionalLong.empty() : OptionalLong.of(epoch.get());
    }

    private boolean isGap(long now) {
        return now - lookedAt > GAP_NANOS;
    }

    /**
     * Exports a pod from now on. A new one, and one whose programs are not those of the last reading, is read the next time
     * that anything is.
     *
     * @param pod the pod
     * @param interval how often
     * @param wanted the programs that it shall have, be they attached or not; series of another end
     */
    public void export(PodIdentity pod, Duration interval, Set<ProgramType> wanted) {
        Exported now = exported.compute(pod.key(), (key, before) -> {
            if (before != null && before.pod.equals(pod)) {
                before.interval = interval;
                if (before.want(wanted)) {
                    revision.advance();
                }
                return before;
            }
            if (before != null) {
                revision.advance();
            }
            return new Exported(pod, interval, pidLimit, wanted);
        });
        PodSample last = now.sample;
        if (last != null && !last.attached().equals(programs.attached(pod))) {
            now.outdated = true;
        }
        dueChanged = true;
    }

    /**
     * Ends the series of a pod.
     *
     * @param pod the pod
     */
    public void forget(ObjectKey pod) {
        if (exported.remove(pod) != null) {
            revision.advance();
        }
    }

    /** Reads every pod whose interval is over, if any is. */
    public void sampleDue() {
        long begin = nanoTime.getAsLong();
        if (isGap(begin)) {
            epoch.incrementAndGet();
            notBefore = begin;
        }
        if (held && begin - notBefore >= 0 && isAnyDue(begin)) {
            sample(
                    exported.values().stream()
                            .filter(pod -> pod.mayBeRead(begin))
                            .toList(),
                    begin);
            long end = nanoTime.getAsLong();
            notBefore = end + Math.min(SHARE * (end - begin), LONGEST_REST_NANOS);
        }
        lookedAt = nanoTime.getAsLong();
    }

    /** Asked a few times a second, of a thousand pods: whom to look at is found out when it may have changed. */
    private boolean isAnyDue(long now) {
        if (dueChanged || now - dueAt >= 0) {
            // Before: what changes meanwhile is looked at again.
            dueChanged = false;
            long left = LONGEST_REST_NANOS;
            for (Exported pod : exported.values()) {
                left = Math.min(left, pod.dueAt(now) - now);
            }
            dueAt = now + left;
        }
        return now - dueAt >= 0;
    }

    Collection<PodSample> samples() {
        if (!held) {
            return List.of();
        }
        List<PodSample> samples = new ArrayList<>(exported.size());
        for (Exported pod : exported.values()) {
            PodSample sample = pod.sample;
            if (sample != null) {
                samples.add(sample);
            }
        }
        return samples;
    }

    private void sample(List<Exported> pods, long now) {
        // Before: what changes while it is read is read again.
        pods.forEach(pod -> pod.outdated = false);
        dueChanged = true;
        Set<PodIdentity> identities = pods.stream().map(pod -> pod.pod).collect(Collectors.toSet());
        Map<PodIdentity, PodReading> readings = programs.read(identities);
        boolean changed = false;
        for (Exported pod : pods) {
            PodReading reading = readings.get(pod.pod);
            if (reading != null) {
                changed |= pod.take(reading, now);
                for (ProgramException failure : reading.failures()) {
                    errors.count(pod.pod.key(), failure);
                    LOG.warn("Pod {}: {}", pod.pod, failure.getMessage());
                }
            }
        }
        if (changed) {
            revision.advance();
        }
    }

    /** One pod's series over time. */
    private static final class Exported {
        private final PodIdentity pod;
        private final int pidLimit;
        private ProcessSeries processes;
        private NeverFalling<String> syscalls = new NeverFalling<>();
        private NeverFalling<String> packets = new NeverFalling<>();
        private Set<ProgramType> wanted;
        private volatile Duration interval;
        private volatile long readAt;
        private volatile boolean outdated;
        private volatile @Nullable PodSample sample;

        private Exported(PodIdentity pod, Duration interval, int pidLimit, Set<ProgramType> wanted) {
            this.pod = pod;
            this.pidLimit = pidLimit;
            this.processes = new ProcessSeries(pidLimit);
            this.interval = interval;
            this.wanted = Set.copyOf(wanted);
        }

        /**
         * A program that is not wanted any more takes its counts with it; one that only could not be attached does not. Answers
         * whether there is something else to be shown than before.
         */
        private synchronized boolean want(Set<ProgramType> now) {
            boolean counted = wanted.contains(ProgramType.SYSCALL_COUNTER);
            boolean filtered = wanted.contains(ProgramType.L4_FIREWALL);
            wanted = Set.copyOf(now);
            boolean counts = wanted.contains(ProgramType.SYSCALL_COUNTER);
            boolean filters = wanted.contains(ProgramType.L4_FIREWALL);
            if (counted && !counts) {
                processes = new ProcessSeries(pidLimit);
                syscalls = new NeverFalling<>();
            }
            if (filtered && !filters) {
                packets = new NeverFalling<>();
            }
            PodSample last = sample;
            return last != null
                    && show(new PodSample(
                            last.pod(),
                            last.attached(),
                            counts ? last.byProcess() : Map.of(),
                            counts ? last.bySyscall() : Map.of(),
                            filters ? last.firewall() : Map.of()));
        }

        private boolean show(PodSample next) {
            if (next.equals(sample)) {
                return false;
            }
            sample = next;
            return true;
        }

        private long dueAt(long now) {
            return sample == null || outdated ? now : readAt + interval.toNanos();
        }

        private boolean mayBeRead(long now) {
            return now - dueAt(now) >= 0 || now - readAt >= interval.toNanos() / 2;
        }

        /** A count that could not be read stands still. Answers whether there is something else to be shown than before. */
        private synchronized boolean take(PodReading reading, long now) {
            readAt = now;
            PodSample last = sample;
            Map<String, Long> byProcess = last == null ? Map.of() : last.byProcess();
            Map<String, Long> bySyscall = last == null ? Map.of() : last.bySyscall();
            Map<String, Long> firewall = last == null ? Map.of() : last.firewall();
            // What was read may have been taken off since.
            if (reading.syscalls().isPresent() && wanted.contains(ProgramType.SYSCALL_COUNTER)) {
                SyscallCounts counts = reading.syscalls().get();
                byProcess = processes.standsAt(counts.byProcess()) ? byProcess : processes.take(counts.byProcess());
                bySyscall = syscalls.standsAt(counts.bySyscall()) ? bySyscall : syscalls.standing(counts.bySyscall());
            }
            if (reading.firewall().isPresent() && wanted.contains(ProgramType.L4_FIREWALL)) {
                Map<String, Long> counts = byKind(reading.firewall().get());
                firewall = packets.standsAt(counts) ? firewall : packets.standing(counts);
            }
            return show(new PodSample(pod.key(), reading.attached(), byProcess, bySyscall, firewall));
        }

        private static Map<String, Long> byKind(FirewallCounts counts) {
            return Map.of(
                    "allowed", counts.allowed(),
                    "blocked", counts.blocked(),
                    "tcp", counts.tcp(),
                    "udp", counts.udp());
        }
    }
}
