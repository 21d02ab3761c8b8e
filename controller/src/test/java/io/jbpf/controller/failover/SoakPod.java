package io.jbpf.controller.failover;

import io.jbpf.inspect.NetworkPrograms;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One life of a pod: what the API was told of it, what it has on the node, what it is to have, and what it has done. What is
 * wanted may change any time; until that is seen to be in force, what was wanted before may be in force still.
 */
final class SoakPod {
    private static final long AT_REST_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long BEGAN_ANEW_NANOS = TimeUnit.SECONDS.toNanos(60);

    final String name;
    final String uid;
    final boolean elsewhere;
    final Map<String, String> labels;
    final Map<String, String> annotations;

    private @Nullable NodePod node;
    private String phase = "Pending";
    private Wanted wanted = Wanted.NOTHING;
    private List<Wanted> possible = new ArrayList<>(List.of(Wanted.NOTHING));
    private long changedAt = System.nanoTime();
    private long openSince = changedAt;
    private boolean settled;

    /** No packet is sent until the filter is seen: then all that were sent have been counted. */
    private boolean awaitsFilter;

    private final Exactness calls = new Exactness();
    private final Exactness packets = new Exactness();
    private boolean counterSeen;
    private CallingProgram.Calls called = CallingProgram.Calls.NONE;
    private long sent;

    /** Whether what was counted must be just what was done: not where it may have been taken off and put on in between. */
    private static final class Exactness {
        private boolean isOff = true;
        private boolean exact;
        private long begunAnewAt = System.nanoTime();

        private void change(boolean was, boolean is) {
            if (was == is) {
                return;
            }
            exact = is && isOff;
            isOff = false;
            begunAnewAt = System.nanoTime();
        }

        /** Also long after it began, if nothing was read since: of a pod of that name before, or before it was switched off. */
        private boolean mayBeginAnew(long readAt) {
            return readAt - begunAnewAt < BEGAN_ANEW_NANOS;
        }
    }

    SoakPod(String name, String uid, boolean elsewhere, Map<String, String> labels, Map<String, String> annotations) {
        this.name = name;
        this.uid = uid;
        this.elsewhere = elsewhere;
        this.labels = new TreeMap<>(labels);
        this.annotations = new TreeMap<>(annotations);
    }

    synchronized Optional<NodePod> node() {
        return Optional.ofNullable(node);
    }

    synchronized void onNode(NodePod made) {
        node = made;
    }

    synchronized String phase() {
        return phase;
    }

    synchronized void phase(String now) {
        phase = now;
    }

    boolean hasEnded() {
        return phase().equals("Succeeded");
    }

    synchronized Wanted wanted() {
        return wanted;
    }

    /** From now on this may be in force. */
    synchronized void want(Wanted next) {
        if (next.equals(wanted)) {
            return;
        }
        boolean filtered = wanted.refused().isPresent();
        boolean counted = wanted.syscalls().isPresent();
        packets.change(filtered, next.refused().isPresent());
        calls.change(counted, next.syscalls().isPresent());
        if (!filtered && next.refused().isPresent()) {
            awaitsFilter = true;
            sent = 0;
        }
        if (!counted && next.syscalls().isPresent()) {
            counterSeen = false;
            called = CallingProgram.Calls.NONE;
        }
        wanted = next;
        possible.add(next);
        changedAt = System.nanoTime();
        openSince = changedAt;
        settled = false;
    }

    /** What a runtime does; the filter of the new network is another. */
    synchronized void replaceSandbox(String hostEnd) throws IOException {
        NodePod on = onNode();
        on.replaceSandbox(hostEnd);
        packets.exact = false;
        awaitsFilter = wanted.refused().isPresent();
        changedAt = System.nanoTime();
        openSince = changedAt;
        settled = false;
    }

    synchronized void restartContainer() throws IOException {
        onNode().restartContainer();
    }

    /** Takes it off the node. */
    synchronized void end() throws IOException {
        NodePod on = node;
        node = null;
        if (on != null) {
            on.close();
        }
    }

    private NodePod onNode() {
        NodePod on = node;
        if (on == null) {
            throw new IllegalStateException("pod " + name + " is not on the node");
        }
        return on;
    }

    /** Has it make calls, unless they may not be counted yet; whether it did. */
    synchronized boolean call(boolean counterThere, int plain, int killing) throws IOException {
        counterSeen |= counterThere;
        if (node == null || (wanted.syscalls().isPresent() && !counterSeen)) {
            return false;
        }
        called = called.plus(CallingProgram.call(onNode().process(), plain, killing));
        return true;
    }

    /** The calls since its counting began. */
    synchronized CallingProgram.Calls called() {
        return called;
    }

    synchronized boolean countsExactly() {
        return calls.exact;
    }

    synchronized boolean filtersExactly() {
        return packets.exact;
    }

    synchronized long sent() {
        return sent;
    }

    synchronized void sent(int more) {
        sent += more;
    }

    /** Whether packets may be sent: see {@link #awaitsFilter}. */
    synchronized boolean takesPackets() {
        if (node == null) {
            return false;
        }
        if (awaitsFilter && hasFilter()) {
            awaitsFilter = false;
            sent = 0;
            if (packets.exact) {
                // It was not taken off since.
                possible.removeIf(each -> each.refused().isEmpty());
            }
        }
        return !awaitsFilter;
    }

    synchronized boolean awaitsFilter() {
        return awaitsFilter;
    }

    /** Whether there is a program of anybody's in both directions. */
    private boolean hasFilter() {
        return NetworkPrograms.in(onNode().namespace()).interfaces().stream()
                .anyMatch(each -> each.hooks().size() == 2 || each.filters().size() == 2);
    }

    /** Whether a port is refused by all that may be in force. */
    synchronized boolean surelyRefuses(int port) {
        return possible.stream().allMatch(each -> each.refuses(port));
    }

    /** Whether a port is refused by nothing that may be in force. */
    synchronized boolean surelyPasses(int port) {
        return possible.stream().noneMatch(each -> each.refuses(port));
    }

    /**
     * What is wanted was seen to be in force.
     *
     * @param calmSince since when the API server and a controller have been there; empty if one is not
     */
    synchronized void seenInForce(Optional<Long> calmSince) {
        if (isAtRest(calmSince)) {
            possible = new ArrayList<>(List.of(wanted));
            settled = true;
            if (wanted.refused().isEmpty() && !hasFilter()) {
                packets.isOff = true;
            }
        }
    }

    /** It was seen that its calls are not counted, as is wanted. */
    synchronized void seenUncounted(Optional<Long> calmSince) {
        if (wanted.syscalls().isEmpty() && isAtRest(calmSince)) {
            calls.isOff = true;
        }
    }

    /** What was wanted in between is past by now: nobody works from what he knew so long ago. */
    private boolean isAtRest(Optional<Long> calmSince) {
        long now = System.nanoTime();
        return calmSince.isPresent() && now - calmSince.get() > AT_REST_NANOS && now - changedAt > AT_REST_NANOS;
    }

    /** For how long it is open what is in force, while somebody could have seen to it. */
    synchronized long openNanos(Optional<Long> calmSince) {
        if (settled || node == null || calmSince.isEmpty()) {
            return 0;
        }
        return System.nanoTime() - Math.max(openSince, calmSince.get());
    }

    /** Whether a counter may have begun anew: the pod is new, or its program was taken off and put on. */
    synchronized boolean mayBeginAnew(String series, long readAt) {
        return (series.contains("l4_firewall") ? packets : calls).mayBeginAnew(readAt);
    }

    @Override
    public String toString() {
        return name + " (" + uid + ")";
    }
}
