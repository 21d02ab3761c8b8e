package io.jbpf.object;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfType;
import io.jbpf.btf.BtfType.Array;
import io.jbpf.btf.BtfType.DataSection;
import io.jbpf.btf.BtfType.Linkage;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.Pointer;
import io.jbpf.btf.BtfType.SectionEntry;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.btf.BtfType.Var;
import io.jbpf.error.MalformedObjectException;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Maps as they are declared in C: each variable of the section {@code .maps} is a struct whose members are types that
 * spell numbers. {@code __uint(max_entries, 8)} is a pointer to an array of 8, {@code __type(key, x)} a pointer to x,
 * {@code __array(values, x)} an array of x, {@code __ulong(map_extra, 8)} an enum with the value 8.
 */
final class MapDefinitions {
    /** The section of BTF-defined maps. */
    static final String SECTION = ".maps";

    /** Types whose keys and values the kernel does not want to know the type of (libbpf drops the ids as well). */
    private static final Set<MapType> UNTYPED = EnumSet.of(
            MapType.PERF_EVENT_ARRAY,
            MapType.CGROUP_ARRAY,
            MapType.STACK_TRACE,
            MapType.ARRAY_OF_MAPS,
            MapType.HASH_OF_MAPS,
            MapType.DEVMAP,
            MapType.DEVMAP_HASH,
            MapType.CPUMAP,
            MapType.XSKMAP,
            MapType.SOCKMAP,
            MapType.SOCKHASH,
            MapType.QUEUE,
            MapType.STACK,
            MapType.ARENA);

    private static final Set<MapType> OF_MAPS = EnumSet.of(MapType.ARRAY_OF_MAPS, MapType.HASH_OF_MAPS);

    private final String file;
    private final Btf btf;

    MapDefinitions(String file, Btf btf) {
        this.file = file;
        this.btf = btf;
    }

    /** A map and where its variable starts in the section. */
    record Definition(MapSpec spec, long size, Struct struct) {}

    /** The maps by the name of their variables. */
    Map<String, Definition> read() {
        Map<String, Definition> maps = new LinkedHashMap<>();
        int section = btf.dataSection(SECTION).orElse(0);
        if (section == 0) {
            return maps;
        }
        for (SectionEntry entry : ((DataSection) btf.type(section)).entries()) {
            if (!(btf.type(entry.typeId()) instanceof Var variable)) {
                throw btf.malformed(section, "type " + entry.typeId() + " in .maps is not a variable");
            }
            if (variable.linkage() != Linkage.GLOBAL) {
                throw refused(
                        variable.name(),
                        variable.linkage() == Linkage.STATIC
                                ? "is static; remove the 'static', as maps are found by their names"
                                : "is declared but not defined here; link the objects first (bpftool gen object)");
            }
            if (!(btf.type(btf.resolve(variable.typeId())) instanceof Struct struct)) {
                throw btf.malformed(variable.typeId(), "map '" + variable.name() + "' is not a struct");
            }
            MapSpec spec = definition(variable.name(), struct, false);
            if (maps.put(variable.name(), new Definition(spec, entry.size(), struct)) != null) {
                throw btf.malformed(section, "two maps are called '" + variable.name() + "'");
            }
        }
        return maps;
    }

    private MapSpec definition(String name, Struct struct, boolean inner) {
        MapSpec.Fields fields = new MapSpec.Fields();
        fields.name = MapSpec.kernelName(name);
        for (int i = 0; i < struct.members().size(); i++) {
            apply(
                    name,
                    fields,
                    struct.members().get(i),
                    inner,
                    i == struct.members().size() - 1);
        }
        if (fields.type == MapType.UNSPEC) {
            throw refused(name, "has no type; give it one with __uint(type, BPF_MAP_TYPE_…)");
        }
        if (UNTYPED.contains(fields.type)) {
            fields.keyTypeId = 0;
            fields.valueTypeId = 0;
        }
        return MapSpec.of(fields);
    }

    private void apply(String name, MapSpec.Fields fields, Member member, boolean inner, boolean last) {
        switch (member.name()) {
            case "type" -> {
                int type = (int) number(name, member);
                fields.type = MapType.of(type).orElseThrow(() -> refused(name, "is of unknown type " + type));
            }
            case "max_entries" -> fields.maxEntries = (int) number(name, member);
            case "map_flags" -> fields.flags = (int) number(name, member);
            case "map_extra" -> fields.mapExtra = number(name, member);
            case "numa_node" -> fields.numaNode = (int) number(name, member);
            case "key_size" -> fields.keySize = agree(name, "key", fields.keySize, number(name, member));
            case "value_size" -> fields.valueSize = agree(name, "value", fields.valueSize, number(name, member));
            case "key" -> {
                fields.keyTypeId = pointedTo(name, member);
                fields.keySize = agree(name, "key", fields.keySize, btf.sizeOf(fields.keyTypeId));
            }
            case "value" -> {
                fields.valueTypeId = pointedTo(name, member);
                fields.valueSize = agree(name, "value", fields.valueSize, btf.sizeOf(fields.valueTypeId));
            }
            case "pinning" -> {
                long pinning = number(name, member);
                if (inner || pinning < 0 || pinning > 1) {
                    throw refused(
                            name,
                            inner
                                    ? "is an inner map and cannot be pinned"
                                    : "has pinning " + pinning + ", which is neither LIBBPF_PIN_NONE (0) nor"
                                            + " LIBBPF_PIN_BY_NAME (1)");
                }
                fields.pinnedByName = pinning == 1;
            }
            case "values" -> {
                if (inner) {
                    throw refused(name, "is an inner map and cannot have inner maps itself");
                }
                if (!last) {
                    throw refused(name, "has members after 'values', which must be the last");
                }
                values(name, fields, member);
            }
            default -> throw refused(name, "has an unknown attribute '" + member.name() + "'");
        }
    }

    private void values(String name, MapSpec.Fields fields, Member member) {
        if (!(btf.type(btf.skipModifiers(member.typeId())) instanceof Array array)
                || !(btf.type(btf.skipModifiers(array.elementTypeId())) instanceof Pointer pointer)) {
            throw refused(name, "declares 'values' that are not an array of pointers");
        }
        fields.valueSize = agree(name, "value", fields.valueSize, Integer.BYTES);
        BtfType element = btf.type(btf.resolve(pointer.typeId()));
        if (element instanceof Struct inner && OF_MAPS.contains(fields.type)) {
            fields.inner = definition(name + ".inner", inner, true);
        } else if (element.kind() != BtfKind.FUNC_PROTO || fields.type != MapType.PROG_ARRAY) {
            throw refused(
                    name,
                    "declares 'values' of kind " + element.kind() + ", which do not suit a map of type " + fields.type
                            + ": maps of maps have maps, program arrays functions");
        }
    }

    private long number(String name, Member member) {
        BtfType type = btf.type(btf.skipModifiers(member.typeId()));
        if (type instanceof Pointer pointer && btf.type(btf.skipModifiers(pointer.typeId())) instanceof Array array) {
            return array.count();
        }
        if (type instanceof BtfType.Enumeration values && values.values().size() == 1) {
            return values.values().get(0).value();
        }
        throw refused(name, "spells '" + member.name() + "' as neither __uint nor __ulong does");
    }

    private int pointedTo(String name, Member member) {
        if (btf.type(btf.skipModifiers(member.typeId())) instanceof Pointer pointer) {
            return pointer.typeId();
        }
        throw refused(name, "spells '" + member.name() + "' otherwise than __type does");
    }

    private int agree(String name, String what, int before, long size) {
        if (size < 0 || size > Integer.MAX_VALUE) {
            throw refused(name, "has a " + what + " of " + Long.toUnsignedString(size) + " bytes");
        }
        if (before != 0 && before != size) {
            throw refused(name, "has a " + what + " of both " + before + " and " + size + " bytes");
        }
        return (int) size;
    }

    private MalformedObjectException refused(String name, String problem) {
        return new MalformedObjectException(file, SECTION, 0, "map '" + name + "' " + problem);
    }
}
