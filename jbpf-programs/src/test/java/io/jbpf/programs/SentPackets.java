package io.jbpf.programs;

import io.jbpf.testkit.TestNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * What the network stack of a namespace says it has sent, as the wire carries it: an account that nothing of ours keeps.
 * See RFC 4022 and RFC 4113 for the counters' meaning, and netstat(8) for their source.
 *
 * @param tcp segments, those sent again and resets included
 * @param udp datagrams, over IPv4 and IPv6
 * @param frames what the network interface was given: a bundle of segments (GSO) is one
 */
record SentPackets(long tcp, long udp, long frames) {

    static SentPackets by(TestNetwork.End end) throws IOException {
        return end.namespace().call(() -> {
            List<String> snmp = Files.readAllLines(Path.of("/proc/thread-self/net/snmp"));
            List<String> snmp6 = Files.readAllLines(Path.of("/proc/thread-self/net/snmp6"));
            return new SentPackets(
                    value(snmp, "Tcp:", "OutSegs") + value(snmp, "Tcp:", "RetransSegs"),
                    value(snmp, "Udp:", "OutDatagrams") + value6(snmp6, "Udp6OutDatagrams"),
                    frames(end.interfaceInfo().name()));
        });
    }

    SentPackets minus(SentPackets earlier) {
        return new SentPackets(tcp - earlier.tcp, udp - earlier.udp, frames - earlier.frames);
    }

    /** Two lines of a group: the first has the names, the second the numbers. */
    private static long value(List<String> lines, String group, String name) {
        List<List<String>> rows = lines.stream()
                .filter(line -> line.startsWith(group))
                .map(line -> Arrays.asList(line.split(" ", -1)))
                .toList();
        return Long.parseLong(rows.get(1).get(rows.get(0).indexOf(name)));
    }

    private static long value6(List<String> lines, String name) {
        return lines.stream()
                .map(line -> line.split("\\s+", -1))
                .filter(field -> field[0].equals(name))
                .mapToLong(field -> Long.parseLong(field[1]))
                .findFirst()
                .orElseThrow();
    }

    /** transmit packets of /proc/net/dev: the tenth number after the name. */
    private static long frames(String device) throws IOException {
        return Files.readAllLines(Path.of("/proc/thread-self/net/dev")).stream()
                .map(String::strip)
                .filter(line -> line.startsWith(device + ":"))
                .map(line -> line.substring(device.length() + 1).strip().split("\\s+", -1))
                .mapToLong(field -> Long.parseLong(field[9]))
                .findFirst()
                .orElseThrow();
    }
}
