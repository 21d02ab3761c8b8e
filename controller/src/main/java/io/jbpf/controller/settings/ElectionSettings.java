package io.jbpf.controller.settings;

import java.time.Duration;

/**
 * How replicas elect the one that acts. The names of the durations are those of client-go, and so is what they mean, but that a
 * leader renews when half of its renew deadline is over, and not in each retry period.
 *
 * @param lockNamespace {@code LEADER_ELECTION_LOCK_NAMESPACE}: where the Lease is
 * @param lockName {@code LEADER_ELECTION_LOCK_NAME}: its name
 * @param identity who this process is: {@code <node>/<pod>}
 * @param leaseDuration {@code LEADER_ELECTION_LEASE_DURATION}: after how long without renewal another may take over
 * @param renewDeadline {@code LEADER_ELECTION_RENEW_DEADLINE}: after how long without renewal a leader stops to act
 * @param retryPeriod {@code LEADER_ELECTION_RETRY_PERIOD}: how often the others look, and a leader tries again whose renewal
 *     failed, and how long a request may take
 */
public record ElectionSettings(
        String lockNamespace,
        String lockName,
        String identity,
        Duration leaseDuration,
        Duration renewDeadline,
        Duration retryPeriod) {

    /** As in client-go: what a leader needs to have one more try before its deadline. */
    private static final double JITTER = 1.2;

    private static final Duration SHORTEST_LEASE = Duration.ofSeconds(1);
    private static final Duration SHORTEST_RETRY = Duration.ofMillis(100);

    /**
     * Which node's process an identity is.
     *
     * @param identity {@code <node>/<pod>}
     * @return the node; empty if it is no such identity
     */
    public static String nodeOf(String identity) {
        int slash = identity.indexOf('/');
        return slash < 0 ? "" : identity.substring(0, slash);
    }

    static ElectionSettings from(Environment environment, String nodeName) {
        String namespace = environment
                .text(Variable.LEADER_ELECTION_LOCK_NAMESPACE)
                .map(text -> environment.namespace(Variable.LEADER_ELECTION_LOCK_NAMESPACE))
                .orElseGet(() -> {
                    environment.need(
                            Variable.POD_NAMESPACE,
                            "the Lease of the election is in it (in a manifest: fieldRef metadata.namespace; or set"
                                    + " LEADER_ELECTION_LOCK_NAMESPACE, or LEADER_ELECTION_ENABLED=false)");
                    return environment.namespace(Variable.POD_NAMESPACE);
                });
        environment.need(
                Variable.POD_NAME,
                "the election tells replicas apart by it (in a manifest: fieldRef metadata.name; or set"
                        + " LEADER_ELECTION_ENABLED=false)");
        Duration lease = environment.duration(Variable.LEADER_ELECTION_LEASE_DURATION, SHORTEST_LEASE);
        Duration renew = environment.duration(Variable.LEADER_ELECTION_RENEW_DEADLINE, SHORTEST_RETRY);
        Duration retry = environment.duration(Variable.LEADER_ELECTION_RETRY_PERIOD, SHORTEST_RETRY);
        if (lease.compareTo(renew) <= 0) {
            throw environment.wrong(
                    Variable.LEADER_ELECTION_LEASE_DURATION,
                    "must be longer than LEADER_ELECTION_RENEW_DEADLINE ("
                            + environment.value(Variable.LEADER_ELECTION_RENEW_DEADLINE)
                            + "), or two could lead at a time");
        }
        if (renew.toNanos() <= retry.toNanos() * JITTER) {
            throw environment.wrong(
                    Variable.LEADER_ELECTION_RENEW_DEADLINE,
                    "must be longer than 1.2 times LEADER_ELECTION_RETRY_PERIOD ("
                            + environment.value(Variable.LEADER_ELECTION_RETRY_PERIOD)
                            + "), or a leader could not renew in time");
        }
        return new ElectionSettings(
                namespace,
                environment.name(Variable.LEADER_ELECTION_LOCK_NAME),
                nodeName + "/" + environment.name(Variable.POD_NAME),
                lease,
                renew,
                retry);
    }
}
