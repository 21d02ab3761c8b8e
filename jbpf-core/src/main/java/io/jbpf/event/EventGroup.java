package io.jbpf.event;

import io.jbpf.error.SystemCallException;
import io.jbpf.sys.SystemCalls;
import java.util.List;

/**
 * Several sources as one: read in turn, and waited for together. The sources stay the caller's: closing the group leaves
 * them open, and one that is closed is passed over.
 */
public final class EventGroup extends EventSource {
    private final List<EventSource> sources;

    private EventGroup(List<EventSource> sources, Epoll epoll) {
        super("the group of " + sources, epoll);
        this.sources = sources;
    }

    /**
     * A group.
     *
     * @param sources what it is made of, not closed; read in this order
     * @throws SystemCallException EMFILE if the process has no descriptors left: a group takes two
     */
    public static EventGroup of(EventSource... sources) {
        List<EventSource> list = List.of(sources);
        Epoll epoll = Epoll.open(SystemCalls.host(), "events of " + list);
        try {
            list.forEach(source -> epoll.add(source.epoll()));
            return new EventGroup(list, epoll);
        } catch (RuntimeException | Error e) {
            epoll.close();
            throw e;
        }
    }

    @Override
    int drain() {
        int events = 0;
        for (EventSource source : sources) {
            if (gate().isClosed()) {
                break;
            }
            if (!source.isClosed()) {
                events += consume(source);
            }
        }
        return events;
    }

    @Override
    long longestWaitNanos() {
        return sources.stream().mapToLong(EventSource::longestWaitNanos).min().orElse(Long.MAX_VALUE);
    }

    private static int consume(EventSource source) {
        try {
            return source.consume();
        } catch (IllegalStateException e) {
            if (source.isClosed()) {
                return 0; // between the question and the call, or by its own handler
            }
            throw e;
        }
    }

    @Override
    void release() {}
}
