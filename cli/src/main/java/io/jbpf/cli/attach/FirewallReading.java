package io.jbpf.cli.attach;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.jbpf.cli.output.Table;
import io.jbpf.programs.FirewallStats;
import java.util.ArrayList;
import java.util.List;

/**
 * A reading of the firewall. Packets are counted as the wire carries them; only TCP and UDP are judged and counted.
 *
 * @param time of the reading, UTC
 * @param interfaceName the interface that is filtered; in JSON {@code interface}
 * @param hook {@code tcx} or {@code clsact}
 * @param seconds how long the interval was
 * @param allowed packets that passed
 * @param blocked packets that were dropped
 * @param tcp judged packets that were TCP
 * @param udp judged packets that were UDP
 * @param unreadable judged packets without a readable port
 * @param flowsLost own connections that could not be remembered
 */
record FirewallReading(
        String time,
        @JsonProperty("interface") String interfaceName,
        String hook,
        double seconds,
        Counts allowed,
        Counts blocked,
        Counts tcp,
        Counts udp,
        Counts unreadable,
        long flowsLost)
        implements Reading {

    /**
     * Traffic of one kind.
     *
     * @param packets since the attach
     * @param bytes since the attach
     * @param packetsDelta in the interval
     * @param bytesDelta in the interval
     */
    record Counts(long packets, long bytes, long packetsDelta, long bytesDelta) {
        private static Counts of(io.jbpf.programs.Traffic now, io.jbpf.programs.Traffic interval) {
            return new Counts(now.packets(), now.bytes(), interval.packets(), interval.bytes());
        }
    }

    static FirewallReading of(
            String time, String interfaceName, String hook, double seconds, FirewallStats now, FirewallStats before) {
        FirewallStats interval = now.minus(before);
        return new FirewallReading(
                time,
                interfaceName,
                hook,
                seconds,
                Counts.of(now.allowed(), interval.allowed()),
                Counts.of(now.blocked(), interval.blocked()),
                Counts.of(now.tcp(), interval.tcp()),
                Counts.of(now.udp(), interval.udp()),
                Counts.of(now.unreadable(), interval.unreadable()),
                now.flowsLost());
    }

    @Override
    public List<String> lines(boolean screen) {
        Table table = Table.of(interfaceName, ">PACKETS", ">BYTES", ">PACKETS/S", ">BYTES/S");
        row(table, "allowed", allowed);
        row(table, "blocked", blocked);
        row(table, "tcp", tcp);
        row(table, "udp", udp);
        row(table, "unreadable", unreadable);
        List<String> lines = new ArrayList<>();
        lines.add(time + "  " + hook);
        lines.addAll(table.lines());
        if (flowsLost > 0) {
            lines.add(flowsLost + " own connections could not be remembered: their answers may have been blocked");
        }
        return lines;
    }

    private void row(Table table, String name, Counts counts) {
        table.row(
                name,
                counts.packets(),
                counts.bytes(),
                Rate.perSecond(counts.packetsDelta(), seconds),
                Rate.perSecond(counts.bytesDelta(), seconds));
    }
}
