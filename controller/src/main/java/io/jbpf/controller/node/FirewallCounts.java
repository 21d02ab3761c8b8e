package io.jbpf.controller.node;

/**
 * Packets that the filter of a pod has judged, as the wire would carry them.
 *
 * @param allowed let through
 * @param blocked dropped
 * @param tcp of both, those of TCP
 * @param udp of both, those of UDP
 */
public record FirewallCounts(long allowed, long blocked, long tcp, long udp) {}
