package io.jbpf.programs;

import io.jbpf.error.BpfException;
import io.jbpf.fs.BpfFs;
import io.jbpf.link.KernelLink;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.MapInfo;
import io.jbpf.object.MapSpec;
import io.jbpf.object.ObjectSpec;
import io.jbpf.program.BpfProgram;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The directory in a bpffs that a counter lives in. Each map and stub is pinned under its name, each link under its stub's.
 * They are pinned in this order: maps and stubs, {@code layout}, links. So what has no {@code layout} was left half made or
 * half removed, counts nothing, and is removed; what has one is whole but for links, which are attached anew.
 */
final class CounterPins {
    /** Of all that is pinned: raised when a map of another shape or another meaning is. */
    static final int VERSION = 1;

    private static final String LAYOUT = "layout";
    private static final int ONLY = 0;

    private final BpfFs place;
    private final ObjectSpec spec;

    private CounterPins(BpfFs place, ObjectSpec spec) {
        this.place = place;
        this.spec = spec;
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

    boolean has(String name) {
        return Files.exists(path(name));
    }

    /** {@return whether a counter is pinned here, whole but perhaps for its links} */
    boolean hasCounter() {
        return has(LAYOUT);
    }

    /** {@return all maps of a counter that is pinned here, which this version can go on with; they are the caller's} */
    Map<String, BpfMap> openMaps() {
        Map<String, BpfMap> maps = new LinkedHashMap<>();
        try {
            requireVersion();
            List<String> differences = new ArrayList<>();
            spec.maps().forEach((name, wanted) -> {
                if (has(name)) {
                    BpfMap map = BpfMap.openPinned(path(name));
                    maps.put(name, map);
                    differences.addAll(differences(map.info(), wanted));
                } else {
                    differences.add("map '" + name + "' is missing");
                }
            });
            if (!differences.isEmpty()) {
                throw new IncompatibleStateException(place.directory(), differences);
            }
            return maps;
        } catch (RuntimeException | Error e) {
            maps.values().forEach(BpfMap::close);
            throw e;
        }
    }

    private void requireVersion() {
        try (BpfMap layout = BpfMap.openPinned(path(LAYOUT))) {
            if (!layout.name().equals(LAYOUT) || layout.info().valueSize() != Integer.BYTES) {
                throw new IncompatibleStateException(
                        place.directory(), List.of("'" + LAYOUT + "' is " + layout + ", not a counter's"));
            }
            int version = layout.typed(Codec.u32(), Codec.u32()).lookup(ONLY).orElse(0);
            if (version > VERSION) {
                throw new NewerStateException(place.directory(), version, VERSION);
            }
            if (version < VERSION) {
                throw new IncompatibleStateException(
                        place.directory(),
                        List.of("its layout has version " + version + ", of which nothing can be carried over to "
                                + VERSION));
            }
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
    private static String kernelName(String name) {
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
        List<String> links = new ArrayList<>();
        List<String> others = new ArrayList<>();
        List<String> foreign = new ArrayList<>();
        for (CounterHook hook : CounterHook.values()) {
            sort(hook.link(), isOurLink(hook), links, foreign);
            sort(hook.stub(), isOurStub(hook), others, foreign);
        }
        spec.maps().keySet().forEach(map -> sort(map, isOurMap(map), map.equals(LAYOUT) ? links : others, foreign));
        if (!foreign.isEmpty()) {
            throw new IncompatibleStateException(place.directory(), foreign);
        }
        links.forEach(this::unlink);
        others.forEach(this::unlink);
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

    private void sort(String name, boolean ours, List<String> found, List<String> foreign) {
        if (has(name)) {
            if (ours) {
                found.add(name);
            } else {
                foreign.add("'" + name + "' is not a counter's");
            }
        }
    }

    private boolean isOurMap(String name) {
        if (!has(name)) {
            return false;
        }
        try (BpfMap map = BpfMap.openPinned(path(name))) {
            return map.name().equals(kernelName(name));
        }
    }

    /** Ours is one that jumps through the array that is pinned beside it. */
    private boolean isOurStub(CounterHook hook) {
        if (!has(hook.stub())) {
            return false;
        }
        try (BpfProgram stub = BpfProgram.openPinned(path(hook.stub()))) {
            return stub.name().equals(kernelName(hook.stub()))
                    && (!has(hook.slots()) || stub.info().mapIds().contains(slotsId(hook)));
        }
    }

    private int slotsId(CounterHook hook) {
        try (BpfMap slots = BpfMap.openPinned(path(hook.slots()))) {
            return slots.info().id();
        }
    }

    private boolean isOurLink(CounterHook hook) {
        if (!has(hook.link())) {
            return false;
        }
        try (KernelLink link = KernelLink.openPinned(path(hook.link()));
                BpfProgram stub = BpfProgram.openById(link.info().programId())) {
            return stub.name().equals(kernelName(hook.stub()));
        } catch (BpfException e) {
            // Not a link, or one without a program.
            return false;
        }
    }

    private void unlink(String name) {
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
