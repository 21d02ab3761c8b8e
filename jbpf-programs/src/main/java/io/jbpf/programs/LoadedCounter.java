package io.jbpf.programs;

import io.jbpf.BpfObject;
import io.jbpf.LoadOptions;
import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.LockHeldException;
import io.jbpf.error.SystemCallException;
import io.jbpf.fs.BpffsLock;
import io.jbpf.link.KernelLink;
import io.jbpf.map.BpfMap;
import io.jbpf.map.FdArray;
import io.jbpf.object.ObjectSpec;
import io.jbpf.program.BpfProgram;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The counter's maps, programs and links in the kernel, of this process alone or pinned in a directory. */
final class LoadedCounter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LoadedCounter.class);

    /** Who ends now, or only removes, needs a moment. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** Far above a grace period. */
    private static final long ENDING_NANOS = Duration.ofSeconds(2).toNanos();

    private static final long LOOK_NANOS = Duration.ofMillis(1).toNanos();

    private final BpfObject object;
    private final SysEnterHook way;
    private final Optional<CounterPins> pins;
    private final boolean adopted;
    private Optional<BpffsLock> lock = Optional.empty();
    private boolean unpinnable;
    private final Map<CounterHook, BpfProgram> stubs = new LinkedHashMap<>();
    private final Map<CounterHook, KernelLink> links = new LinkedHashMap<>();

    private LoadedCounter(BpfObject object, SysEnterHook way, Optional<CounterPins> pins, boolean adopted) {
        this.object = object;
        this.way = way;
        this.pins = pins;
        this.adopted = adopted;
    }

    /** Loads and attaches one that goes with this process. */
    static LoadedCounter open(CounterSizes sizes) {
        return fresh(spec(sizes), Optional.empty(), SysEnterProbe::waysToTry);
    }

    /** The same in a given way, whatever else the kernel can do. */
    static LoadedCounter open(CounterSizes sizes, SysEnterHook way) {
        return fresh(spec(sizes), Optional.empty(), spec -> List.of(way));
    }

    /**
     * Adopts the one that is pinned in a directory, with this version's programs in place of its own, or makes it.
     *
     * @param held what the caller has locked; if it is empty, the directory is locked until this is closed
     */
    static LoadedCounter open(CounterSizes sizes, Path directory, Optional<BpffsLock> held) {
        return open(sizes, directory, held, SysEnterProbe::waysToTry);
    }

    /** The same with other ways to see system calls than those that are right for this kernel. */
    static LoadedCounter open(
            CounterSizes sizes,
            Path directory,
            Optional<BpffsLock> held,
            Function<ObjectSpec, List<SysEnterHook>> waysToTry) {
        requireCovered(directory, held);
        ObjectSpec spec = spec(sizes);
        Place place = Place.of(directory, spec, held);
        try {
            LoadedCounter counter = open(spec, place.pins, waysToTry);
            counter.lock = place.lock;
            return counter;
        } catch (RuntimeException | Error e) {
            place.close();
            throw e;
        }
    }

    private static LoadedCounter open(
            ObjectSpec spec, CounterPins pins, Function<ObjectSpec, List<SysEnterHook>> waysToTry) {
        if (pins.hasCounter()) {
            return adopt(spec, pins, waysToTry);
        }
        pins.remove();
        return fresh(spec, Optional.of(pins), waysToTry);
    }

    /** Removes the one that is pinned in a directory. */
    static void remove(Path directory, Optional<BpffsLock> held) {
        requireCovered(directory, held);
        try (Place place = Place.of(directory, spec(CounterSizes.SMALL), held)) {
            place.pins.requireKnown();
            place.pins.remove();
            place.pins.removeDirectory();
        }
    }

    private static void requireCovered(Path directory, Optional<BpffsLock> held) {
        held.filter(lock -> !lock.covers(directory)).ifPresent(lock -> {
            throw new IllegalArgumentException("the " + lock + " does not cover " + directory);
        });
    }

    /** A counter's directory, made if it was missing, and its lock, if the caller has none. */
    private record Place(CounterPins pins, Optional<BpffsLock> lock) implements AutoCloseable {
        static Place of(Path directory, ObjectSpec spec, Optional<BpffsLock> held) {
            while (true) {
                CounterPins pins = CounterPins.at(directory, spec);
                if (held.isPresent()) {
                    return new Place(pins, Optional.empty());
                }
                Optional<Inode> which = Inode.of(directory);
                try {
                    return new Place(pins, Optional.of(BpffsLock.acquire(directory, PATIENCE)));
                } catch (LockHeldException e) {
                    throw e;
                } catch (BpfException e) {
                    if (Inode.of(directory).equals(which)) {
                        throw e;
                    }
                    // Who had it locked has removed it: it is made anew.
                }
            }
        }

        @Override
        public void close() {
            lock.ifPresent(BpffsLock::close);
        }
    }

    private static ObjectSpec spec(CounterSizes sizes) {
        return Bytecode.SYSCALL_COUNTER
                .spec()
                .withMap("targets", map -> map.withMaxEntries(sizes.targets()))
                .withMap("labels", map -> map.withMaxEntries(sizes.targets()))
                .withMap("watched_cgroups", map -> map.withMaxEntries(sizes.cgroups()))
                .withMap("gate", map -> map.withMaxEntries(CgroupGate.elements(sizes.cgroups())))
                .withMap("watched_tgids", map -> map.withMaxEntries(sizes.processes()))
                .withMap("process_counts", map -> map.withMaxEntries(sizes.processes()))
                .withMap("memberships", map -> map.withMaxEntries(sizes.processes()))
                .withMap("ended", map -> map.withMaxEntries(Math.max(1, sizes.processes() / 2)))
                .withMap("syscall_counts", map -> map.withMaxEntries(sizes.syscalls()));
    }

    /** In the way that is right for this kernel, which is found by trying. */
    private static LoadedCounter fresh(
            ObjectSpec spec, Optional<CounterPins> pins, Function<ObjectSpec, List<SysEnterHook>> waysToTry) {
        List<BpfException> refusals = new ArrayList<>();
        for (SysEnterHook way : waysToTry.apply(spec)) {
            try {
                return fresh(spec, pins, way);
            } catch (BpfException e) {
                pins.ifPresent(CounterPins::remove);
                if (way == SysEnterHook.CLASSIC_TRACEPOINT) {
                    LOG.warn(
                            "system calls can be missed on this kernel, which CounterDrops.missedRuns tells: it does not take"
                                    + " the classic tracepoint's programs ({})",
                            e.getMessage());
                }
                refusals.add(0, e);
            }
        }
        BpfException last = refusals.remove(0);
        refusals.forEach(last::addSuppressed);
        throw last;
    }

    private static LoadedCounter fresh(ObjectSpec spec, Optional<CounterPins> pins, SysEnterHook way) {
        LoadedCounter counter = new LoadedCounter(
                BpfObject.load(variant(spec, way, hook -> true), LoadOptions.DEFAULTS), way, pins, false);
        try {
            counter.install();
            pins.ifPresent(counter::pinMaps);
            CounterHook.of(way).forEach(hook -> counter.stub(hook, counter.object.program(hook.stub())));
            pins.ifPresent(place -> place.complete(counter.object.map("layout")));
            CounterHook.of(way).forEach(counter::link);
            return counter;
        } catch (RuntimeException | Error e) {
            counter.close();
            throw e;
        }
    }

    private static LoadedCounter adopt(
            ObjectSpec spec, CounterPins pins, Function<ObjectSpec, List<SysEnterHook>> waysToTry) {
        Map<String, BpfMap> maps = pins.openMaps();
        try {
            SysEnterHook way = adoptedWay(spec, pins, waysToTry);
            LoadOptions options = LoadOptions.DEFAULTS;
            for (Map.Entry<String, BpfMap> map : maps.entrySet()) {
                options = options.withMap(map.getKey(), map.getValue());
            }
            LoadedCounter counter = new LoadedCounter(
                    BpfObject.load(variant(spec, way, hook -> !pins.has(hook.stub())), options),
                    way,
                    Optional.of(pins),
                    true);
            try {
                pins.migrate(counter.maps());
                CounterHook.of(way)
                        .forEach(hook -> counter.stub(
                                hook,
                                pins.has(hook.stub())
                                        ? BpfProgram.openPinned(pins.path(hook.stub()))
                                        : counter.object.program(hook.stub())));
                counter.endTheSecondWithoutTheFirst(pins);
                counter.install();
                CounterHook.of(way).forEach(counter::link);
                return counter;
            } catch (RuntimeException | Error e) {
                counter.close();
                throw e;
            }
        } finally {
            maps.values().forEach(BpfMap::close);
        }
    }

    /**
     * The way it was made with; but one by BTF tracepoint is changed where that misses calls, which the first layout did:
     * that once, calls are missed while this is done.
     */
    private static SysEnterHook adoptedWay(
            ObjectSpec spec, CounterPins pins, Function<ObjectSpec, List<SysEnterHook>> waysToTry) {
        if (pins.has(CounterHook.ENTER_TP.stub())) {
            return SysEnterHook.CLASSIC_TRACEPOINT;
        }
        return pins.has(CounterHook.ENTER_BTF.stub()) ? waysToTry.apply(spec).get(0) : SysEnterHook.RAW_TRACEPOINT;
    }

    /** Only what is needed to see system calls in this way, and of the stubs only those that are wanted. */
    private static ObjectSpec variant(ObjectSpec spec, SysEnterHook way, Predicate<CounterHook> wantedStubs) {
        Set<String> wanted = new HashSet<>();
        for (CounterHook hook : CounterHook.of(way)) {
            wanted.add(hook.program());
            if (wantedStubs.test(hook)) {
                wanted.add(hook.stub());
            }
        }
        ObjectSpec variant = spec;
        for (String program : spec.programs().keySet()) {
            variant = variant.withProgram(program, each -> each.withAutoload(wanted.contains(program)));
        }
        return variant;
    }

    /** Puts the programs in their slots: from one run of a stub to the next they are the ones that run. */
    void install() {
        CounterHook.of(way)
                .forEach(hook -> FdArray.of(object.map(hook.slots())).put(hook.slot(), object.program(hook.program())));
    }

    private void pinMaps(CounterPins place) {
        object.maps().forEach((name, map) -> {
            if (!name.equals("layout")) {
                map.pin(place.path(name));
            }
        });
    }

    private void stub(CounterHook hook, BpfProgram stub) {
        stubs.put(hook, stub);
        pins.filter(place -> !place.has(hook.stub())).ifPresent(place -> stub.pin(place.path(hook.stub())));
    }

    private void link(CounterHook hook) {
        Optional<Path> pinned = pins.filter(place -> place.has(hook.link())).map(place -> place.path(hook.link()));
        if (pinned.isPresent()) {
            hold(hook, pinned.get());
            return;
        }
        KernelLink link = hook.attach(Objects.requireNonNull(stubs.get(hook)));
        links.put(hook, link);
        pins.ifPresent(place -> pin(link, place.path(hook.link())));
    }

    /** So that whoever removes the pin ends nothing. Linux 5.7 pins links and cannot tell what they are. */
    private void hold(CounterHook hook, Path pin) {
        try {
            links.put(hook, KernelLink.openPinned(pin));
        } catch (SystemCallException e) {
            LOG.debug("{} is held by its pin alone: {}", pin, e.getMessage());
        }
    }

    /**
     * {@link CounterHook#ENTER_MISSED} has to be attached after {@link CounterHook#ENTER_TP}: those attached earlier run
     * earlier. And it must not run while that one is not there: its program would take every call for one that was missed.
     */
    private void endTheSecondWithoutTheFirst(CounterPins place) {
        boolean ended = !place.has(CounterHook.ENTER_TP.link()) && !links.containsKey(CounterHook.ENTER_TP);
        if (way == SysEnterHook.CLASSIC_TRACEPOINT && ended) {
            KernelLink held = links.remove(CounterHook.ENTER_MISSED);
            if (held != null) {
                held.close();
            }
            place.end(CounterHook.ENTER_MISSED);
        }
    }

    /**
     * Pins what somebody has removed, and attaches what has ended with its pin.
     *
     * @return whether something was attached no longer, so that calls were missed
     */
    boolean mend() {
        if (pins.isEmpty()) {
            return false;
        }
        CounterPins place = pins.get();
        if (place.hasAll(pinned())) {
            return false;
        }
        int made = pinAgain(place);
        if (!unpinnable) {
            endTheSecondWithoutTheFirst(place);
        }
        boolean missed = false;
        for (CounterHook hook : CounterHook.of(way)) {
            if (!place.has(hook.link()) && !unpinnable) {
                KernelLink held = links.get(hook);
                if (held == null) {
                    linkAgain(hook);
                    missed = true;
                } else {
                    pin(held, place.path(hook.link()));
                    made++;
                }
            }
        }
        if (made > 0) {
            LOG.warn("{}: {} pins that somebody had removed are made again", place, made);
        }
        return missed;
    }

    /** The names of all that should be pinned. */
    private Set<String> pinned() {
        Set<String> names = new HashSet<>(maps().keySet());
        for (CounterHook hook : CounterHook.of(way)) {
            names.add(hook.stub());
            if (!unpinnable) {
                names.add(hook.link());
            }
        }
        return names;
    }

    /** In the order in which they are pinned first; answers how many were missing. */
    private int pinAgain(CounterPins place) {
        if (!place.isThere()) {
            if (lock.isPresent()) {
                throw new BpfException("somebody has removed the directory " + place
                        + ", and the lock of the counter with it: close the counter and open it again");
            }
            place.make();
        }
        Map<String, BpfMap> maps = new LinkedHashMap<>(maps());
        BpfMap layout = Objects.requireNonNull(maps.remove("layout"));
        int made = 0;
        for (Map.Entry<String, BpfMap> map : maps.entrySet()) {
            if (!place.has(map.getKey())) {
                map.getValue().pin(place.path(map.getKey()));
                made++;
            }
        }
        for (CounterHook hook : CounterHook.of(way)) {
            if (!place.has(hook.stub())) {
                Objects.requireNonNull(stubs.get(hook)).pin(place.path(hook.stub()));
                made++;
            }
        }
        if (!place.has("layout")) {
            layout.pin(place.path("layout"));
            made++;
        }
        return made;
    }

    /**
     * A pin that is removed lets go of its link only after a grace period, and until then the kernel has the stub where it is to
     * be attached: EEXIST (seen on Linux 5.10).
     */
    private void linkAgain(CounterHook hook) {
        long began = System.nanoTime();
        while (true) {
            try {
                link(hook);
                return;
            } catch (SystemCallException e) {
                if (!e.errno().equals(Errno.EEXIST) || System.nanoTime() - began > ENDING_NANOS) {
                    throw e;
                }
                LockSupport.parkNanos(LOOK_NANOS);
            }
        }
    }

    private void pin(KernelLink link, Path path) {
        try {
            link.pin(path);
        } catch (SystemCallException e) {
            // Links of raw tracepoints are none to bpffs before Linux 5.7: whoever opens this next attaches it anew.
            if (!e.errno().equals(Errno.EINVAL)) {
                throw e;
            }
            unpinnable = true;
            LOG.info(
                    "this kernel cannot pin {}: nothing is counted from the end of this process to the next open",
                    link);
        }
    }

    Map<String, BpfMap> maps() {
        return object.maps();
    }

    /** {@return whether it was there, with what it had counted} */
    boolean adopted() {
        return adopted;
    }

    /** {@return how it sees system calls} */
    SysEnterHook way() {
        return way;
    }

    /**
     * {@return how often the kernel left something of ours out without another having done it instead}
     *
     * @param rescued tells how many calls the program took on that sees what the one that counts is left out of
     */
    long missedRuns(LongSupplier rescued) {
        Map<CounterHook, Long> missed = new EnumMap<>(CounterHook.class);
        stubs.forEach((hook, stub) -> missed.put(hook, stub.currentInfo().recursionMisses()));
        if (way == SysEnterHook.CLASSIC_TRACEPOINT) {
            // What was left out once and done the other time is not missed.
            missed.merge(CounterHook.EXIT, missed.getOrDefault(CounterHook.EXIT_AGAIN, 0L), Math::min);
            missed.merge(CounterHook.FORK, missed.getOrDefault(CounterHook.FORK_AGAIN, 0L), Math::min);
            missed.keySet().removeAll(Set.of(CounterHook.EXIT_AGAIN, CounterHook.FORK_AGAIN, CounterHook.ENTER_MISSED));
            missed.merge(CounterHook.ENTER_TP, rescued.getAsLong(), (misses, done) -> Math.max(0, misses - done));
        }
        return missed.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Frees what this process holds; what is pinned stays and goes on. */
    @Override
    public void close() {
        links.values().forEach(KernelLink::close);
        stubs.values().forEach(BpfProgram::close);
        object.close();
        lock.ifPresent(BpffsLock::close);
    }
}
