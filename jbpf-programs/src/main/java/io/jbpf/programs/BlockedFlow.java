package io.jbpf.programs;

import java.net.InetAddress;
import java.time.Instant;

/**
 * Packets that a firewall has blocked, of one sender to one port.
 *
 * @param firewall which one: {@link L4Firewall#id()}
 * @param source who sent them, as they claim
 * @param port the port they were sent to
 * @param tcp whether they were of TCP; else of UDP
 * @param first when the first came since flows were last taken
 * @param last when the last came
 * @param packets how many, as the wire carries them
 */
public record BlockedFlow(
        long firewall, InetAddress source, int port, boolean tcp, Instant first, Instant last, long packets) {}
