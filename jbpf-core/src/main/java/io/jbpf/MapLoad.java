package io.jbpf;

import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.fs.BpfFs;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.MapInfo;
import io.jbpf.map.MapReferences;
import io.jbpf.map.PossibleCpus;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.object.ObjectSpec;
import io.jbpf.probe.Feature;
import io.jbpf.probe.KernelProbes;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.MappedMemory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes or reuses the maps of one object, and fills them with what the object says. */
final class MapLoad {
    private static final int RDONLY_PROG = 1 << 7;
    private static final int MMAPABLE = 1 << 10;

    private final ObjectSpec spec;
    private final LoadOptions options;
    private final StructOpsLoad structOps;
    private final Map<String, BpfMap> maps;
    private final Set<String> reused = new HashSet<>();

    /**
     * A load.
     *
     * @param maps where the maps go as they are made
     */
    MapLoad(ObjectSpec spec, LoadOptions options, StructOpsLoad structOps, Map<String, BpfMap> maps) {
        this.spec = spec;
        this.options = options;
        this.structOps = structOps;
        this.maps = maps;
    }

    void createAll(int btf) {
        spec.maps().forEach((name, map) -> {
            if (map.autocreate()) {
                maps.put(name, map(name, fitted(map), MapReferences.NONE.withBtf(btf)));
            }
        });
        spec.maps().forEach(this::fillWithMaps);
    }

    /**
     * Makes the maps that can be made, and pins none: a map that has its pin already must fit it.
     *
     * @return why the others cannot be made
     */
    Map<String, BpfException> tryAll(int btf) {
        Map<String, BpfException> refused = new LinkedHashMap<>();
        spec.maps().forEach((name, map) -> {
            if (map.autocreate()) {
                boolean pinned = map.pinnedByName() && Files.exists(pin(name));
                attempt(
                        name,
                        refused,
                        () -> maps.put(
                                name,
                                map(name, fitted(map).withPinnedByName(pinned), MapReferences.NONE.withBtf(btf))));
            }
        });
        spec.maps().forEach((name, map) -> {
            if (!refused.containsKey(name)) {
                attempt(name, refused, () -> fillWithMaps(name, map));
            }
        });
        return refused;
    }

    private static void attempt(String map, Map<String, BpfException> refused, Runnable step) {
        try {
            step.run();
        } catch (BpfException e) {
            refused.put(map, e);
        }
    }

    private void fillWithMaps(String name, MapSpec map) {
        if (map.type() != MapType.PROG_ARRAY && !reused.contains(name) && map.autocreate()) {
            map.slots().forEach((slot, inner) -> innerMap(name, slot, inner));
        }
    }

    private Path pin(String name) {
        return options.pins().orElseGet(BpfFs::mounted).pin(name);
    }

    private void innerMap(String outer, int slot, String inner) {
        BpfMap value = maps.get(inner);
        if (value == null) {
            throw new BpfException("map '" + outer + "' of object '" + spec.name() + "' wants '" + inner + "' in slot "
                    + slot + ", which is no map that was made");
        }
        required(outer).putInner(slot, value);
    }

    /** Puts programs into the arrays that ask for them, once they are loaded. */
    void fillProgramArrays(Map<String, BpfProgram> programs) {
        spec.maps().forEach((name, map) -> {
            if (map.type() == MapType.PROG_ARRAY && map.autocreate()) {
                map.slots().forEach((slot, wanted) -> {
                    BpfProgram program = programs.get(wanted);
                    if (program == null) {
                        throw new BpfException("program array '" + name + "' of object '" + spec.name() + "' wants '"
                                + wanted + "' in slot " + slot + ", which is no program that was loaded");
                    }
                    required(name).putDescriptor(slot, program.fd());
                });
            }
        });
    }

    private BpfMap required(String name) {
        BpfMap map = maps.get(name);
        if (map == null) {
            throw new IllegalStateException("map '" + name + "' was not made");
        }
        return map;
    }

    /** Fills in what the object leaves to the loader, or this kernel cannot do. */
    private static MapSpec fitted(MapSpec map) {
        MapSpec fitted = map;
        if (map.type() == MapType.RINGBUF || map.type() == MapType.USER_RINGBUF) {
            fitted = fitted.withMaxEntries(ringSize(Integer.toUnsignedLong(map.maxEntries())));
        }
        if (map.type() == MapType.PERF_EVENT_ARRAY && map.maxEntries() == 0) {
            fitted = fitted.withMaxEntries(PossibleCpus.count());
        }
        if (map.isDataSection()
                && (map.flags() & MMAPABLE) != 0
                && KernelProbes.feature(Feature.MMAPABLE_ARRAYS).isUnsupported()) {
            fitted = fitted.withFlags(map.flags() & ~MMAPABLE);
        }
        return fitted;
    }

    /** The kernel wants a power of two of whole pages; as with libbpf, what is asked for is rounded up to the next. */
    static int ringSize(long wanted) {
        long size = MappedMemory.PAGE_SIZE;
        while (size < wanted && size < 1L << 31) {
            size *= 2;
        }
        return wanted == 0 ? 0 : (int) Math.max(size, wanted);
    }

    private BpfMap map(String name, MapSpec map, MapReferences references) {
        BpfMap given = options.maps().get(name);
        if (given != null) {
            List<String> differences = differences(given.info(), map);
            differences.removeIf(difference -> !difference.matches("(type|key size|value size) .*"));
            if (!differences.isEmpty()) {
                throw new BpfException("the map given for '" + name + "' of object '" + spec.name() + "' does not fit: "
                        + String.join(", ", differences));
            }
            reused.add(name);
            return given.duplicate();
        }
        if (!map.pinnedByName()) {
            return created(name, map, references);
        }
        Path pin = pin(name);
        if (Files.exists(pin)) {
            reused.add(name);
            return reused(BpfMap.openPinned(pin), map, pin);
        }
        BpfMap created = created(name, map, references);
        try {
            created.pin(pin);
            return created;
        } catch (RuntimeException | Error e) {
            created.close();
            if (e instanceof SystemCallException refused && refused.errno().equals(Errno.EEXIST)) {
                // Another process was faster: its map is the one.
                reused.add(name);
                return reused(BpfMap.openPinned(pin), map, pin);
            }
            throw e;
        }
    }

    private BpfMap created(String name, MapSpec map, MapReferences references) {
        if (map.type() == MapType.STRUCT_OPS) {
            return structOps.create(name, map, references);
        }
        if (map.inner().isEmpty()) {
            return filled(BpfMap.create(map, references), map);
        }
        // The kernel looks at the template only while it makes the outer map.
        try (BpfMap template = BpfMap.create(fitted(map.inner().get()), references)) {
            return BpfMap.create(map, references.withInner(template));
        }
    }

    private static BpfMap filled(BpfMap created, MapSpec map) {
        try {
            if (map.type() == MapType.ARENA) {
                // The verifier wants an arena to have its place in this process before it meets the programs.
                long variables = ArenaVariables.offset(map, created);
                ByteBuffer memory = created.memory(variables, ArenaVariables.size(map), true);
                map.initialValue().ifPresent(data -> memory.put(0, data));
            } else {
                map.initialValue().ifPresent(value -> created.typed(Codec.u32(), Codec.bytes(map.valueSize()))
                        .put(0, value));
            }
            if (map.frozen()) {
                created.freeze();
            }
            return created;
        } catch (RuntimeException | Error e) {
            created.close();
            throw e;
        }
    }

    private BpfMap reused(BpfMap existing, MapSpec wanted, Path pin) {
        List<String> differences = differences(existing.info(), wanted);
        if (differences.isEmpty()) {
            return existing;
        }
        existing.close();
        throw new BpfException("the map pinned at " + pin + " does not fit map '" + wanted.name() + "' of object '"
                + spec.name() + "': " + String.join(", ", differences) + "; remove the pin or rename the map");
    }

    private static List<String> differences(MapInfo is, MapSpec wanted) {
        // The kernel adds this flag to device maps by itself.
        boolean devices = wanted.type() == MapType.DEVMAP || wanted.type() == MapType.DEVMAP_HASH;
        int flags = devices ? is.flags() & ~RDONLY_PROG : is.flags();
        List<String> differences = new ArrayList<>();
        compare(differences, "type", typeName(is.typeNumber()), wanted.type().toString());
        compare(differences, "key size", is.keySize(), wanted.keySize());
        compare(differences, "value size", is.valueSize(), wanted.valueSize());
        compare(
                differences,
                "max entries",
                Integer.toUnsignedString(is.maxEntries()),
                Integer.toUnsignedString(wanted.maxEntries()));
        compare(differences, "flags", "0x" + Integer.toHexString(flags), "0x" + Integer.toHexString(wanted.flags()));
        compare(differences, "map extra", is.mapExtra(), wanted.mapExtra());
        return differences;
    }

    private static String typeName(int number) {
        return MapType.of(number).map(MapType::toString).orElse("number " + number);
    }

    private static void compare(List<String> differences, String what, Object is, Object wanted) {
        if (!is.equals(wanted)) {
            differences.add(what + " is " + is + ", not " + wanted);
        }
    }
}
