package io.jbpf.programs;

import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.fs.BpfFs;
import io.jbpf.fs.BpffsLock;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * The names of a datapath's maps in a bpffs, in the subdirectory {@code datapath} of the caller's directory. They are pinned in
 * a directory of another name, which is renamed when all is there: so a datapath is there as a whole or not at all, whenever
 * its maker is killed, and of two makers one finds that the other was first.
 */
final class DatapathPins {
    static final String NAME = "datapath";

    private static final String LAYOUT = "layout";
    private static final String MAKING = "making_";

    /** Making one takes milliseconds; what is older than this was left by somebody who was killed. */
    private static final Duration LEFT_BEHIND = Duration.ofMinutes(1);

    /** Making a table takes milliseconds, also where many wait for the same. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final int NAMING_TRIALS = 3;

    private final BpfFs parent;
    private final Path directory;
    private final WholeDirectory whole;

    DatapathPins(BpfFs parent) {
        this.parent = parent;
        this.directory = parent.pin(NAME);
        this.whole = new WholeDirectory(directory);
    }

    boolean exists() {
        return Files.isDirectory(directory);
    }

    /**
     * Opens the maps of the datapath that is there.
     *
     * @param names of the maps
     * @return the maps by name, the caller's to close
     * @throws IncompatibleLayoutException if they are of another layout
     */
    Map<String, BpfMap> openMaps(Set<String> names) {
        try (BpfMap layout = BpfMap.openPinned(directory.resolve(LAYOUT))) {
            FirewallIdentity.requireLayout(layout, "datapath pinned in " + this);
        }
        Map<String, BpfMap> maps = new LinkedHashMap<>();
        try {
            names.forEach(name -> maps.put(name, BpfMap.openPinned(directory.resolve(name))));
            return maps;
        } catch (RuntimeException e) {
            maps.values().forEach(BpfMap::close);
            throw e;
        }
    }

    /** {@return which directory it is in, if it is there} */
    Optional<Inode> inode() {
        return Inode.of(directory);
    }

    /** {@return whether the datapath that is there now has this map, under this name} */
    boolean has(String name, BpfMap map) {
        Path pin = directory.resolve(name);
        if (!Files.exists(pin)) {
            return false;
        }
        try (BpfMap pinned = BpfMap.openPinned(pin)) {
            return pinned.info().id() == map.info().id();
        } catch (SystemCallException e) {
            if (e.errno().equals(Errno.ENOENT)) {
                return false;
            }
            throw e;
        }
    }

    /** Waits for whoever else makes tables of it. */
    BpffsLock lock() {
        return BpffsLock.acquire(directory, PATIENCE);
    }

    /**
     * Pins maps.
     *
     * @return whether this is the datapath that is now there; not if another process was first
     */
    boolean pin(Map<String, BpfMap> maps) {
        removeLeftBehind();
        BpfFs making = parent.subdirectory(nameOfMaking());
        try {
            maps.forEach((name, map) -> map.pin(making.pin(name)));
            pinLayout(making.pin(LAYOUT));
            if (nameOrFind(making.directory())) {
                return true;
            }
            removeAll(making.directory());
            return false;
        } catch (IOException e) {
            removeAll(making.directory());
            throw new BpfException("cannot pin the datapath at " + this + ": " + e, e);
        } catch (RuntimeException e) {
            removeAll(making.directory());
            throw e;
        }
    }

    private static String nameOfMaking() {
        return MAKING + Long.toHexString(ThreadLocalRandom.current().nextLong());
    }

    private static void pinLayout(Path pin) {
        try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_layout", MapType.ARRAY, Integer.BYTES, Integer.BYTES, 1))) {
            map.typed(Codec.u32(), Codec.u32()).put(0, FirewallIdentity.LAYOUT);
            map.pin(pin);
        }
    }

    /**
     * Pins again what somebody has removed.
     *
     * @param maps all that should be pinned
     * @return whether something was missing
     * @throws BpfException if something else is pinned in its place; nothing is changed then
     */
    boolean mend(Map<String, BpfMap> maps) {
        if (whole.isWhole(() -> isThere(LAYOUT) && maps.keySet().stream().allMatch(this::isThere))) {
            return false;
        }
        Map<String, BpfMap> missing = new LinkedHashMap<>(maps);
        missing.keySet().removeIf(this::isThere);
        boolean withoutLayout = !isThere(LAYOUT);
        if (!exists()) {
            if (!pin(maps)) {
                throw isAnothers();
            }
            return true;
        }
        maps.forEach((name, map) -> {
            if (!missing.containsKey(name) && !has(name, map)) {
                throw isAnothers();
            }
        });
        missing.forEach((name, map) -> map.pin(directory.resolve(name)));
        if (withoutLayout) {
            pinLayout(directory.resolve(LAYOUT));
        }
        return true;
    }

    private boolean isThere(String name) {
        return Files.exists(directory.resolve(name));
    }

    private BpfException isAnothers() {
        return new BpfException("somebody has removed the pins of the datapath in " + this
                + ", and another has its name now: remove that, or end the process that uses this one and begin anew");
    }

    /** Gives a datapath its name, unless another has it. Whose name was in the way may be gone when that is looked at. */
    private boolean nameOrFind(Path made) throws IOException {
        for (int left = NAMING_TRIALS; ; left--) {
            try {
                Files.move(made, directory, StandardCopyOption.ATOMIC_MOVE);
                return true;
            } catch (IOException e) {
                if (exists()) {
                    return false;
                }
                if (left == 1) {
                    throw e;
                }
            }
        }
    }

    /** {@return the ids of what stubs jump through, of whatever layout; none if there is no datapath} */
    Set<Integer> programArrays() {
        Set<Integer> ids = new TreeSet<>();
        for (String name : List.of("ingress_program", "egress_program")) {
            Path pin = directory.resolve(name);
            if (Files.exists(pin)) {
                try (BpfMap map = BpfMap.openPinned(pin)) {
                    ids.add(map.info().id());
                }
            }
        }
        return ids;
    }

    /** Removes what somebody has left who was killed while he made or removed one; nobody must be about it now. */
    void removeUnfinished() {
        removeUnfinished(Instant.MAX);
    }

    private void removeLeftBehind() {
        removeUnfinished(Instant.now().minus(LEFT_BEHIND));
    }

    private void removeUnfinished(Instant old) {
        for (Path path : list(parent.directory())) {
            try {
                if (path.getFileName().toString().startsWith(MAKING)
                        && Files.getLastModifiedTime(path).toInstant().isBefore(old)) {
                    removeAll(path);
                }
            } catch (NoSuchFileException e) {
                // Whose maker has just given it its name.
            } catch (IOException e) {
                throw new BpfException("cannot look at " + path + ": " + e, e);
            }
        }
    }

    /**
     * Takes it away from its name, so that nobody opens half of it.
     *
     * @return its name now; nothing if another has just removed it
     */
    Optional<Path> takeAway() {
        Path going = parent.pin(nameOfMaking());
        try {
            // Nobody is to take it for left behind.
            change(directory);
            Files.move(directory, going, StandardCopyOption.ATOMIC_MOVE);
            return Optional.of(going);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new BpfException("cannot remove " + this + ": " + e, e);
        }
    }

    /**
     * Lets a directory have been changed now, by changing it: its time may be set by its owner alone, who need not be the one
     * that uninstalls (utimensat(2), without CAP_FOWNER).
     */
    private static void change(Path directory) throws IOException {
        Files.delete(Files.createDirectory(directory.resolve(nameOfMaking())));
    }

    /** Removes it, whoever uses it. */
    void remove() {
        if (exists()) {
            takeAway().ifPresent(DatapathPins::removeAll);
        }
    }

    /** Gives it its name again. */
    void putBack(Path going) {
        try {
            Files.move(going, directory, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new BpfException(
                    "cannot give " + going + " its name " + directory + " again, another has it: " + e, e);
        }
    }

    /** Removes a directory with the pins in it. */
    static void removeAll(Path directory) {
        try {
            for (Path pin : list(directory)) {
                Files.deleteIfExists(pin);
            }
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            throw new BpfException("cannot remove " + directory + ": " + e, e);
        }
    }

    private static List<Path> list(Path directory) {
        try (Stream<Path> all = Files.list(directory)) {
            return all.toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException | UncheckedIOException e) {
            throw new BpfException("cannot list the pins in " + directory + ": " + e, e);
        }
    }

    @Override
    public String toString() {
        return directory.toString();
    }
}
