package io.jbpf.programs;

import io.jbpf.BpfObject;
import io.jbpf.LoadOptions;
import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.link.KernelLink;
import io.jbpf.link.Link;
import io.jbpf.map.BpfMap;
import io.jbpf.map.FdArray;
import io.jbpf.object.ObjectSpec;
import io.jbpf.program.BpfProgram;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The counter's maps, programs and links in the kernel, of this process alone or pinned in a directory. */
final class LoadedCounter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LoadedCounter.class);

    private final BpfObject object;
    private final boolean btf;
    private final Optional<CounterPins> pins;
    private final boolean adopted;
    private final Map<CounterHook, BpfProgram> stubs = new LinkedHashMap<>();
    private final List<Link> links = new ArrayList<>();

    private LoadedCounter(BpfObject object, boolean btf, Optional<CounterPins> pins, boolean adopted) {
        this.object = object;
        this.btf = btf;
        this.pins = pins;
        this.adopted = adopted;
    }

    /** Loads and attaches one that goes with this process. */
    static LoadedCounter open(CounterSizes sizes) {
        return fresh(spec(sizes), Optional.empty());
    }

    /** The same by raw tracepoint, whatever the kernel can do. */
    static LoadedCounter openByRawTracepoint(CounterSizes sizes) {
        return fresh(spec(sizes), Optional.empty(), false);
    }

    /** Adopts the one that is pinned in a directory, with this version's programs in place of its own, or makes it. */
    static LoadedCounter open(CounterSizes sizes, Path directory) {
        ObjectSpec spec = spec(sizes);
        CounterPins pins = CounterPins.at(directory, spec);
        if (pins.hasCounter()) {
            return adopt(spec, pins);
        }
        pins.remove();
        return fresh(spec, Optional.of(pins));
    }

    /** Removes the one that is pinned in a directory. */
    static void remove(Path directory) {
        CounterPins pins = CounterPins.at(directory, spec(CounterSizes.SMALL));
        pins.remove();
        pins.removeDirectory();
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

    /** By BTF tracepoint where the kernel takes that, which is found by trying; by raw tracepoint elsewhere. */
    private static LoadedCounter fresh(ObjectSpec spec, Optional<CounterPins> pins) {
        try {
            return fresh(spec, pins, true);
        } catch (BpfException refusedBtf) {
            pins.ifPresent(CounterPins::remove);
            try {
                return fresh(spec, pins, false);
            } catch (BpfException e) {
                pins.ifPresent(CounterPins::remove);
                e.addSuppressed(refusedBtf);
                throw e;
            }
        }
    }

    private static LoadedCounter fresh(ObjectSpec spec, Optional<CounterPins> pins, boolean btf) {
        ObjectSpec wanted = spec;
        for (CounterHook hook : CounterHook.values()) {
            wanted = wanted.withProgram(hook.stub(), stub -> stub.withAutoload(hook.belongs(btf)));
        }
        LoadedCounter counter =
                new LoadedCounter(BpfObject.load(variant(wanted, btf), LoadOptions.DEFAULTS), btf, pins, false);
        try {
            counter.install();
            pins.ifPresent(counter::pinMaps);
            counter.hooks().forEach(hook -> counter.stub(hook, counter.object.program(hook.stub())));
            pins.ifPresent(place -> place.complete(counter.object.map("layout")));
            counter.hooks().forEach(counter::link);
            return counter;
        } catch (RuntimeException | Error e) {
            counter.close();
            throw e;
        }
    }

    private static LoadedCounter adopt(ObjectSpec spec, CounterPins pins) {
        Map<String, BpfMap> maps = pins.openMaps();
        try {
            boolean btf = pins.has(CounterHook.ENTER_BTF.stub());
            LoadOptions options = LoadOptions.DEFAULTS;
            for (Map.Entry<String, BpfMap> map : maps.entrySet()) {
                options = options.withMap(map.getKey(), map.getValue());
            }
            ObjectSpec wanted = spec;
            for (CounterHook hook : CounterHook.values()) {
                boolean missing = hook.belongs(btf) && !pins.has(hook.stub());
                wanted = wanted.withProgram(hook.stub(), stub -> stub.withAutoload(missing));
            }
            LoadedCounter counter =
                    new LoadedCounter(BpfObject.load(variant(wanted, btf), options), btf, Optional.of(pins), true);
            try {
                counter.hooks()
                        .forEach(hook -> counter.stub(
                                hook,
                                pins.has(hook.stub())
                                        ? BpfProgram.openPinned(pins.path(hook.stub()))
                                        : counter.object.program(hook.stub())));
                counter.install();
                counter.hooks().forEach(counter::link);
                return counter;
            } catch (RuntimeException | Error e) {
                counter.close();
                throw e;
            }
        } finally {
            maps.values().forEach(BpfMap::close);
        }
    }

    private static ObjectSpec variant(ObjectSpec spec, boolean btf) {
        ObjectSpec variant = spec;
        for (CounterHook hook : CounterHook.values()) {
            variant = variant.withProgram(hook.program(), program -> program.withAutoload(hook.belongs(btf)));
        }
        return variant;
    }

    private List<CounterHook> hooks() {
        List<CounterHook> hooks = new ArrayList<>();
        for (CounterHook hook : CounterHook.values()) {
            if (hook.belongs(btf)) {
                hooks.add(hook);
            }
        }
        return hooks;
    }

    /** Puts the programs in their slots: from one run of a stub to the next they are the ones that run. */
    void install() {
        hooks().forEach(hook -> FdArray.of(object.map(hook.slots())).put(hook.slot(), object.program(hook.program())));
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
        if (pins.filter(place -> place.has(hook.link())).isPresent()) {
            return;
        }
        KernelLink link = hook.attach(Objects.requireNonNull(stubs.get(hook)));
        links.add(link);
        pins.ifPresent(place -> pin(link, place.path(hook.link())));
    }

    private static void pin(KernelLink link, Path path) {
        try {
            link.pin(path);
        } catch (SystemCallException e) {
            // Links of raw tracepoints are none to bpffs before Linux 5.7: whoever opens this next attaches it anew.
            if (!e.errno().equals(Errno.EINVAL)) {
                throw e;
            }
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

    /** {@return whether it counts by BTF tracepoint} */
    boolean btf() {
        return btf;
    }

    /** {@return how often the kernel left out a stub that was running on that CPU already} */
    long missedRuns() {
        return stubs.values().stream()
                .mapToLong(stub -> stub.currentInfo().recursionMisses())
                .sum();
    }

    /** Frees what this process holds; what is pinned stays and goes on. */
    @Override
    public void close() {
        links.forEach(Link::close);
        stubs.values().forEach(BpfProgram::close);
        object.close();
    }
}
