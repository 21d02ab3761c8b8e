package io.jbpf.programs;

import io.jbpf.error.BpfException;
import io.jbpf.error.SystemCallException;
import io.jbpf.fs.BpfFs;
import io.jbpf.link.KernelLink;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.MapInfo;
import io.jbpf.map.TypedMap;
import io.jbpf.object.MapSpec;
import io.jbpf.object.ObjectSpec;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * The directory in a bpffs that a counter lives in. Each map and stub is pinned under its name, each link under its stub's.
 * They are pinned in this order: maps and stubs, {@code layout}, links. So what has no {@code layout} was left half made or
 * half removed, counts nothing, and is removed; what has one is whole but for links, which are attached anew.
 */
final class CounterPins {
    /**
     * Of all that is pinned: raised when a map is added, or has another shape or another meaning. One that was only added is
     * made when an older directory is adopted: {@link #ADDED}.
     */
    static final int VERSION = 3;

    /** Which maps younger layouts have beyond those of 1, and since which. */
    private static final Map<String, Integer> ADDED =
            Map.of("enter_tp_slot", 2, "switch_slot", 2, "seen", 2, "seen_before", 2, "rescued", 2, "unfollowed", 3);

    private static final String LAYOUT = "layout";
    private static final int ONLY = 0;

    private static final long GONE_WITHIN_NANOS = 2_000_000_000L;
    private static final long POLL_NANOS = 1_000_000;

    private final BpfFs place;
    private final ObjectSpec spec;
    private final WholeDirectory whole;

    private CounterPins(BpfFs place, ObjectSpec spec) {
        this.place = place;
        this.spec = spec;
        this.whole = new WholeDirectory(place.directory());
    }

    /** The directory, made if it is missing. */
    static CounterPins at(Path directory, ObjectSpec spec) {
        Path parent = directory.toAbsolutePath().getParent();
        BpfFs place = Files.isDirectory(directory) || parent == null
                ? BpfFs.at(directory)
                : BpfFs.at(parent).subdirectory(directory.getFileName().toString());
        return new CounterPins(place, spec);
    }

    Path path(String name) {
        return place.pin(name);
    }

    /** {@return whether the directory is there} */
    boolean isThere() {
        return Files.isDirectory(place.directory());
    }

    /** Makes the directory, if somebody has removed it. */
    void make() {
        try {
            Files.createDirectories(place.directory());
        } catch (IOException e) {
            throw new BpfException("cannot make " + place + " again: " + e, e);
        }
    }

    boolean has(String name) {
        return Files.exists(path(name));
    }

    /** {@return whether all of these are pinned}: one look at the directory as long as it stays as it is. */
    boolean hasAll(Collection<String> names) {
        return whole.isWhole(() -> names.stream().allMatch(this::has));
    }

    /** {@return whether a counter is pinned here, whole but perhaps for its links} */
    boolean hasCounter() {
        return has(LAYOUT);
    }

    /**
     * {@return all maps of a counter that is pinned here, which this version can go on with, but those that younger layouts
     * have added; they are the caller's}
     *
     * @throws IncompatibleStateException if that is not possible, or something is not a counter's though it has the name
     */
    Map<String, BpfMap> openMaps() {
        Map<String, BpfMap> maps = new LinkedHashMap<>();
        try {
            int version = requireVersion();
            List<String> differences = new ArrayList<>();
            spec.maps().forEach((name, wanted) -> {
                if (has(name)) {
                    BpfMap map = BpfMap.openPinned(path(name));
                    maps.put(name, map);
                    differences.addAll(differences(map.info(), wanted));
                } else if (ADDED.getOrDefault(name, 0) <= version) {
                    differences.add("map '" + name + "' is missing");
                }
            });
            if (differences.isEmpty()) {
                differences.addAll(new CounterOwnership(place, spec).strangers());
            }
            if (!differences.isEmpty()) {
                throw new IncompatibleStateException(place.directory(), differences);
            }
            return maps;
        } catch (RuntimeException | Error e) {
            maps.values().forEach(BpfMap::close);
            throw e;
        }
    }

    /**
     * Checks that nothing is here that this version would not know, and so would leave.
     *
     * @throws NewerStateException if a newer version has made the counter
     */
    void requireKnown() {
        if (hasCounter()) {
            try (BpfMap layout = BpfMap.openPinned(path(LAYOUT))) {
                requireKnown(version(layout));
            }
        }
    }

    private void requireKnown(int version) {
        if (version > VERSION) {
            throw new NewerStateException(place.directory(), version, VERSION);
        }
    }

    /** 0 if it is another's. */
    private static int version(BpfMap layout) {
        return layout.name().equals(LAYOUT) && layout.info().valueSize() == Integer.BYTES
                ? layout.typed(Codec.u32(), Codec.u32()).lookup(ONLY).orElse(0)
                : 0;
    }

    private int requireVersion() {
        try (BpfMap layout = BpfMap.openPinned(path(LAYOUT))) {
            int version = version(layout);
            if (version < 1) {
                throw new IncompatibleStateException(
                        place.directory(), List.of("'" + LAYOUT + "' is " + layout + ", not a counter's"));
            }
            requireKnown(version);
            return version;
        }
    }

    /**
     * Brings an older layout to this version, with all that was counted: what was added is pinned, and then the version
     * written. Whoever is killed in between leaves an older layout, and this is done again.
     *
     * @param maps all of this version's
     */
    void migrate(Map<String, BpfMap> maps) {
        maps.forEach((name, map) -> {
            if (!has(name)) {
                map.pin(path(name));
            }
        });
        TypedMap<Integer, Integer> layout =
                Objects.requireNonNull(maps.get(LAYOUT)).typed(Codec.u32(), Codec.u32());
        if (!layout.lookup(ONLY).equals(Optional.of(VERSION))) {
            layout.put(ONLY, VERSION);
        }
    }

    private static List<String> differences(MapInfo is, MapSpec wanted) {
        List<String> differences = new ArrayList<>();
        compare(differences, wanted.name(), "name", is.name(), kernelName(wanted.name()));
        compare(
                differences,
                wanted.name(),
                "type",
                is.typeNumber(),
                wanted.type().number());
        compare(differences, wanted.name(), "key size", is.keySize(), wanted.keySize());
        compare(differences, wanted.name(), "value size", is.valueSize(), wanted.valueSize());
        return differences;
    }

    private static void compare(List<String> differences, String map, String what, Object is, Object wanted) {
        if (!is.equals(wanted)) {
            differences.add("map '" + map + "': " + what + " is " + is + ", not " + wanted);
        }
    }

    /** The kernel keeps 15 characters of a name. */
    static String kernelName(String name) {
        return name.substring(0, Math.min(name.length(), MapSpec.NAME_LENGTH));
    }

    /** Says that the directory is whole: what it has now is found by {@link #openMaps}. */
    void complete(BpfMap layout) {
        layout.typed(Codec.u32(), Codec.u32()).put(ONLY, VERSION);
        layout.pin(path(LAYOUT));
    }

    /**
     * Removes everything of a counter from here, and the directory if nothing else is in it. What counts ends first.
     *
     * @throws IncompatibleStateException if something is not ours though it has the name; nothing was removed then
     */
    void remove() {
        List<String> strangers = new CounterOwnership(place, spec).strangers();
        if (!strangers.isEmpty()) {
            throw new IncompatibleStateException(place.directory(), strangers);
        }
        for (CounterHook hook : CounterHook.values()) {
            unlink(hook.link());
        }
        unlink(LAYOUT);
        for (CounterHook hook : CounterHook.values()) {
            unlink(hook.stub());
        }
        spec.maps().keySet().forEach(this::unlink);
    }

    /** Removes the directory if nothing is in it. */
    void removeDirectory() {
        try {
            Files.deleteIfExists(place.directory());
        } catch (DirectoryNotEmptyException e) {
            // Somebody else's things are in it, and it stays theirs.
        } catch (IOException e) {
            throw new BpfException("cannot remove " + place + ": " + e, e);
        }
    }

    /** Takes a hook's link off, if it is there. The kernel does so some milliseconds after the last who held it. */
    void end(CounterHook hook) {
        if (!has(hook.link())) {
            return;
        }
        int id;
        try (KernelLink link = KernelLink.openPinned(path(hook.link()))) {
            id = link.info().id();
        }
        unlink(hook.link());
        long deadline = System.nanoTime() + GONE_WITHIN_NANOS;
        while (isThere(id)) {
            if (System.nanoTime() >= deadline) {
                throw new BpfException("the link " + id + " that was pinned at " + path(hook.link())
                        + " is held by somebody else, too: end that, and open the counter again");
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private static boolean isThere(int link) {
        try {
            KernelLink.openById(link).close();
            return true;
        } catch (SystemCallException e) {
            // Who may not ask (EPERM, without CAP_SYS_ADMIN) does not know.
            return false;
        }
    }

    void unlink(String name) {
        try {
            Files.deleteIfExists(path(name));
        } catch (IOException e) {
            throw new BpfException("cannot remove the pin " + path(name) + ": " + e, e);
        }
    }

    @Override
    public String toString() {
        return place.toString();
    }
}
