package io.jbpf.btf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes BTF from types. Ids are given in the order in which types are added, so that a type can refer to one that was
 * added before it, or, by {@link #nextId()} and simple counting, to one that follows; where that is awkward, add a
 * {@link BtfType.Forward} and {@link #set} it once the rest is known. Nothing is checked: a wrong reference shows when
 * it is followed, or when the kernel refuses.
 *
 * <pre>{@code
 * BtfBuilder types = BtfBuilder.create(ByteOrder.nativeOrder());
 * int u32 = types.add(BtfBuilder.unsigned("unsigned int", 4));
 * types.add(new BtfType.Struct("key", 8, false, List.of(
 *         new BtfType.Member("address", u32, 0, 0), new BtfType.Member("port", u32, 32, 0))));
 * Btf btf = types.build("keys");
 * }</pre>
 *
 * <p>For one thread.
 */
public final class BtfBuilder {
    private final ByteOrder order;
    private final @Nullable Btf base;
    private final int firstId;
    private final List<BtfType> types = new ArrayList<>();

    private BtfBuilder(ByteOrder order, @Nullable Btf base) {
        this.order = order;
        this.base = base;
        this.firstId = base == null ? 1 : base.lastId() + 1;
    }

    /**
     * Starts with nothing.
     *
     * @param order how numbers are to be stored: {@link ByteOrder#nativeOrder()} for the running kernel
     */
    public static BtfBuilder create(ByteOrder order) {
        return new BtfBuilder(order, null);
    }

    /**
     * Starts split BTF, as a kernel module's.
     *
     * @param base what it builds on; its types and strings are used, not copied
     */
    public static BtfBuilder split(Btf base) {
        return new BtfBuilder(base.byteOrder(), base);
    }

    /**
     * Starts with all types of a BTF, under the ids they have there. If it is split, so is the new one.
     *
     * @param btf what to copy
     */
    public static BtfBuilder copyOf(Btf btf) {
        return copyOf(btf, btf.byteOrder());
    }

    /**
     * Starts with all types of a BTF, under the ids they have there, for a machine of another byte order.
     *
     * @param btf what to copy
     * @param order how numbers are to be stored
     * @throws IllegalArgumentException if the BTF is split and its base is of another order
     */
    public static BtfBuilder copyOf(Btf btf, ByteOrder order) {
        Optional<Btf> base = btf.base();
        if (base.isPresent() && !order.equals(btf.byteOrder())) {
            throw new IllegalArgumentException("split BTF has the byte order of its base, " + btf.byteOrder());
        }
        BtfBuilder copy = new BtfBuilder(order, base.orElse(null));
        for (int id = btf.firstId(); id <= btf.lastId(); id++) {
            copy.add(btf.type(id));
        }
        return copy;
    }

    /** {@return the id of the first type that was, or will be, added: 1, or the one after the base's last} */
    public int firstId() {
        return firstId;
    }

    /** {@return the id of the type to be added next} */
    public int nextId() {
        return firstId + types.size();
    }

    /**
     * Adds a type.
     *
     * @param type what to add; what it refers to may follow later
     * @return its id
     */
    public int add(BtfType type) {
        if (type instanceof BtfType.VoidType) {
            throw new IllegalArgumentException("void is there without being added: it is type 0");
        }
        types.add(type);
        return nextId() - 1;
    }

    /**
     * Puts another type in the place of one added before.
     *
     * @param id what {@link #add} answered
     * @param type what it shall be instead
     */
    public void set(int id, BtfType type) {
        if (id < firstId || id >= nextId()) {
            throw new IllegalArgumentException(
                    "type " + id + " was not added here, only " + firstId + " to " + (nextId() - 1) + " were");
        }
        types.set(id - firstId, type);
    }

    /**
     * A type that was added.
     *
     * @param id what {@link #add} answered
     */
    public BtfType type(int id) {
        return types.get(index(id));
    }

    private int index(int id) {
        if (id < firstId || id >= nextId()) {
            throw new IllegalArgumentException(
                    "type " + id + " was not added here, only " + firstId + " to " + (nextId() - 1) + " were");
        }
        return id - firstId;
    }

    /**
     * Encodes what has been added.
     *
     * @return the blob, as BPF_BTF_LOAD and the section {@code .BTF} have it
     * @throws IllegalArgumentException if a type has more members than BTF can count, or a bit field too far out
     */
    public byte[] encode() {
        BtfEncoder encoder = new BtfEncoder(new BtfStrings(base), order);
        types.forEach(encoder::type);
        return encoder.blob();
    }

    /**
     * Encodes the base and what has been added to it as one BTF that builds on nothing. Ids and offsets of strings that are
     * good for the base are good for it.
     *
     * @return the blob
     * @throws IllegalStateException if the base is split itself
     */
    public byte[] encodeWithBase() {
        Btf before = base;
        if (before == null) {
            return encode();
        }
        if (before.base().isPresent()) {
            throw new IllegalStateException(before + " builds on another BTF");
        }
        BtfEncoder encoder = new BtfEncoder(BtfStrings.startingAs(before), order);
        for (int id = before.firstId(); id <= before.lastId(); id++) {
            encoder.raw(before.typeBytes(id));
        }
        types.forEach(encoder::type);
        return encoder.blob();
    }

    /**
     * Encodes what has been added and opens it.
     *
     * @param name what it shall be called, for errors
     * @return the types
     */
    public Btf build(String name) {
        ByteBuffer blob = ByteBuffer.wrap(encode());
        return base == null ? Btf.parse(name, blob) : Btf.parseSplit(name, blob, base);
    }

    /**
     * A signed integer that fills its room.
     *
     * @param name its name in C
     * @param size its size in bytes
     */
    public static BtfType.Int signed(String name, int size) {
        return new BtfType.Int(name, size, size * 8, 0, true, false, false);
    }

    /**
     * An unsigned integer that fills its room.
     *
     * @param name its name in C
     * @param size its size in bytes
     */
    public static BtfType.Int unsigned(String name, int size) {
        return new BtfType.Int(name, size, size * 8, 0, false, false, false);
    }
}
