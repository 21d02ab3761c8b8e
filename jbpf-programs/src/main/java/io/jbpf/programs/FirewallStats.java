package io.jbpf.programs;

/**
 * What a firewall did since it was attached. Only TCP and UDP are judged and counted; other packets pass uncounted. In
 * packets and in bytes, {@code allowed + blocked = tcp + udp + unreadable}.
 *
 * @param allowed packets that passed
 * @param blocked packets that were dropped
 * @param tcp judged packets that were TCP
 * @param udp judged packets that were UDP
 * @param unreadable packets without a readable port (truncated, or a fragment whose first is not known), judged by the
 *     default action
 * @param flowsLost own connections that could not be remembered, so that their answers may have been refused
 * @param blockedUnreported blocked packets that {@link BlockedFlows} does not show, for lack of room or since too many
 *     flows were blocked in a second; all of them are in {@code blocked}
 */
public record FirewallStats(
        Traffic allowed,
        Traffic blocked,
        Traffic tcp,
        Traffic udp,
        Traffic unreadable,
        long flowsLost,
        long blockedUnreported) {

    /** Nothing happened yet. */
    public static final FirewallStats NONE =
            new FirewallStats(Traffic.NONE, Traffic.NONE, Traffic.NONE, Traffic.NONE, Traffic.NONE, 0, 0);

    /** {@return both together} */
    public FirewallStats plus(FirewallStats other) {
        return new FirewallStats(
                allowed.plus(other.allowed),
                blocked.plus(other.blocked),
                tcp.plus(other.tcp),
                udp.plus(other.udp),
                unreadable.plus(other.unreadable),
                flowsLost + other.flowsLost,
                blockedUnreported + other.blockedUnreported);
    }

    /** {@return what happened since an earlier count} */
    public FirewallStats minus(FirewallStats earlier) {
        return new FirewallStats(
                allowed.minus(earlier.allowed),
                blocked.minus(earlier.blocked),
                tcp.minus(earlier.tcp),
                udp.minus(earlier.udp),
                unreadable.minus(earlier.unreadable),
                flowsLost - earlier.flowsLost,
                blockedUnreported - earlier.blockedUnreported);
    }
}
