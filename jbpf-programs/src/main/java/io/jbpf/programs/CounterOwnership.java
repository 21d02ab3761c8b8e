package io.jbpf.programs;

import io.jbpf.BpfObject;
import io.jbpf.btf.BtfKind;
import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.VerifierException;
import io.jbpf.fs.BpfFs;
import io.jbpf.kernel.BtfInfo;
import io.jbpf.link.KernelLink;
import io.jbpf.map.BpfMap;
import io.jbpf.map.MapInfo;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.object.ObjectSpec;
import io.jbpf.program.BpfProgram;
import io.jbpf.program.ProgramInfo;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Tells what in a directory is a counter's from what merely has a name of ours. A stub is ours if the kernel gives it the tag
 * that it gives our own, the hash of its instructions, which never change; a link is if it runs such a stub; a program
 * array is if the stub beside it jumps through it; any other map is if it was made with our types, of whatever version.
 */
final class CounterOwnership {
    /** A structure that is in the BTF of no other object. */
    private static final String OUR_TYPE = "membership_key";

    private final BpfFs place;
    private final ObjectSpec spec;
    private final Map<String, ProgramInfo> stubs = new LinkedHashMap<>();
    private final Map<String, Optional<String>> tags = new HashMap<>();
    private final Map<Integer, Optional<Boolean>> types = new HashMap<>();

    CounterOwnership(BpfFs place, ObjectSpec spec) {
        this.place = place;
        this.spec = spec;
    }

    /** {@return what has a name of ours in the directory and is not ours, each in words} */
    List<String> strangers() {
        List<String> strangers = new ArrayList<>();
        for (CounterHook hook : CounterHook.values()) {
            if (has(hook.stub()) && !stubs.containsKey(hook.stub())) {
                ourStub(hook).ifPresentOrElse(ours -> stubs.put(hook.stub(), ours), () -> add(strangers, hook.stub()));
            }
        }
        for (CounterHook hook : CounterHook.values()) {
            if (has(hook.link()) && !isOurLink(hook)) {
                add(strangers, hook.link());
            }
        }
        spec.maps().forEach((name, map) -> {
            if (has(name) && !isOurMap(map)) {
                add(strangers, name);
            }
        });
        return strangers;
    }

    private static void add(List<String> strangers, String name) {
        String complaint = "'" + name + "' is not a counter's";
        if (!strangers.contains(complaint)) {
            strangers.add(complaint);
        }
    }

    private boolean has(String name) {
        return Files.exists(place.pin(name));
    }

    private Optional<ProgramInfo> ourStub(CounterHook hook) {
        try (BpfProgram stub = BpfProgram.openPinned(place.pin(hook.stub()))) {
            return isTagged(stub, hook) ? Optional.of(stub.info()) : Optional.empty();
        } catch (BpfException e) {
            requireReadable(e);
            return Optional.empty();
        }
    }

    private boolean isTagged(BpfProgram stub, CounterHook hook) {
        return stub.name().equals(CounterPins.kernelName(hook.stub()))
                && tag(hook).equals(Optional.of(stub.info().tag()));
    }

    private boolean isOurLink(CounterHook hook) {
        ProgramInfo stub = stubs.get(hook.stub());
        try (KernelLink link = KernelLink.openPinned(place.pin(hook.link()))) {
            int program = link.info().programId();
            if (stub != null) {
                return program == stub.id();
            }
            try (BpfProgram running = BpfProgram.openById(program)) {
                return isTagged(running, hook);
            }
        } catch (BpfException e) {
            requireReadable(e);
            return false;
        }
    }

    private boolean isOurMap(MapSpec wanted) {
        try (BpfMap map = BpfMap.openPinned(place.pin(wanted.name()))) {
            MapInfo info = map.info();
            if (!info.name().equals(CounterPins.kernelName(wanted.name()))
                    || info.typeNumber() != wanted.type().number()) {
                return false;
            }
            if (wanted.type() == MapType.PROG_ARRAY) {
                return isJumpedThrough(info, wanted);
            }
            // Opening BTF by its id takes CAP_SYS_ADMIN; who lacks it goes by the shape.
            return info.btfId() != 0
                    && types.computeIfAbsent(info.btfId(), CounterOwnership::hasOurTypes)
                            .orElseGet(
                                    () -> info.keySize() == wanted.keySize() && info.valueSize() == wanted.valueSize());
        } catch (BpfException e) {
            requireReadable(e);
            return false;
        }
    }

    /** By every stub of ours beside it. One without stubs was left half made; its shape must do. */
    private boolean isJumpedThrough(MapInfo slots, MapSpec wanted) {
        return slots.maxEntries() == wanted.maxEntries()
                && Stream.of(CounterHook.values())
                        .filter(hook -> hook.slots().equals(wanted.name()) && stubs.containsKey(hook.stub()))
                        .allMatch(hook -> Objects.requireNonNull(stubs.get(hook.stub()))
                                .mapIds()
                                .contains(slots.id()));
    }

    /** Empty if this process may not look. */
    private static Optional<Boolean> hasOurTypes(int btfId) {
        try {
            return Optional.of(
                    BtfInfo.typesOf(btfId).find(OUR_TYPE, BtfKind.STRUCT).isPresent());
        } catch (SystemCallException e) {
            if (!e.errno().equals(Errno.EPERM)) {
                throw e;
            }
            return Optional.empty();
        }
    }

    /** What must not be read is not told apart, and so not touched. */
    private static void requireReadable(BpfException e) {
        if (e instanceof SystemCallException refused
                && (refused.errno().equals(Errno.EPERM) || refused.errno().equals(Errno.EACCES))) {
            throw e;
        }
    }

    /** The tag that this kernel gives our own stub; none if it does not take it, and so cannot have one of ours. */
    private Optional<String> tag(CounterHook hook) {
        return tags.computeIfAbsent(hook.stub(), stub -> {
            try (BpfObject own = BpfObject.load(Bytecode.alone(spec, stub))) {
                return Optional.of(own.program(stub).info().tag());
            } catch (VerifierException e) {
                return Optional.empty();
            }
        });
    }
}
