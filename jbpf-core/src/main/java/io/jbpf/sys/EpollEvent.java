package io.jbpf.sys;

import io.jbpf.sys.StructLayout.Field;

/**
 * {@code struct epoll_event}, linux/eventpoll.h. Packed on x86_64, so that its data follow the events at once: 12 bytes.
 * Anywhere else C's alignment makes it 16.
 */
public final class EpollEvent {
    /** The struct on this machine. */
    public static final StructLayout LAYOUT = new StructLayout("epoll_event");

    /** {@code EPOLLIN} and its like. */
    public static final Field EVENTS = LAYOUT.u32("events");

    static {
        if (System.getProperty("os.arch").equals("amd64")) {
            LAYOUT.u32("data (low half)");
            LAYOUT.u32("data (high half)");
        } else {
            LAYOUT.u64("data");
        }
    }

    private EpollEvent() {}
}
