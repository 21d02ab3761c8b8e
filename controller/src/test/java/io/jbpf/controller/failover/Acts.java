package io.jbpf.controller.failover;

import io.jbpf.controller.kubernetes.AuditLog;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Who acted when, by the API server's own record: each replica has a service account of its own, and acts when it changes
 * something, be it a ConfigMap, a status or an Event. The Lease is how they come to it and does not count.
 */
record Acts(List<AuditLog.Request> changes) {
    private static final Set<String> CHANGING = Set.of("create", "update", "patch", "delete");

    /** Those that succeeded since then. */
    static Acts since(AuditLog log, Instant begin) {
        return new Acts(log.requests().stream()
                .filter(request -> request.code() < HttpURLConnection.HTTP_BAD_REQUEST)
                .filter(request -> CHANGING.contains(request.verb()))
                .filter(request -> !request.resource().equals("leases"))
                .filter(request -> request.received().isAfter(begin))
                .sorted(Comparator.comparing(AuditLog.Request::received))
                .toList());
    }

    /** When a replica first acted after a point in time. */
    Optional<Instant> first(String user, Instant after) {
        return changes.stream()
                .filter(request ->
                        request.user().equals(user) && request.received().isAfter(after))
                .map(AuditLog.Request::received)
                .findFirst();
    }

    /** Each time that one acted after another had taken over from it. Several take-overs are no trouble, returns are. */
    List<String> overlaps() {
        List<String> order = new ArrayList<>();
        List<String> overlaps = new ArrayList<>();
        for (AuditLog.Request change : changes) {
            if (order.isEmpty() || !order.get(order.size() - 1).equals(change.user())) {
                if (order.contains(change.user())) {
                    overlaps.add(change.user() + " acted again at " + change.received() + " (" + change.verb() + " "
                            + change.resource() + ")");
                }
                order.add(change.user());
            }
        }
        return overlaps;
    }

    /** The longest time in which nobody acted. */
    Duration longestPause() {
        Duration longest = Duration.ZERO;
        for (int i = 1; i < changes.size(); i++) {
            Duration pause = Duration.between(
                    changes.get(i - 1).received(), changes.get(i).received());
            if (pause.compareTo(longest) > 0) {
                longest = pause;
            }
        }
        return longest;
    }
}
