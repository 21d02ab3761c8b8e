package io.jbpf.btf;

import io.jbpf.btf.BtfType.Array;
import io.jbpf.btf.BtfType.Reference;
import io.jbpf.bytes.ByteView;
import io.jbpf.error.MalformedObjectException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A blob of BTF types. Ids run from {@link #firstId()} to {@link #lastId()}; id 0 is {@code void}. A <i>split</i> BTF
 * (a kernel module's) goes on counting where its base ends, and its types refer to the base's.
 *
 * <p>Immutable and safe to share between threads. Types are decoded when asked for; a few recent ones are kept.
 */
public final class Btf {
    /** How large a pointer is: BPF is a 64-bit machine, and so is every kernel this library runs on. */
    public static final int POINTER_SIZE = 8;

    static final int MAGIC = 0xeb9f;
    static final int VERSION = 1;
    static final int HEADER_SIZE = 24;
    static final int COMMON_SIZE = 12;
    private static final int MAX_DEPTH = 64;

    /** How many decoded types are kept, a power of two: the relocations of a program ask for a few, again and again. */
    private static final int RECENT = 256;

    private record Decoded(int id, BtfType type) {}

    /** Each at the low bits of its id. Threads may overwrite each other's, which costs a decoding and nothing else. */
    private final @Nullable Decoded[] recent = new Decoded[RECENT];

    private final String name;
    private final @Nullable Btf base;
    private final ByteView types;
    private final int typesOffset;
    private final byte[] strings;
    private final int firstString;
    private final int firstId;
    private final int[] offsets;
    private volatile @Nullable BtfNameIndex typeNames;
    private volatile @Nullable BtfNameIndex declarationNames;

    private Btf(String name, ByteView blob, @Nullable Btf base) {
        this.name = name;
        this.base = base;
        long headerSize = blob.u32(4);
        if (headerSize < HEADER_SIZE) {
            throw blob.malformed(4, "the header has " + headerSize + " bytes, fewer than " + HEADER_SIZE);
        }
        this.types = blob.slice(".BTF types", headerSize + blob.u32(8), blob.u32(12));
        this.typesOffset = (int) (headerSize + blob.u32(8));
        this.strings = blob.slice(".BTF strings", headerSize + blob.u32(16), blob.u32(20))
                .copy();
        if (strings.length == 0
                ? base == null
                : strings[strings.length - 1] != 0 || (base == null && strings[0] != 0)) {
            throw blob.malformed(16, "the strings neither start nor end with an empty one");
        }
        this.firstString = base == null ? 0 : base.firstString + base.strings.length;
        this.firstId = base == null ? 1 : base.lastId() + 1;
        this.offsets = BtfScan.offsets(types, firstId);
    }

    /**
     * Reads BTF.
     *
     * @param name what it is called, for errors: a file's name
     * @param bytes the blob; must not change any more
     * @return the types
     * @throws MalformedObjectException if it is damaged
     */
    public static Btf parse(String name, byte[] bytes) {
        return parse(name, ByteBuffer.wrap(bytes));
    }

    /**
     * Reads BTF where it lies, without copying the types: a mapped file will do.
     *
     * @param name what it is called, for errors: a file's name
     * @param bytes the blob, between position and limit; must not change any more
     * @return the types
     * @throws MalformedObjectException if it is damaged
     */
    public static Btf parse(String name, ByteBuffer bytes) {
        return new Btf(name, ordered(name, bytes), null);
    }

    /**
     * Reads split BTF.
     *
     * @param name what it is called, for errors: a module's name
     * @param bytes the blob, between position and limit; must not change any more
     * @param base what it builds on: the kernel's BTF
     * @return the types, including those of the base
     * @throws MalformedObjectException if it is damaged
     */
    public static Btf parseSplit(String name, ByteBuffer bytes, Btf base) {
        return new Btf(name, ordered(name, bytes), base);
    }

    private static ByteView ordered(String name, ByteBuffer bytes) {
        ByteView blob = ByteView.of(name, ".BTF", bytes, ByteOrder.LITTLE_ENDIAN);
        if (blob.u16(0) != MAGIC) {
            blob = blob.order(ByteOrder.BIG_ENDIAN);
            if (blob.u16(0) != MAGIC) {
                throw blob.malformed(0, "not BTF: the magic number is not " + Integer.toHexString(MAGIC));
            }
        }
        if (blob.u8(2) != VERSION) {
            throw blob.malformed(2, "unknown BTF version " + blob.u8(2));
        }
        return blob;
    }

    /** {@return what it is called} */
    public String name() {
        return name;
    }

    /** {@return what it builds on, if it is split} */
    public Optional<Btf> base() {
        return Optional.ofNullable(base);
    }

    /** {@return how numbers are stored} */
    public ByteOrder byteOrder() {
        return types.order();
    }

    /** {@return the first id of its own: 1, or for split BTF the one after the base's last} */
    public int firstId() {
        return firstId;
    }

    /** {@return the last id; 0 if there is no type} */
    public int lastId() {
        return firstId + offsets.length - 1;
    }

    /**
     * The kind of a type, without decoding the rest.
     *
     * @param id the type
     * @return its kind
     */
    public BtfKind kind(int id) {
        if (id == 0) {
            return BtfKind.VOID;
        }
        Btf owner = owner(id);
        return BtfKind.known(owner.types.s32(owner.offset(id) + 4) >>> 24 & 0x1f);
    }

    /**
     * The name of a type, without decoding the rest.
     *
     * @param id the type
     * @return its name; empty if it has none
     */
    public String typeName(int id) {
        if (id == 0) {
            return "void";
        }
        Btf owner = owner(id);
        return string(owner.types.s32(owner.offset(id)));
    }

    /**
     * A type.
     *
     * @param id from 0 to {@link #lastId()}
     * @return the type
     * @throws MalformedObjectException if there is no such id, or the type is damaged
     */
    public BtfType type(int id) {
        if (id == 0) {
            return BtfDecoder.VOID;
        }
        Decoded known = recent[id & RECENT - 1];
        if (known != null && known.id() == id) {
            return known.type();
        }
        Btf owner = owner(id);
        BtfType type = BtfDecoder.decode(this, owner.types, owner.offset(id));
        recent[id & RECENT - 1] = new Decoded(id, type);
        return type;
    }

    /**
     * A string of the BTF.
     *
     * @param offset where it starts
     * @return the text
     * @throws MalformedObjectException if that is outside
     */
    public String string(int offset) {
        if (base != null && offset >= 0 && offset < firstString) {
            return base.string(offset);
        }
        int start = offset - firstString;
        if (offset < 0 || start >= strings.length) {
            throw new MalformedObjectException(
                    name,
                    ".BTF strings",
                    Integer.toUnsignedLong(offset),
                    "there are only " + strings.length + " bytes");
        }
        int end = start;
        while (strings[end] != 0) {
            end++;
        }
        return end == start ? "" : new String(strings, start, end - start, StandardCharsets.UTF_8);
    }

    /**
     * The first type of a kind and name, the base's before one's own.
     *
     * @param typeName its name
     * @param kind its kind
     * @return its id, if there is one
     */
    public OptionalInt find(String typeName, BtfKind kind) {
        boolean declaration = BtfNameIndex.isDeclaration(kind.number());
        return Arrays.stream(find(typeName, declaration))
                .filter(id -> kind(id) == kind)
                .findFirst();
    }

    /**
     * All types, functions and variables of exactly this name.
     *
     * @param typeName their name
     * @return their ids, ascending
     */
    public int[] findAll(String typeName) {
        int[] types = find(typeName, false);
        int[] declarations = find(typeName, true);
        return IntStream.concat(Arrays.stream(types), Arrays.stream(declarations))
                .sorted()
                .toArray();
    }

    /**
     * All types whose name is the given one up to a flavour: {@code task_struct} finds {@code task_struct___old} too,
     * as CO-RE wants it. Functions and variables are not looked at.
     *
     * @param essentialName a name without {@code ___flavour}
     * @return their ids, ascending
     */
    public int[] findFlavours(String essentialName) {
        int[] own = typeNames().find(essentialName);
        return base == null ? own : concatenated(base.findFlavours(essentialName), own);
    }

    /** All types of exactly one name, among the declarations or among the other types. */
    private int[] find(String name, boolean declarations) {
        String key = essentialName(name);
        int[] own = Arrays.stream((declarations ? declarationNames() : typeNames()).find(key))
                .filter(id -> typeName(id).equals(name))
                .toArray();
        return base == null ? own : concatenated(base.find(name, declarations), own);
    }

    private static int[] concatenated(int[] below, int[] own) {
        int[] both = Arrays.copyOf(below, below.length + own.length);
        System.arraycopy(own, 0, both, below.length, own.length);
        return both;
    }

    /**
     * A name without its flavour: what comes before the last {@code ___} that has other characters on both sides.
     *
     * @param typeName such as {@code task_struct___old}
     * @return such as {@code task_struct}
     */
    public static String essentialName(String typeName) {
        byte[] bytes = typeName.getBytes(StandardCharsets.UTF_8);
        int length = BtfNameIndex.essentialLength(bytes, 0, bytes.length);
        return length == bytes.length ? typeName : new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /**
     * What a type is once typedefs, const, volatile, restrict and tags are taken off.
     *
     * @param id a type
     * @return the id of the type behind
     * @throws MalformedObjectException if it never ends
     */
    public int resolve(int id) {
        int at = id;
        for (int depth = 0; depth < MAX_DEPTH; depth++) {
            switch (kind(at)) {
                case TYPEDEF, CONST, VOLATILE, RESTRICT, TYPE_TAG -> at = reference(at);
                default -> {
                    return at;
                }
            }
        }
        throw endless(id);
    }

    /**
     * What a type is once const, volatile, restrict and tags, but not typedefs, are taken off.
     *
     * @param id a type
     * @return the id of the type behind
     * @throws MalformedObjectException if it never ends
     */
    public int skipModifiers(int id) {
        int at = id;
        for (int depth = 0; depth < MAX_DEPTH; depth++) {
            switch (kind(at)) {
                case CONST, VOLATILE, RESTRICT, TYPE_TAG -> at = reference(at);
                default -> {
                    return at;
                }
            }
        }
        throw endless(id);
    }

    /**
     * How much room a value of a type takes.
     *
     * @param id a type
     * @return bytes
     * @throws MalformedObjectException if it has no size, as {@code void} and functions
     */
    public long sizeOf(int id) {
        long count = 1;
        int at = id;
        for (int depth = 0; depth < MAX_DEPTH; depth++) {
            BtfKind kind = kind(at);
            switch (kind) {
                case INT, FLOAT, STRUCT, UNION, ENUM, ENUM64, DATASEC -> {
                    Btf owner = owner(at);
                    return multiply(id, count, owner.types.u32(owner.offset(at) + 8));
                }
                case PTR -> {
                    return multiply(id, count, POINTER_SIZE);
                }
                case ARRAY -> {
                    Array array = (Array) type(at);
                    count = multiply(id, count, array.count());
                    at = array.elementTypeId();
                }
                case TYPEDEF, CONST, VOLATILE, RESTRICT, TYPE_TAG, VAR -> at = reference(at);
                default -> throw malformed(id, kind + " has no size");
            }
        }
        throw endless(id);
    }

    /**
     * The error for something wrong with a type.
     *
     * @param id the type
     * @param problem what is wrong, as a clause
     * @return the exception, to be thrown
     */
    public MalformedObjectException malformed(int id, String problem) {
        boolean known = id >= firstId && id <= lastId();
        return new MalformedObjectException(
                name, ".BTF types", known ? offset(id) : 0, "type " + Integer.toUnsignedString(id) + ": " + problem);
    }

    /** Where the common part of a type of our own starts, from the start of the blob. */
    int blobOffset(int id) {
        return typesOffset + offset(id);
    }

    /** The bytes of a type of our own, as they are stored. */
    byte[] typeBytes(int id) {
        int start = offset(id);
        int end = id == lastId() ? types.size() : offset(id + 1);
        return types.copy(start, end - start);
    }

    /** The strings that are not the base's; not to be changed. */
    byte[] ownStrings() {
        return strings;
    }

    /** Where the strings of a split BTF on top of this one would start. */
    int endOfStrings() {
        return firstString + strings.length;
    }

    private int reference(int id) {
        return ((Reference) type(id)).typeId();
    }

    private long multiply(int id, long a, long b) {
        // Both are below 2^32 or an earlier product below 2^31: no overflow of 63 bits.
        long product = a * b;
        if (product > Integer.MAX_VALUE) {
            throw malformed(id, "is " + Long.toUnsignedString(product) + " bytes large");
        }
        return product;
    }

    private MalformedObjectException endless(int id) {
        return malformed(id, "refers to more than " + MAX_DEPTH + " types in a row, or to itself");
    }

    private Btf owner(int id) {
        Btf owner = this;
        while (id < owner.firstId && owner.base != null) {
            owner = owner.base;
        }
        if (id < owner.firstId || id > owner.lastId()) {
            throw malformed(id, "there is no such type, the last is " + lastId());
        }
        return owner;
    }

    private int offset(int id) {
        return offsets[id - firstId];
    }

    // Two threads may both build an index; either result is good.

    private BtfNameIndex typeNames() {
        BtfNameIndex known = typeNames;
        if (known == null) {
            known = new BtfNameIndex(this, base, types, offsets, strings, firstString, false);
            typeNames = known;
        }
        return known;
    }

    private BtfNameIndex declarationNames() {
        BtfNameIndex known = declarationNames;
        if (known == null) {
            known = new BtfNameIndex(this, base, types, offsets, strings, firstString, true);
            declarationNames = known;
        }
        return known;
    }

    /**
     * The data section of a name.
     *
     * @param sectionName such as {@code .maps}
     * @return its id, if there is one
     */
    public OptionalInt dataSection(String sectionName) {
        for (int id = firstId; id <= lastId(); id++) {
            if (kind(id) == BtfKind.DATASEC && typeName(id).equals(sectionName)) {
                return OptionalInt.of(id);
            }
        }
        return OptionalInt.empty();
    }

    /** {@return name and number of types} */
    @Override
    public String toString() {
        return name + " (BTF of " + lastId() + " types)";
    }
}
