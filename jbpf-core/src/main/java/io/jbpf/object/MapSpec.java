package io.jbpf.object;

import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A map to be created: what {@code bpf(BPF_MAP_CREATE)} is told, and what is put in before any program runs.
 *
 * <p>Sizes are bytes. Type ids are of the object's BTF; 0 means that the kernel is not told a type.
 */
public final class MapSpec {
    /** How long a name may be in the kernel: {@code BPF_OBJ_NAME_LEN} less the final NUL. */
    public static final int NAME_LENGTH = 15;

    /** {@code BPF_F_RDONLY_PROG}: programs cannot write to the map. */
    static final int RDONLY_PROG = 1 << 7;

    /** {@code BPF_F_MMAPABLE}: user space can map the values (Linux 5.5). */
    static final int MMAPABLE = 1 << 10;

    private final Fields fields;

    private MapSpec(Fields fields) {
        this.fields = fields;
    }

    /**
     * A map without an object file.
     *
     * @param name as the kernel shall show it, cut after {@value #NAME_LENGTH} characters
     * @param type what the map is
     * @param keySize how large a key is
     * @param valueSize how large a value is
     * @param maxEntries how many entries it has room for
     * @return the spec
     */
    public static MapSpec of(String name, MapType type, int keySize, int valueSize, int maxEntries) {
        Fields fields = new Fields();
        fields.name = kernelName(name);
        fields.type = type;
        fields.keySize = keySize;
        fields.valueSize = valueSize;
        fields.maxEntries = maxEntries;
        return new MapSpec(fields);
    }

    static MapSpec of(Fields fields) {
        return new MapSpec(fields.copy());
    }

    /** {@return its name as the kernel shows it: letters, digits, underscores and dots, at most 15} */
    public String name() {
        return fields.name;
    }

    /** {@return what the map is} */
    public MapType type() {
        return fields.type;
    }

    /** {@return how large a key is; 0 for maps without keys} */
    public int keySize() {
        return fields.keySize;
    }

    /** {@return how large a value is; per CPU, for per-CPU maps} */
    public int valueSize() {
        return fields.valueSize;
    }

    /** {@return how many entries it has room for, unsigned; bytes for ring buffers; 0 where the loader chooses} */
    public int maxEntries() {
        return fields.maxEntries;
    }

    /** {@return {@code BPF_F_…} flags of linux/bpf.h} */
    public int flags() {
        return fields.flags;
    }

    /** {@return a number whose meaning depends on the type, such as a bloom filter's hash functions} */
    public long mapExtra() {
        return fields.mapExtra;
    }

    /** {@return the NUMA node its memory comes from; counts only with {@code BPF_F_NUMA_NODE} among the flags} */
    public int numaNode() {
        return fields.numaNode;
    }

    /** {@return whether the object asks that the map be pinned under its name, and reused from there} */
    public boolean pinnedByName() {
        return fields.pinnedByName;
    }

    /** {@return the type of its keys; 0 if the kernel is not to be told} */
    public int keyTypeId() {
        return fields.keyTypeId;
    }

    /** {@return the type of its values; 0 if the kernel is not to be told} */
    public int valueTypeId() {
        return fields.valueTypeId;
    }

    /**
     * What its one value starts with, if it is a data section or a struct_ops map, or the variables of an arena.
     *
     * @return a copy of {@link #valueSize()} bytes, or for an arena of as many as its variables have; empty for zeroes, and for
     *     other maps
     */
    public Optional<byte[]> initialValue() {
        return Optional.ofNullable(fields.initialValue).map(byte[]::clone);
    }

    /** {@return whether it is a data section: a single value made of global variables} */
    public boolean isDataSection() {
        return fields.dataSection;
    }

    /** {@return whether it is to be frozen once its value is set: nobody can change constants} */
    public boolean frozen() {
        return fields.frozen;
    }

    /** {@return for a map of maps, what its inner maps look like, if the object says} */
    public Optional<MapSpec> inner() {
        return Optional.ofNullable(fields.inner);
    }

    /**
     * What the object puts into the slots of a map of maps or of programs.
     *
     * @return names of maps or programs, by key
     */
    public Map<Integer, String> slots() {
        return fields.slots;
    }

    /** {@return whether loading the object makes this map; programs that use one that is not made cannot get there} */
    public boolean autocreate() {
        return fields.autocreate;
    }

    /** {@return for a struct_ops map, the programs that stand for its functions, by member; else empty} */
    public Map<String, String> functions() {
        return fields.functions;
    }

    /** {@return for a struct_ops map, the struct in the object's BTF; else 0} */
    public int structTypeId() {
        return fields.structTypeId;
    }

    /**
     * The same under another name.
     *
     * @param name as the kernel shall show it, cut after {@value #NAME_LENGTH} characters
     * @return the spec
     */
    public MapSpec withName(String name) {
        Fields copy = fields.copy();
        copy.name = kernelName(name);
        return new MapSpec(copy);
    }

    /**
     * The same of another type.
     *
     * @param type what the map is
     * @return the spec
     */
    public MapSpec withType(MapType type) {
        Fields copy = fields.copy();
        copy.type = type;
        return new MapSpec(copy);
    }

    /**
     * The same with keys of another size, and so without a type of the keys.
     *
     * @param keySize how large a key is
     * @return the spec
     */
    public MapSpec withKeySize(int keySize) {
        Fields copy = fields.copy();
        copy.keySize = keySize;
        copy.keyTypeId = 0;
        copy.valueTypeId = 0;
        return new MapSpec(copy);
    }

    /**
     * The same with values of another size, and so without a type of keys and values.
     *
     * @param valueSize how large a value is
     * @return the spec
     */
    public MapSpec withValueSize(int valueSize) {
        Fields copy = fields.copy();
        copy.valueSize = valueSize;
        copy.keyTypeId = 0;
        copy.valueTypeId = 0;
        return new MapSpec(copy);
    }

    /**
     * The same with room for another number of entries.
     *
     * @param maxEntries how many
     * @return the spec
     */
    public MapSpec withMaxEntries(int maxEntries) {
        Fields copy = fields.copy();
        copy.maxEntries = maxEntries;
        return new MapSpec(copy);
    }

    /**
     * The same with other flags.
     *
     * @param flags {@code BPF_F_…} flags of linux/bpf.h
     * @return the spec
     */
    public MapSpec withFlags(int flags) {
        Fields copy = fields.copy();
        copy.flags = flags;
        return new MapSpec(copy);
    }

    /**
     * The same with another extra number.
     *
     * @param mapExtra a number whose meaning depends on the type
     * @return the spec
     */
    public MapSpec withMapExtra(long mapExtra) {
        Fields copy = fields.copy();
        copy.mapExtra = mapExtra;
        return new MapSpec(copy);
    }

    /**
     * The same, pinned under its name or not.
     *
     * @param pinnedByName whether it is
     * @return the spec
     */
    public MapSpec withPinnedByName(boolean pinnedByName) {
        Fields copy = fields.copy();
        copy.pinnedByName = pinnedByName;
        return new MapSpec(copy);
    }

    /**
     * The same, made with the object or not.
     *
     * @param autocreate whether it is
     * @return the spec
     */
    public MapSpec withAutocreate(boolean autocreate) {
        Fields copy = fields.copy();
        copy.autocreate = autocreate;
        return new MapSpec(copy);
    }

    /**
     * The same with another value to start with.
     *
     * @param value {@link #valueSize()} bytes
     * @return the spec
     * @throws IllegalArgumentException if the length is wrong, or this is not a data section
     */
    public MapSpec withInitialValue(byte[] value) {
        boolean single = fields.dataSection || fields.type == MapType.STRUCT_OPS;
        byte[] before = fields.initialValue;
        boolean arena = fields.type == MapType.ARENA && before != null && before.length == value.length;
        if (!arena && (!single || value.length != fields.valueSize)) {
            throw new IllegalArgumentException("map '" + fields.name + "' cannot start with " + value.length
                    + " bytes: " + (single ? "it has " + fields.valueSize : "it is no data section"));
        }
        Fields copy = fields.copy();
        copy.initialValue = value.clone();
        return new MapSpec(copy);
    }

    /**
     * The same without types, for a kernel that is not told the object's BTF.
     *
     * @return the spec
     */
    public MapSpec withoutTypes() {
        Fields copy = fields.copy();
        copy.keyTypeId = 0;
        copy.valueTypeId = 0;
        return new MapSpec(copy);
    }

    /**
     * The same with another template for its inner maps.
     *
     * @param inner what they look like
     * @return the spec
     */
    public MapSpec withInner(MapSpec inner) {
        Fields copy = fields.copy();
        copy.inner = inner;
        return new MapSpec(copy);
    }

    MapSpec withArenaData(byte[] data) {
        Fields copy = fields.copy();
        copy.initialValue = data;
        return new MapSpec(copy);
    }

    MapSpec withSlots(Map<Integer, String> slots) {
        Fields copy = fields.copy();
        copy.slots = slots;
        return of(copy);
    }

    /** A name the kernel takes: nothing but letters, digits, underscores and dots, and not too long. */
    static String kernelName(String name) {
        StringBuilder legal = new StringBuilder();
        for (int i = 0; i < name.length() && i < NAME_LENGTH; i++) {
            char c = name.charAt(i);
            boolean fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
            legal.append(fits ? c : '_');
        }
        return legal.toString();
    }

    /** {@return type, name and sizes} */
    @Override
    public String toString() {
        return fields.type.name().toLowerCase(Locale.ROOT) + " '" + fields.name + "' (key " + fields.keySize
                + ", value " + fields.valueSize + ", entries " + Integer.toUnsignedString(fields.maxEntries) + ")";
    }

    /** What a spec is made of, while it is being made. */
    static final class Fields {
        String name = "";
        MapType type = MapType.UNSPEC;
        int keySize;
        int valueSize;
        int maxEntries;
        int flags;
        long mapExtra;
        int numaNode;
        boolean pinnedByName;
        int keyTypeId;
        int valueTypeId;
        byte @Nullable [] initialValue;
        boolean dataSection;
        boolean frozen;

        @Nullable
        MapSpec inner;

        Map<Integer, String> slots = Map.of();
        Map<String, String> functions = Map.of();
        int structTypeId;
        boolean autocreate = true;

        Fields copy() {
            Fields copy = new Fields();
            copy.name = name;
            copy.type = type;
            copy.keySize = keySize;
            copy.valueSize = valueSize;
            copy.maxEntries = maxEntries;
            copy.flags = flags;
            copy.mapExtra = mapExtra;
            copy.numaNode = numaNode;
            copy.pinnedByName = pinnedByName;
            copy.keyTypeId = keyTypeId;
            copy.valueTypeId = valueTypeId;
            copy.initialValue = initialValue;
            copy.dataSection = dataSection;
            copy.frozen = frozen;
            copy.inner = inner;
            copy.slots = Collections.unmodifiableMap(new TreeMap<>(slots));
            copy.functions = Map.copyOf(functions);
            copy.structTypeId = structTypeId;
            copy.autocreate = autocreate;
            return copy;
        }
    }
}
