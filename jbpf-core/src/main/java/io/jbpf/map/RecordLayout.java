package io.jbpf.map;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where the members of a C struct lie: read from BTF, or told member by member. {@link RecordCodec} fits a Java record to
 * it.
 *
 * <pre>{@code
 * RecordLayout flow = RecordLayout.of(spec.btf().orElseThrow(), "flow");
 * RecordLayout same = RecordLayout.named("flow", 12)
 *         .unsigned("from", 0, 4).unsigned("to", 4, 4).unsigned("port", 8, 2).build();
 * }</pre>
 */
public final class RecordLayout {
    private final String name;
    private final int size;
    private final List<Field> fields;

    private RecordLayout(String name, int size, List<Field> fields) {
        this.name = name;
        this.size = size;
        this.fields = List.copyOf(fields);
    }

    /** What lies in a member. */
    sealed interface Shape {
        /** {@return how many bytes it takes} */
        int width();
    }

    record Whole(int width, boolean signed) implements Shape {}

    record Real(int width) implements Shape {}

    record Truth() implements Shape {
        @Override
        public int width() {
            return 1;
        }
    }

    record Choice(String name, int width, boolean signed, Map<String, Long> values) implements Shape {}

    record Nested(RecordLayout layout) implements Shape {
        @Override
        public int width() {
            return layout.size;
        }
    }

    record Sequence(Shape element, int count) implements Shape {
        @Override
        public int width() {
            return element.width() * count;
        }
    }

    /** What Java can have as bytes only: a union. */
    record Opaque(String what, int width) implements Shape {}

    /** What Java cannot have: a bit field, which begins and ends within bytes. */
    record Bits(int bits) implements Shape {
        @Override
        public int width() {
            return 0;
        }
    }

    /**
     * A member.
     *
     * @param optional whether a record may do without: padding, one of a union's, what belongs to the kernel
     */
    record Field(String name, int offset, Shape shape, boolean optional) {}

    /** {@return the struct's name} */
    public String name() {
        return name;
    }

    /** {@return how large the struct is, in bytes} */
    public int size() {
        return size;
    }

    List<Field> fields() {
        return fields;
    }

    /**
     * The layout of a struct or typedef in BTF.
     *
     * @throws IllegalArgumentException if there is no struct of that name
     */
    public static RecordLayout of(Btf btf, String struct) {
        for (int id : btf.findAll(struct)) {
            if (btf.type(btf.resolve(id)) instanceof BtfType.Struct type && !type.union()) {
                return of(btf, struct, type);
            }
        }
        throw new IllegalArgumentException("no struct '" + struct + "' in the BTF of " + btf.name());
    }

    /**
     * The layout of a type in BTF, such as a map's value.
     *
     * @throws IllegalArgumentException if it is no struct
     */
    public static RecordLayout of(Btf btf, int typeId) {
        if (btf.type(btf.resolve(typeId)) instanceof BtfType.Struct type && !type.union()) {
            return of(btf, type.name().isEmpty() ? btf.typeName(typeId) : type.name(), type);
        }
        throw new IllegalArgumentException("type " + typeId + " in the BTF of " + btf.name() + " is no struct");
    }

    private static RecordLayout of(Btf btf, String name, BtfType.Struct type) {
        List<Field> fields = new ArrayList<>();
        collect(btf, type, 0, false, fields);
        return new RecordLayout(name, type.size(), fields);
    }

    private static void collect(Btf btf, BtfType.Struct type, int base, boolean optional, List<Field> fields) {
        for (BtfType.Member member : type.members()) {
            BtfType inner = btf.type(btf.resolve(member.typeId()));
            int offset = base + member.byteOffset();
            boolean choice = optional || type.union();
            if (member.name().isEmpty() && inner instanceof BtfType.Struct anonymous) {
                collect(btf, anonymous, offset, choice, fields);
            } else if (!member.name().isEmpty()) {
                Shape shape = member.bitSize() == 0 && member.bitOffset() % Byte.SIZE == 0
                        ? shape(btf, member.typeId())
                        : new Bits(member.bitSize());
                boolean padding = member.name().startsWith("_") || member.name().startsWith("pad");
                // bpf_spin_lock, bpf_timer and their like: user space reads zeroes, and writes nothing.
                boolean kernels = inner.name().startsWith("bpf_");
                fields.add(new Field(member.name(), offset, shape, choice || padding || kernels));
            }
        }
    }

    private static Shape shape(Btf btf, int typeId) {
        BtfType type = btf.type(btf.resolve(typeId));
        if (type instanceof BtfType.Int integer) {
            return integer.bool() ? new Truth() : new Whole(integer.size(), integer.signed());
        } else if (type instanceof BtfType.FloatingPoint real) {
            return new Real(real.size());
        } else if (type instanceof BtfType.Pointer) {
            return new Whole(Btf.POINTER_SIZE, false);
        } else if (type instanceof BtfType.Enumeration choice) {
            Map<String, Long> values = new LinkedHashMap<>();
            choice.values().forEach(each -> values.put(each.name(), each.value()));
            return new Choice(choice.name(), choice.size(), choice.signed(), values);
        } else if (type instanceof BtfType.Array array) {
            return new Sequence(shape(btf, array.elementTypeId()), Math.toIntExact(array.count()));
        } else if (type instanceof BtfType.Struct struct && !struct.union()) {
            return new Nested(of(btf, struct.name(), struct));
        }
        return new Opaque(type.kind().toString(), Math.toIntExact(btf.sizeOf(typeId)));
    }

    /**
     * Starts a layout that is told member by member.
     *
     * @param name the struct's name, for messages
     * @param size how large it is, in bytes
     */
    public static Builder named(String name, int size) {
        return new Builder(name, size);
    }

    /** Members as they are told: each with its name, its offset and what it is, in bytes. */
    public static final class Builder {
        private final String name;
        private final int size;
        private final List<Field> fields = new ArrayList<>();

        private Builder(String name, int size) {
            this.name = name;
            this.size = size;
        }

        /** A signed integer of 1, 2, 4 or 8 bytes. */
        public Builder signed(String member, int offset, int width) {
            return add(member, offset, new Whole(requireWidth(width), true));
        }

        /** An unsigned integer of 1, 2, 4 or 8 bytes, or a pointer. */
        public Builder unsigned(String member, int offset, int width) {
            return add(member, offset, new Whole(requireWidth(width), false));
        }

        /** A {@code bool}. */
        public Builder bool(String member, int offset) {
            return add(member, offset, new Truth());
        }

        /** An array of unsigned integers of 1, 2, 4 or 8 bytes; of 1 also for text. */
        public Builder array(String member, int offset, int width, int count) {
            return add(member, offset, new Sequence(new Whole(requireWidth(width), false), count));
        }

        /** A struct in the struct. */
        public Builder struct(String member, int offset, RecordLayout layout) {
            return add(member, offset, new Nested(layout));
        }

        /** An array of structs. */
        public Builder array(String member, int offset, RecordLayout layout, int count) {
            return add(member, offset, new Sequence(new Nested(layout), count));
        }

        /** An {@code enum}: its constants' names and values. */
        public Builder enumeration(String member, int offset, int width, Map<String, Long> values) {
            return add(member, offset, new Choice(member, requireWidth(width), false, Map.copyOf(values)));
        }

        /** {@return the layout} */
        public RecordLayout build() {
            return new RecordLayout(name, size, fields);
        }

        private Builder add(String member, int offset, Shape shape) {
            if (offset < 0 || offset + (long) shape.width() > size) {
                throw new IllegalArgumentException("member '" + member + "' at offset " + offset + " with "
                        + shape.width() + " bytes is outside of struct " + name + " of " + size);
            }
            fields.add(new Field(member, offset, shape, false));
            return this;
        }

        private static int requireWidth(int width) {
            if (width != 1 && width != 2 && width != 4 && width != 8) {
                throw new IllegalArgumentException("an integer of " + width + " bytes");
            }
            return width;
        }
    }

    /** {@return name and size} */
    @Override
    public String toString() {
        return "struct " + name + ", " + size + " bytes";
    }
}
