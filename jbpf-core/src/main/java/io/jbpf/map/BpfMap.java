package io.jbpf.map;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.LockedMemory;
import io.jbpf.sys.MappedMemory;
import io.jbpf.sys.Privileges;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A map in the kernel, owned by its descriptor: when this is closed and nothing else holds the map (a program, a pin,
 * another process), the kernel frees it. Safe for use by many threads.
 *
 * <p>Here keys and values are bytes, in native byte order, and every buffer is read and written from its position, which
 * does not move. {@link #typed} and {@link #perCpu} give views in Java values.
 *
 * <p>Needs CAP_BPF, or CAP_SYS_ADMIN before Linux 5.8.
 */
public final class BpfMap implements AutoCloseable {
    private static final int MMAPABLE = 1 << 10;

    private final Fd fd;
    private final Bpf bpf;
    private final MapInfo info;
    private final boolean perCpu;
    private final int valueBytes;
    private @Nullable MappedMemory arenaMemory;

    private BpfMap(Fd fd) {
        this.fd = fd;
        this.bpf = Bpf.with(fd.calls());
        this.info = MapInfo.read(fd);
        this.perCpu = type().filter(BpfMap::isPerCpu).isPresent();
        this.valueBytes = perCpu ? perCpuStride() * PossibleCpus.count() : info.valueSize();
    }

    private static boolean isPerCpu(MapType type) {
        return switch (type) {
            case PERCPU_HASH, PERCPU_ARRAY, LRU_PERCPU_HASH, PERCPU_CGROUP_STORAGE -> true;
            default -> false;
        };
    }

    /**
     * Makes a map.
     *
     * @param spec what to make; key and value types are left out, since they would refer to an object's BTF
     * @throws SystemCallException if the kernel refuses
     */
    public static BpfMap create(MapSpec spec) {
        return create(spec, MapReferences.NONE);
    }

    /**
     * Makes a map that refers to other things: types, an inner map.
     *
     * @param spec what to make
     * @param references what it refers to; without BTF, its type ids are left out
     * @throws SystemCallException if the kernel refuses
     */
    public static BpfMap create(MapSpec spec, MapReferences references) {
        Bpf bpf = Bpf.host();
        int result = references.withInnerDescriptor(inner -> create(bpf, spec, references, inner));
        if (result < 0) {
            Errno errno = new Errno(-result);
            throw new SystemCallException(
                    "create map '" + spec.name() + "' (" + spec.type() + ", key " + spec.keySize() + " bytes, value "
                            + spec.valueSize() + " bytes, " + Integer.toUnsignedString(spec.maxEntries())
                            + " entries)",
                    "bpf(BPF_MAP_CREATE)",
                    errno,
                    creationHint(spec, errno));
        }
        return new BpfMap(bpf.own(result, "map '" + spec.name() + "'"));
    }

    private static int create(Bpf bpf, MapSpec spec, MapReferences references, int inner) {
        boolean typed = references.btfDescriptor() != 0 && (spec.keyTypeId() != 0 || spec.valueTypeId() != 0);
        int result = bpf.mapCreate(definition(spec, references, inner, typed));
        if (LockedMemory.lift(bpf.calls(), result)) {
            result = bpf.mapCreate(definition(spec, references, inner, typed));
        }
        if (result < 0 && typed) {
            // Some map types take no BTF (map_check_btf in the kernel's syscall.c); libbpf tries without, too.
            int untyped = bpf.mapCreate(definition(spec, references, inner, false));
            result = untyped < 0 ? result : untyped;
        }
        return result;
    }

    private static Bpf.MapDefinition definition(MapSpec spec, MapReferences references, int inner, boolean typed) {
        return new Bpf.MapDefinition(
                spec.name(),
                spec.type().number(),
                spec.keySize(),
                spec.valueSize(),
                spec.maxEntries(),
                spec.flags(),
                inner,
                spec.numaNode(),
                typed || references.kernelValueTypeId() != 0 ? references.btfDescriptor() : 0,
                typed ? spec.keyTypeId() : 0,
                typed ? spec.valueTypeId() : 0,
                spec.mapExtra(),
                references.kernelValueTypeId(),
                references.kernelBtfDescriptor());
    }

    private static String creationHint(MapSpec spec, Errno errno) {
        if (errno.equals(Errno.EPERM)) {
            return Privileges.NEEDED + LockedMemory.hint(Bpf.host().calls());
        }
        if (errno.equals(Errno.EINVAL)) {
            return "the kernel may not know maps of type " + spec.type().kernelName()
                    + ", or not with these sizes and flags (0x" + Integer.toHexString(spec.flags()) + ")";
        }
        return hint(errno);
    }

    private static String hint(Errno errno) {
        if (errno.equals(Errno.EPERM)) {
            return Privileges.NEEDED;
        }
        return errno.equals(Errno.ENOMEM)
                ? "maps are charged to this process's memory cgroup: raise its limit or make the map smaller"
                : "";
    }

    /**
     * Opens a map by its pin.
     *
     * @param path where it is pinned, in a bpffs
     * @throws SystemCallException if nothing is pinned there, or it is not ours to open
     */
    public static BpfMap openPinned(Path path) {
        return new BpfMap(Bpf.host().openPinned(path.toString(), "the map pinned at " + path));
    }

    /**
     * Opens a map by its id. Needs CAP_SYS_ADMIN.
     *
     * @throws SystemCallException if there is none of that id
     */
    public static BpfMap openById(int id) {
        return new BpfMap(Bpf.host().openById(Bpf.Kind.MAP, id));
    }

    /**
     * The same map once more, with a descriptor and a close of its own.
     *
     * @throws IllegalStateException if this one is closed
     */
    public BpfMap duplicate() {
        return new BpfMap(fd.duplicate());
    }

    /**
     * Puts a map into a slot of this map of maps.
     *
     * @param slot the key, of four bytes
     * @param inner the map; must look like the template this one was made with
     * @throws SystemCallException EINVAL if it does not
     */
    public void putInner(int slot, BpfMap inner) {
        putDescriptor(slot, inner.fd);
    }

    /**
     * Puts something with a descriptor into a slot of this array: a program, a map, a perf event, a cgroup.
     *
     * @param slot the key, of four bytes
     * @param object the owned descriptor
     * @throws SystemCallException if it does not suit
     */
    @SuppressWarnings("exports")
    public void putDescriptor(int slot, Fd object) {
        int number = object.acquire();
        try {
            typed(Codec.u32(), Codec.u32()).put(slot, number);
        } finally {
            object.release();
        }
    }

    /** {@return what the kernel says of the map} */
    public MapInfo info() {
        return info;
    }

    /** {@return the name the kernel shows, at most 15 characters} */
    public String name() {
        return info.name();
    }

    /** {@return the type, or nothing for one that only a newer kernel knows} */
    public Optional<MapType> type() {
        return MapType.of(info.typeNumber());
    }

    /** {@return bytes of a value as the calls below copy it: for a per-CPU map, the values of all possible CPUs} */
    public int valueBytes() {
        return valueBytes;
    }

    /** {@return the owned descriptor, for the packages that hand it to the kernel; its type is not exported} */
    @SuppressWarnings("exports")
    public Fd fd() {
        return fd;
    }

    /**
     * A view in Java values.
     *
     * @throws IllegalArgumentException if the sizes do not fit the map, or the map is per-CPU
     */
    public <K, V> TypedMap<K, V> typed(Codec<K> key, Codec<V> value) {
        return new TypedMap<>(this, key, value);
    }

    /**
     * A view in Java values of a map that has one value per CPU.
     *
     * @throws IllegalArgumentException if the sizes do not fit the map, or the map is not per-CPU
     */
    public <K, V> PerCpuMap<K, V> perCpu(Codec<K> key, Codec<V> value) {
        return new PerCpuMap<>(this, key, value);
    }

    /**
     * Copies the value of a key.
     *
     * @param key {@code keySize} bytes
     * @param value room for {@link #valueBytes()} bytes, written only if there is one
     * @return whether there is one
     */
    public boolean lookup(ByteBuffer key, ByteBuffer value) {
        Scratch scratch = scratch(key);
        if (!lookup(scratch)) {
            return false;
        }
        value.put(value.position(), scratch.value(valueBytes), 0, valueBytes);
        return true;
    }

    /**
     * Sets the value of a key.
     *
     * @param key {@code keySize} bytes
     * @param value {@link #valueBytes()} bytes
     * @return false if {@code mode} forbade it
     * @throws SystemCallException E2BIG if a hash is full, or another refusal
     */
    public boolean update(ByteBuffer key, ByteBuffer value, UpdateMode mode) {
        Scratch scratch = scratch(key);
        requireRoom("value", value, valueBytes);
        scratch.value(valueBytes).put(0, value, value.position(), valueBytes);
        return update(scratch, mode);
    }

    /**
     * Removes a key.
     *
     * @param key {@code keySize} bytes
     * @return whether it was there
     */
    public boolean delete(ByteBuffer key) {
        return delete(scratch(key));
    }

    /** Forbids further writes from user space; programs go on. Linux 5.2. */
    public void freeze() {
        int number = fd.acquire();
        try {
            check(bpf.mapFreeze(number), "freeze", "BPF_MAP_FREEZE");
        } finally {
            fd.release();
        }
    }

    /** {@return whether {@link #memory} can map it: it was made with {@code BPF_F_MMAPABLE}} */
    public boolean isMappable() {
        return (info.flags() & MMAPABLE) != 0;
    }

    /**
     * Maps the values of an array, or the pages of an arena, into memory: what programs write is seen at once. The
     * mapping lasts as long as the buffer, or a view of it, is reachable; closing the map does not end it.
     *
     * @param writable whether to map it for writing; a frozen map cannot be
     * @return the values one after the other (of an array, each at a multiple of eight bytes), in native order
     * @throws UnsupportedFeatureException if the map was not made with {@code BPF_F_MMAPABLE} (Linux 5.5)
     * @throws SystemCallException if the kernel refuses
     */
    public ByteBuffer memory(boolean writable) {
        MappedMemory mapped = mapped(writable);
        return writable ? mapped.start() : readOnly(mapped.start());
    }

    /**
     * Maps as {@link #memory(boolean)} does and answers a part: of an arena of more than 2 GiB, say, its end.
     *
     * @param offset where the part starts, in bytes
     * @param size how many bytes it has
     * @param writable whether to map it for writing
     * @return the part, in native order
     * @throws IndexOutOfBoundsException if it reaches beyond the map
     */
    public ByteBuffer memory(long offset, int size, boolean writable) {
        ByteBuffer part = mapped(writable).part(offset, size);
        return writable ? part : readOnly(part);
    }

    private static ByteBuffer readOnly(ByteBuffer memory) {
        return memory.asReadOnlyBuffer().order(memory.order());
    }

    private MappedMemory mapped(boolean writable) {
        if (!isMappable()) {
            throw new UnsupportedFeatureException(
                    "mapping " + fd.what() + ": it was made without BPF_F_MMAPABLE", "5.5", null);
        }
        if (info.typeNumber() != MapType.ARENA.number()) {
            return mapped(0, (info.valueSize() + 7L & -8) * Integer.toUnsignedLong(info.maxEntries()), writable);
        }
        // An arena has one place in a process: the kernel refuses another.
        synchronized (this) {
            MappedMemory known = arenaMemory;
            if (known == null) {
                known = mapped(info.mapExtra(), arenaSize(), true);
                arenaMemory = known;
            }
            return known;
        }
    }

    /**
     * How many bytes an arena spans, whether or not there are pages in it.
     *
     * @throws IllegalStateException if the map is no arena
     */
    public long arenaSize() {
        if (info.typeNumber() != MapType.ARENA.number()) {
            throw new IllegalStateException(fd.what() + " is no arena");
        }
        return Integer.toUnsignedLong(info.maxEntries()) * MappedMemory.PAGE_SIZE;
    }

    private MappedMemory mapped(long address, long length, boolean writable) {
        int number = fd.acquire();
        try {
            return MappedMemory.of(fd.calls(), number, address, length, writable, fd.what());
        } finally {
            fd.release();
        }
    }

    /**
     * Gives the map a name in a bpffs that keeps it alive after this process.
     *
     * @throws SystemCallException EEXIST if the name is taken
     */
    public void pin(Path path) {
        bpf.pin(fd, path.toString());
    }

    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return fd.toString();
    }

    // ---- what the views share, and the operations on scratch memory

    boolean isPerCpu() {
        return perCpu;
    }

    /** Each CPU's value begins at a multiple of eight bytes (bpf_map_value_size in the kernel's syscall.c). */
    int perCpuStride() {
        return (info.valueSize() + 7) & -8;
    }

    Scratch scratch() {
        return Scratch.of(info.keySize(), valueBytes);
    }

    private Scratch scratch(ByteBuffer key) {
        requireRoom("key", key, info.keySize());
        Scratch scratch = scratch();
        scratch.key(info.keySize()).put(0, key, key.position(), info.keySize());
        return scratch;
    }

    private void requireRoom(String what, ByteBuffer buffer, int size) {
        if (buffer.remaining() < size) {
            throw new IllegalArgumentException(
                    "a " + what + " of " + fd.what() + " has " + size + " bytes, not " + buffer.remaining());
        }
    }

    boolean lookup(Scratch scratch) {
        int number = fd.acquire();
        try {
            return found(
                    bpf.mapLookup(number, scratch.keyAddress(), scratch.valueAddress()),
                    "look up a key in",
                    "BPF_MAP_LOOKUP_ELEM");
        } finally {
            fd.release();
        }
    }

    boolean update(Scratch scratch, UpdateMode mode) {
        int number = fd.acquire();
        try {
            int result = bpf.mapUpdate(number, scratch.keyAddress(), scratch.valueAddress(), mode.flag());
            if (mode == UpdateMode.IF_ABSENT && result == -Errno.EEXIST.number()) {
                return false;
            }
            if (mode == UpdateMode.IF_PRESENT && result == -Errno.ENOENT.number()) {
                return false;
            }
            check(result, "update a key in", "BPF_MAP_UPDATE_ELEM");
            return true;
        } finally {
            fd.release();
        }
    }

    boolean delete(Scratch scratch) {
        int number = fd.acquire();
        try {
            return found(bpf.mapDelete(number, scratch.keyAddress()), "delete a key in", "BPF_MAP_DELETE_ELEM");
        } finally {
            fd.release();
        }
    }

    boolean nextKey(long key, long nextKey) {
        int number = fd.acquire();
        try {
            return found(bpf.mapNextKey(number, key, nextKey), "list the keys of", "BPF_MAP_GET_NEXT_KEY");
        } finally {
            fd.release();
        }
    }

    private boolean found(int result, String activity, String command) {
        if (result == -Errno.ENOENT.number()) {
            return false;
        }
        check(result, activity, command);
        return true;
    }

    private void check(int result, String activity, String command) {
        if (result < 0) {
            Errno errno = new Errno(-result);
            String hint = errno.equals(Errno.E2BIG) ? "all " + info.maxEntries() + " entries are taken" : hint(errno);
            throw new SystemCallException(activity + " " + fd.what(), "bpf(" + command + ")", errno, hint);
        }
    }
}
