package io.jbpf.programs;

import io.jbpf.BpfObject;
import io.jbpf.error.BpfException;
import io.jbpf.fs.BpfFs;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.netlink.Direction;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.program.BpfProgram;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A firewall's names in a bpffs directory. Programs are pinned under their ids, so that the one which a clsact filter had
 * before a crash can be told from one that merely bears the filter's name.
 */
final class FirewallPins {
    static final List<String> MAPS =
            List.of("rules", "own_flows", "inbound_flows", "datagrams", "blocked_flows", "stats");

    private static final String IDENTITY = "identity";
    private static final String PROGRAM = "program_";
    private static final String LINK = "link_";

    private final BpfFs directory;

    FirewallPins(BpfFs directory) {
        this.directory = directory;
    }

    /** Where a link is. */
    Path link(int interfaceIndex, Direction direction) {
        return directory.pin(LINK + interfaceIndex + "_" + word(direction));
    }

    private static String word(Direction direction) {
        return direction.name().toLowerCase(Locale.ROOT);
    }

    /** Pins maps and programs, before anything is attached. */
    void pin(BpfObject object) {
        MAPS.forEach(name -> object.map(name).pin(directory.pin(name)));
        pinPrograms(object);
    }

    /** Pins the programs of an object beside those that are there. */
    void pinPrograms(BpfObject object) {
        for (Direction direction : Direction.values()) {
            BpfProgram program = object.program(FirewallHooks.program(direction));
            program.pin(directory.pin(
                    PROGRAM + word(direction) + "_" + program.info().id()));
        }
    }

    /** Removes the pins of all programs but those of an object. */
    void keepPrograms(BpfObject object) {
        Set<String> kept = new HashSet<>();
        for (Direction direction : Direction.values()) {
            kept.add(PROGRAM + word(direction) + "_"
                    + object.program(FirewallHooks.program(direction)).info().id());
        }
        for (Path pin : ours()) {
            String name = pin.getFileName().toString();
            if (name.startsWith(PROGRAM) && !kept.contains(name)) {
                unpin(pin);
            }
        }
    }

    /** {@return the ids of the programs that are pinned for a direction} */
    Set<Integer> programs(Direction direction) {
        Set<Integer> ids = new HashSet<>();
        for (Path pin : ours()) {
            if (pin.getFileName().toString().startsWith(PROGRAM + word(direction) + "_")) {
                try (BpfProgram program = BpfProgram.openPinned(pin)) {
                    ids.add(program.info().id());
                }
            }
        }
        return ids;
    }

    /** The last step of an attachment: from now on there is a firewall here. */
    void pin(FirewallIdentity identity) {
        try (BpfMap map = BpfMap.create(
                MapSpec.of("jbpf_identity", MapType.ARRAY, Integer.BYTES, FirewallIdentity.CODEC.size(), 1))) {
            map.typed(Codec.u32(), FirewallIdentity.CODEC).put(0, identity);
            map.pin(directory.pin(IDENTITY));
        }
    }

    /**
     * Who is here.
     *
     * @return nothing if there is no whole firewall
     * @throws IncompatibleLayoutException if its maps are of another layout
     */
    Optional<FirewallIdentity> identity() {
        Path pin = directory.pin(IDENTITY);
        if (!Files.exists(pin)) {
            return Optional.empty();
        }
        try (BpfMap map = BpfMap.openPinned(pin)) {
            ByteBuffer value = ByteBuffer.allocate(map.valueBytes()).order(ByteOrder.nativeOrder());
            boolean found = map.info().keySize() == Integer.BYTES
                    && map.valueBytes() >= Integer.BYTES
                    && map.lookup(ByteBuffer.allocate(Integer.BYTES), value);
            int layout = found ? value.getInt(0) : 0;
            if (layout != FirewallIdentity.LAYOUT || map.valueBytes() < FirewallIdentity.CODEC.size()) {
                throw new IncompatibleLayoutException("firewall pinned in " + this, layout, FirewallIdentity.LAYOUT);
            }
            return map.typed(Codec.u32(), FirewallIdentity.CODEC).lookup(0);
        }
    }

    /** {@return the pinned maps by their names, the caller's to close} */
    Map<String, BpfMap> openMaps() {
        Map<String, BpfMap> maps = new LinkedHashMap<>();
        try {
            MAPS.forEach(name -> maps.put(name, BpfMap.openPinned(directory.pin(name))));
            return maps;
        } catch (RuntimeException e) {
            maps.values().forEach(BpfMap::close);
            throw e;
        }
    }

    /** Removes the identity: from now on there is no whole firewall here. */
    void removeIdentity() {
        unpin(directory.pin(IDENTITY));
    }

    /**
     * Removes what is ours, the identity first, so that half a firewall is never taken for a whole one. Links that nobody
     * else holds end with their pins.
     */
    void remove() {
        List<Path> all = ours();
        all.stream().filter(pin -> pin.endsWith(IDENTITY)).forEach(FirewallPins::unpin);
        all.stream().filter(pin -> !pin.endsWith(IDENTITY)).forEach(FirewallPins::unpin);
    }

    private List<Path> ours() {
        try (Stream<Path> all = Files.list(directory.directory())) {
            return all.filter(pin -> isOurs(pin.getFileName().toString())).toList();
        } catch (IOException e) {
            throw new BpfException("cannot list the pins in " + this + ": " + e, e);
        }
    }

    private static boolean isOurs(String name) {
        return name.equals(IDENTITY)
                || MAPS.contains(name)
                || name.matches(PROGRAM + "(ingress|egress)_[0-9]+")
                || name.matches(LINK + "[0-9]+_(ingress|egress)");
    }

    private static void unpin(Path pin) {
        try {
            Files.deleteIfExists(pin);
        } catch (IOException e) {
            throw new BpfException("cannot remove the pin " + pin + ": " + e, e);
        }
    }

    @Override
    public String toString() {
        return directory.toString();
    }
}
