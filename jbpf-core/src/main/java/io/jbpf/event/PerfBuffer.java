package io.jbpf.event;

import io.jbpf.error.SystemCallException;
import io.jbpf.map.BpfMap;
import io.jbpf.object.MapType;
import io.jbpf.sys.SystemCalls;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Reads what programs write with {@code bpf_perf_event_output(…, BPF_F_CURRENT_CPU, …)}: {@code
 * BPF_MAP_TYPE_PERF_EVENT_ARRAY}, Linux 4.4. A ring for each CPU, so samples of one CPU come in order and those of several
 * in none; where Linux is 5.8 or later, a {@link RingBuffer} has one order, needs less memory and costs less.
 *
 * <pre>{@code
 * SampleHandler show = (cpu, data, offset, length) -> show(cpu, data.getInt(offset));
 * try (PerfBuffer samples = PerfBuffer.open(object.map("events"), PerfBufferOptions.DEFAULTS, show)) {
 *     samples.poll(Duration.ofMillis(200));
 * }
 * }</pre>
 *
 * <p>Samples that found a ring full are counted by the kernel: {@link #lost}, exact once a further sample on that CPU has
 * been read.
 *
 * <p>A CPU that comes online later is taken in within a second or so by whoever polls; what programs write on it before that is
 * refused (-ENOENT) and counted nowhere. The slots of the map are emptied by the close. A map has one reader.
 *
 * <p>Needs CAP_PERFMON, or CAP_SYS_ADMIN before Linux 5.8, or a low {@code perf_event_paranoid}. A descriptor for each
 * CPU, and three.
 */
public final class PerfBuffer extends EventSource {
    private static final long HOT_PLUG_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final SystemCalls calls;
    private final PerfSlots slots;
    private final Supplier<? extends Set<Integer>> online;
    private final PerfBufferOptions options;
    private final SampleHandler handler;
    private final Map<Integer, PerfEvent> events = new ConcurrentSkipListMap<>();

    /** What was lost by events that others have replaced, by CPU. */
    private final Map<Integer, Long> lostBefore = new ConcurrentSkipListMap<>();

    /** CPUs with an event that went offline: the event does not come back with its CPU. */
    private final Set<Integer> stale = new TreeSet<>();

    private long looked = System.nanoTime();

    private PerfBuffer(
            SystemCalls calls,
            String what,
            Epoll epoll,
            PerfSlots slots,
            Supplier<? extends Set<Integer>> online,
            PerfBufferOptions options,
            SampleHandler handler) {
        super(what, epoll);
        this.calls = calls;
        this.slots = slots;
        this.online = online;
        this.options = options;
        this.handler = handler;
    }

    /**
     * Opens an event for each CPU that is online and puts it into the map, which may be closed afterwards.
     *
     * @param map of type {@code PERF_EVENT_ARRAY}, with a slot for each CPU
     * @param options size and wake-up
     * @param handler takes the samples
     * @throws IllegalArgumentException if the map is of another type, or has too few slots
     * @throws SystemCallException EPERM or EACCES if perf events are not allowed, EMFILE if there are no descriptors left
     */
    public static PerfBuffer open(BpfMap map, PerfBufferOptions options, SampleHandler handler) {
        RingMap.require(map, MapType.PERF_EVENT_ARRAY);
        return open(
                map.fd().calls(),
                "the perf buffer of " + map.fd().what(),
                PerfSlots.of(map.duplicate()),
                OnlineCpus::read,
                options,
                handler);
    }

    /** Opens it on slots of the caller's, which are closed with it, or if that fails. */
    static PerfBuffer open(
            SystemCalls calls,
            String what,
            PerfSlots slots,
            Supplier<? extends Set<Integer>> online,
            PerfBufferOptions options,
            SampleHandler handler) {
        try (Opening opening = new Opening()) {
            opening.add(slots::close);
            Epoll epoll = Epoll.open(calls, "samples of " + what);
            opening.add(epoll::close);
            PerfBuffer opened = new PerfBuffer(calls, what, epoll, slots, online, options, handler);
            opening.add(opened::closeEvents);
            for (int cpu : online.get()) {
                if (cpu >= slots.count()) {
                    throw new IllegalArgumentException(what + " has " + slots.count() + " slots, and CPU " + cpu
                            + " is online: leave max_entries at 0, and the loader makes as many as there can be CPUs");
                }
                opened.add(cpu);
            }
            opening.done();
            return opened;
        }
    }

    private void add(int cpu) {
        Optional<PerfEvent> opened = PerfEvent.open(calls, cpu, options, handler);
        if (opened.isEmpty()) {
            return; // offline again
        }
        PerfEvent event = opened.get();
        try {
            epoll().add(event.fd(), Epoll.EPOLLIN);
            slots.put(cpu, event.fd());
        } catch (RuntimeException | Error e) {
            event.close();
            throw e;
        }
        PerfEvent before = events.put(cpu, event);
        stale.remove(cpu);
        if (before != null) {
            lostBefore.merge(cpu, before.ring().lost(), Long::sum);
            before.close();
        }
    }

    /** {@return the CPUs whose samples are read} */
    public List<Integer> cpus() {
        return List.copyOf(events.keySet());
    }

    /** {@return how many samples found a ring full, on all CPUs, as far as the kernel has said so} */
    public long lost() {
        return events.keySet().stream().mapToLong(this::lost).sum();
    }

    /** {@return how many samples found the ring of that CPU full, as far as the kernel has said so} */
    public long lost(int cpu) {
        PerfEvent event = events.get(cpu);
        return lostBefore.getOrDefault(cpu, 0L)
                + (event == null ? 0 : event.ring().lost());
    }

    @Override
    int drain() {
        int samples = 0;
        for (PerfEvent event : events.values()) {
            samples += event.ring().drain(gate());
        }
        if (System.nanoTime() - looked >= HOT_PLUG_NANOS && !gate().isClosed()) {
            looked = System.nanoTime();
            followHotPlug();
        }
        return samples;
    }

    @Override
    long longestWaitNanos() {
        return HOT_PLUG_NANOS;
    }

    /** Takes in CPUs that are online and have no event, or one from before they were offline. */
    void followHotPlug() {
        Set<Integer> now = online.get();
        for (int cpu : events.keySet()) {
            if (!now.contains(cpu)) {
                stale.add(cpu);
            }
        }
        for (int cpu : now) {
            if (cpu < slots.count() && (stale.contains(cpu) || !events.containsKey(cpu))) {
                add(cpu);
            }
        }
    }

    private void closeEvents() {
        try (Opening all = new Opening()) {
            events.forEach((cpu, event) -> {
                all.add(event::close);
                all.add(() -> slots.clear(cpu));
            });
        }
    }

    @Override
    void release() {
        try {
            closeEvents();
        } finally {
            slots.close();
        }
    }
}
