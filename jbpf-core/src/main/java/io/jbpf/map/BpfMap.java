package io.jbpf.map;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.Privileges;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A map in the kernel, owned by its descriptor: when this is closed and nothing else holds the map (a program, a pin,
 * another process), the kernel frees it. Safe for use by many threads.
 *
 * <p>Here keys and values are bytes, in native byte order, and every buffer is read and written from its position, which
 * does not move. {@link #typed} and {@link #perCpu} give views in Java values.
 *
 * <p>Needs CAP_BPF, or CAP_SYS_ADMIN before Linux 5.8.
 */
public final class BpfMap implements DescriptorOwner, AutoCloseable {
    /** {@code BPF_F_LOCK}: with the {@code bpf_spin_lock} that is in the value held. */
    static final long LOCKED = 4;

    private final Fd fd;
    private final Bpf bpf;
    private final MapInfo info;
    private final boolean perCpu;
    private final int valueBytes;
    private final MapMemory memory;

    BpfMap(Fd fd) {
        this.fd = fd;
        this.bpf = Bpf.with(fd.calls());
        this.info = fd.orClose(MapInfo::read);
        this.memory = new MapMemory(fd, info);
        this.perCpu = type().filter(BpfMap::isPerCpu).isPresent();
        this.valueBytes = perCpu ? perCpuStride() * fd.orClose(unused -> PossibleCpus.count()) : info.valueSize();
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
        return new BpfMap(MapCreation.create(spec, references));
    }

    static String hint(Errno errno) {
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
     * @throws io.jbpf.error.PinnedKindException if something else than a map is pinned there
     * @throws SystemCallException if nothing is pinned there, or it is not ours to open
     */
    public static BpfMap openPinned(Path path) {
        return new BpfMap(Bpf.host().openPinned(path, Bpf.Kind.MAP));
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

    /** {@return what changes while it is in use: its memory, and whether it is frozen; asked for anew each time} */
    public MapState state() {
        return MapState.read(fd);
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
    @Override
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
     * A view in numbers, which allocates nothing.
     *
     * @throws IllegalArgumentException if keys or values are not of 4 or 8 bytes, or the map is per-CPU
     */
    public LongMap longs() {
        return new LongMap(this);
    }

    /**
     * A view in numbers of a map that has one value per CPU; it allocates nothing.
     *
     * @throws IllegalArgumentException if keys or values are not of 4 or 8 bytes, or the map is not per-CPU
     */
    public PerCpuLongMap perCpuLongs() {
        return new PerCpuLongMap(this);
    }

    /**
     * A view of a queue or stack, whose elements have no keys.
     *
     * @throws IllegalArgumentException if the size does not fit, or the map is neither
     */
    public <V> QueueMap<V> queue(Codec<V> value) {
        return new QueueMap<>(this, value);
    }

    /**
     * Copies the value of a key.
     *
     * @param key {@code keySize} bytes
     * @param value room for {@link #valueBytes()} bytes, written only if there is one
     * @return whether there is one
     */
    public boolean lookup(ByteBuffer key, ByteBuffer value) {
        requireRoom("value", value, valueBytes);
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

    /**
     * Copies the value of a key and removes the key, with no moment between the two. Hash tables: Linux 5.14.
     *
     * @param key {@code keySize} bytes
     * @param value room for {@link #valueBytes()} bytes, written only if there is one
     * @return whether there was one
     * @throws UnsupportedFeatureException if the kernel cannot do so with maps of this type
     */
    public boolean take(ByteBuffer key, ByteBuffer value) {
        requireRoom("value", value, valueBytes);
        Scratch scratch = scratch(key);
        if (!take(scratch)) {
            return false;
        }
        value.put(value.position(), scratch.value(valueBytes), 0, valueBytes);
        return true;
    }

    /** {@return a walk through what is in the map; see there what it promises} */
    public EntryCursor entries() {
        return EntryCursor.reading(this);
    }

    /**
     * {@return a walk that takes out of the map what it goes through; see there what it promises}
     *
     * @throws SystemCallException later, if elements cannot be removed: those of arrays
     */
    public EntryCursor drain() {
        return EntryCursor.draining(this);
    }

    /**
     * Counts the elements by walking through them: the kernel keeps no count that it would tell. Costs as much as reading
     * the whole map; of an array, the answer is its size.
     */
    public long count() {
        EntryCursor cursor = entries();
        long count = 0;
        while (cursor.advance()) {
            count++;
        }
        return count;
    }

    /**
     * Forbids further writes from user space, for good; programs go on. Linux 5.2.
     *
     * @throws SystemCallException EBUSY while it is mapped for writing, or if it is frozen already
     */
    public void freeze() {
        int number = fd.acquire();
        try {
            check(bpf.mapFreeze(number), 0, "freeze", "BPF_MAP_FREEZE");
        } finally {
            fd.release();
        }
    }

    /** {@return whether {@link #memory} can map it: it was made with {@code BPF_F_MMAPABLE}} */
    public boolean isMappable() {
        return memory.isMappable();
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
        return memory.whole(writable);
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
        return memory.part(offset, size, writable);
    }

    /**
     * How many bytes an arena spans, whether or not there are pages in it.
     *
     * @throws IllegalStateException if the map is no arena
     */
    public long arenaSize() {
        return memory.arenaSize();
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

    /** {@return whether it has a value for each possible CPU, each at a multiple of eight bytes} */
    public boolean isPerCpu() {
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
        return lookup(scratch, 0);
    }

    boolean lookup(Scratch scratch, long flags) {
        int number = fd.acquire();
        try {
            int result = bpf.mapLookup(number, scratch.attr(), flags);
            return found(result, flags, "look up a key in", "BPF_MAP_LOOKUP_ELEM");
        } finally {
            fd.release();
        }
    }

    /** Copies a value to an address with room for {@link #valueBytes()}. */
    boolean lookup(long key, long value, long flags) {
        int number = fd.acquire();
        try {
            int result = bpf.mapLookup(number, key, value, flags);
            return found(result, flags, "look up a key in", "BPF_MAP_LOOKUP_ELEM");
        } finally {
            fd.release();
        }
    }

    boolean take(Scratch scratch) {
        int result = tryTake(keyAddress(scratch), scratch.valueAddress());
        if (isMissing(result)) {
            // ENOTSUPP: the type cannot; EINVAL: a kernel that does not know the command
            throw new UnsupportedFeatureException(
                    "looking up and deleting at once in " + typeWords(), "5.14 for hash tables", takeRefusal(result));
        }
        return found(result, 0, "take an element out of", "BPF_MAP_LOOKUP_AND_DELETE_ELEM");
    }

    /** Takes an element out, or answers the negative errno. */
    int tryTake(long key, long value) {
        int number = fd.acquire();
        try {
            return bpf.mapTake(number, key, value, 0);
        } finally {
            fd.release();
        }
    }

    private SystemCallException takeRefusal(int result) {
        return new SystemCallException(
                "take an element out of " + fd.what(), "bpf(BPF_MAP_LOOKUP_AND_DELETE_ELEM)", new Errno(-result));
    }

    /** Whether that is how a kernel says that it lacks a command, or has it not for maps of this type. */
    static boolean isMissing(int result) {
        return result == -Errno.ENOTSUPP.number()
                || result == -Errno.EOPNOTSUPP.number()
                || result == -Errno.EINVAL.number();
    }

    boolean update(Scratch scratch, UpdateMode mode) {
        return update(scratch, mode, 0);
    }

    boolean update(Scratch scratch, UpdateMode mode, long flags) {
        int number = fd.acquire();
        int result;
        try {
            result = bpf.mapUpdate(number, scratch.attr(), mode.flag() | flags);
        } finally {
            fd.release();
        }
        return result == 0 || updated(result, mode, flags);
    }

    private boolean updated(int result, UpdateMode mode, long flags) {
        if (mode == UpdateMode.IF_ABSENT && result == -Errno.EEXIST.number()) {
            return false;
        }
        if (mode == UpdateMode.IF_PRESENT && result == -Errno.ENOENT.number()) {
            return false;
        }
        check(result, flags, "update a key in", "BPF_MAP_UPDATE_ELEM");
        return true;
    }

    /** Sets an element, or answers the negative errno. */
    int tryUpdate(long key, long value, long flags) {
        int number = fd.acquire();
        try {
            return bpf.mapUpdate(number, key, value, flags);
        } finally {
            fd.release();
        }
    }

    boolean delete(Scratch scratch) {
        int number = fd.acquire();
        try {
            return found(bpf.mapDelete(number, scratch.attr()), 0, "delete a key in", "BPF_MAP_DELETE_ELEM");
        } finally {
            fd.release();
        }
    }

    boolean delete(long key) {
        int number = fd.acquire();
        try {
            return found(bpf.mapDelete(number, key), 0, "delete a key in", "BPF_MAP_DELETE_ELEM");
        } finally {
            fd.release();
        }
    }

    /** A sockmap says EINVAL where there is no socket (sock_map.c: {@code __sock_map_delete}). */
    boolean deleteSocket(Scratch scratch) {
        int number = fd.acquire();
        try {
            int result = bpf.mapDelete(number, scratch.attr());
            boolean absent = result == -Errno.EINVAL.number()
                    && type().filter(MapType.SOCKMAP::equals).isPresent();
            return !absent && found(result, 0, "delete a key in", "BPF_MAP_DELETE_ELEM");
        } finally {
            fd.release();
        }
    }

    boolean nextKey(long key, long nextKey) {
        int number = fd.acquire();
        try {
            return found(bpf.mapNextKey(number, key, nextKey), 0, "list the keys of", "BPF_MAP_GET_NEXT_KEY");
        } finally {
            fd.release();
        }
    }

    Bpf.BatchResult batch(Bpf.Batch batch, long position, boolean first, long keys, long values, int count) {
        int number = fd.acquire();
        try {
            return bpf.mapBatch(batch, number, position, first, keys, values, count, 0);
        } finally {
            fd.release();
        }
    }

    /** Queues, stacks and bloom filters have no keys, and the kernel insists on getting none. */
    private long keyAddress(Scratch scratch) {
        return info.keySize() == 0 ? 0 : scratch.keyAddress();
    }

    /** {@return what kind of map this is, for messages} */
    String typeWords() {
        return "maps of type " + type().map(MapType::kernelName).orElse(Integer.toString(info.typeNumber()));
    }

    private boolean found(int result, long flags, String activity, String command) {
        if (result == -Errno.ENOENT.number()) {
            return false;
        }
        check(result, flags, activity, command);
        return true;
    }

    private void check(int result, long flags, String activity, String command) {
        if (result < 0) {
            throw refused(new Errno(-result), flags, activity, "bpf(" + command + ")");
        }
    }

    SystemCallException refused(Errno errno, long flags, String activity, String call) {
        String hint = hint(errno);
        boolean trie = type().filter(MapType.LPM_TRIE::equals).isPresent();
        if (errno.equals(Errno.E2BIG) || (trie && errno.equals(Errno.ENOSPC))) {
            hint = "all " + Integer.toUnsignedString(info.maxEntries()) + " entries are taken";
        } else if (errno.equals(Errno.EINVAL) && (flags & LOCKED) != 0) {
            hint = "its values have no bpf_spin_lock, or it was made without their BTF type";
        } else if (errno.equals(Errno.EBUSY) && call.contains("FREEZE")) {
            hint = "it is mapped for writing, or being written to, or frozen already";
        } else if (errno.equals(Errno.EBADF)
                && type().filter(MapType.INODE_STORAGE::equals).isPresent()) {
            hint = "no file, or BPF is not among the kernel's security modules (/sys/kernel/security/lsm)";
        }
        return new SystemCallException(activity + " " + fd.what(), call, errno, hint);
    }
}
