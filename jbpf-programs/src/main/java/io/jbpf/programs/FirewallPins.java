package io.jbpf.programs;

import io.jbpf.error.BpfException;
import io.jbpf.fs.BpfFs;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.netlink.Direction;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.program.BpfProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * A firewall's names in a bpffs directory. The stubs are pinned before they are attached, so that a clsact filter with one of
 * them can be told from one that merely bears its name; and so is who it is, under the name {@code attaching}, which becomes
 * {@code identity} when all is attached: where that is, all is.
 */
final class FirewallPins {
    private static final String IDENTITY = "identity";
    private static final String ATTACHING = "attaching";
    private static final String STUB = "stub_";
    private static final String LINK = "link_";

    private final BpfFs directory;
    private final WholeDirectory whole;

    FirewallPins(BpfFs directory) {
        this.directory = directory;
        this.whole = new WholeDirectory(directory.directory());
    }

    /** Where a link is. */
    Path link(int interfaceIndex, Direction direction) {
        return directory.pin(LINK + interfaceIndex + "_" + word(direction));
    }

    private static String word(Direction direction) {
        return direction.name().toLowerCase(Locale.ROOT);
    }

    /** Pins the stubs, before anything is attached. */
    void pin(FirewallStubs stubs) {
        for (Direction direction : Direction.values()) {
            stubs.get(direction).pin(stub(direction));
        }
    }

    private Path stub(Direction direction) {
        return directory.pin(STUB + word(direction));
    }

    /** {@return the stubs, the caller's to close} */
    FirewallStubs openStubs() {
        return FirewallStubs.openPinned(stub(Direction.INGRESS), stub(Direction.EGRESS));
    }

    /** {@return the id of the stub that is pinned for a direction, if there is one} */
    OptionalInt program(Direction direction) {
        Path pin = stub(direction);
        if (!Files.exists(pin)) {
            return OptionalInt.empty();
        }
        try (BpfProgram program = BpfProgram.openPinned(pin)) {
            return OptionalInt.of(program.info().id());
        }
    }

    /**
     * {@return whether everything of a whole firewall has its pin}: one look at the directory as long as it stays as it is.
     */
    boolean areWhole(FirewallIdentity identity) {
        return whole.isWhole(() -> haveAll(identity));
    }

    private boolean haveAll(FirewallIdentity identity) {
        List<Path> wanted = new ArrayList<>(List.of(directory.pin(IDENTITY)));
        for (Direction direction : Direction.values()) {
            wanted.add(stub(direction));
            if (identity.hook() == FirewallHook.TCX) {
                identity.interfaces().forEach(index -> wanted.add(link(index, direction)));
            }
        }
        return wanted.stream().allMatch(Files::exists);
    }

    /** {@return the pins of links that are there} */
    List<Path> links() {
        return ours().stream()
                .filter(pin -> pin.getFileName().toString().startsWith(LINK))
                .toList();
    }

    /** Removes the pins of links, which end with them if nobody else holds them. */
    void removeLinks() {
        links().forEach(FirewallPins::unpin);
    }

    /** Says what is about to be attached, before anything is, so that half of it can be taken off again. */
    void begin(FirewallIdentity identity) {
        try (BpfMap map = BpfMap.create(
                MapSpec.of("jbpf_identity", MapType.ARRAY, Integer.BYTES, FirewallIdentity.CODEC.size(), 1))) {
            map.typed(Codec.u32(), FirewallIdentity.CODEC).put(0, identity);
            map.pin(directory.pin(ATTACHING));
        }
    }

    /** The last step of an attachment: from now on there is a firewall here. */
    void complete() {
        try {
            Files.move(directory.pin(ATTACHING), directory.pin(IDENTITY), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new BpfException("cannot name the pin " + directory.pin(IDENTITY) + ": " + e, e);
        }
    }

    /**
     * Who is here.
     *
     * @return nothing if there is no whole firewall
     * @throws IncompatibleLayoutException if its maps are of another layout
     */
    Optional<FirewallIdentity> identity() {
        return read(directory.pin(IDENTITY));
    }

    /**
     * Of what an attachment that did not get to its end has left something here.
     *
     * @throws IncompatibleLayoutException if it is of another layout
     */
    Optional<FirewallIdentity> attaching() {
        return read(directory.pin(ATTACHING));
    }

    private Optional<FirewallIdentity> read(Path pin) {
        if (!Files.exists(pin)) {
            return Optional.empty();
        }
        try (BpfMap map = BpfMap.openPinned(pin)) {
            FirewallIdentity.requireLayout(map, "firewall pinned in " + this);
            return map.typed(Codec.u32(), FirewallIdentity.CODEC).lookup(0);
        }
    }

    /** {@return whether the stubs are there: without them nothing is attached any more} */
    boolean hasStubs() {
        return Stream.of(Direction.values()).allMatch(direction -> Files.exists(stub(direction)));
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
                || name.equals(ATTACHING)
                || name.matches(STUB + "(ingress|egress)")
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
