package io.jbpf.programs;

import io.jbpf.error.BpfException;
import io.jbpf.fs.BpfFs;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

    private final BpfFs parent;
    private final Path directory;

    DatapathPins(BpfFs parent) {
        this.parent = parent;
        this.directory = parent.pin(NAME);
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
        int layout = layout();
        if (layout != FirewallIdentity.LAYOUT) {
            throw new IncompatibleLayoutException("datapath pinned in " + this, layout, FirewallIdentity.LAYOUT);
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

    private int layout() {
        try (BpfMap map = BpfMap.openPinned(directory.resolve(LAYOUT))) {
            ByteBuffer value = ByteBuffer.allocate(map.valueBytes()).order(ByteOrder.nativeOrder());
            boolean found = map.info().keySize() == Integer.BYTES
                    && map.valueBytes() >= Integer.BYTES
                    && map.lookup(ByteBuffer.allocate(Integer.BYTES), value);
            return found ? value.getInt(0) : 0;
        }
    }

    /**
     * Pins maps.
     *
     * @return whether this is the datapath that is now there; not if another process was first
     */
    boolean pin(Map<String, BpfMap> maps) {
        removeLeftBehind();
        BpfFs making = parent.subdirectory(
                MAKING + Long.toHexString(ThreadLocalRandom.current().nextLong()));
        try {
            maps.forEach((name, map) -> map.pin(making.pin(name)));
            try (BpfMap map =
                    BpfMap.create(MapSpec.of("jbpf_layout", MapType.ARRAY, Integer.BYTES, Integer.BYTES, 1))) {
                map.typed(Codec.u32(), Codec.u32()).put(0, FirewallIdentity.LAYOUT);
                map.pin(making.pin(LAYOUT));
            }
            Files.move(making.directory(), directory, StandardCopyOption.ATOMIC_MOVE);
            return true;
        } catch (IOException e) {
            removeAll(making.directory());
            if (exists()) {
                return false;
            }
            throw new BpfException("cannot pin the datapath at " + this + ": " + e, e);
        } catch (RuntimeException e) {
            removeAll(making.directory());
            throw e;
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

    /** Removes it. */
    void remove() {
        if (!exists()) {
            return;
        }
        // Away from its name first, so that nobody opens half of it.
        Path going =
                parent.pin(MAKING + Long.toHexString(ThreadLocalRandom.current().nextLong()));
        try {
            Files.move(directory, going, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new BpfException("cannot remove " + this + ": " + e, e);
        }
        removeAll(going);
    }

    private static void removeAll(Path directory) {
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
