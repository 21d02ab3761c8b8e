/**
 * What programs tell while they run, and what they are told: {@link io.jbpf.event.RingBuffer} (Linux 5.8) and
 * {@link io.jbpf.event.PerfBuffer} (any kernel) bring a program's events to a handler,
 * {@link io.jbpf.event.UserRingBuffer} (Linux 6.1) brings ours to a program. The first two are an
 * {@link io.jbpf.event.EventSource}, which is read and waited for in one way; an {@link io.jbpf.event.EventGroup} is
 * several of them as one.
 *
 * <p>Nothing is copied: a handler sees the memory that the program wrote. After a close that memory reads as zeroes, from
 * whichever thread; no use of it, at whatever moment, touches an address that is not mapped.
 *
 * <p>Inside, from the bottom: {@code KernelRing}, {@code UserRing} and {@code PerfRing} know the layouts and the memory
 * order, and need no kernel; {@code Epoll} waits; {@code Gate} lets one thread in and holds a close back until it has left.
 */
@NullMarked
package io.jbpf.event;

import org.jspecify.annotations.NullMarked;
