package io.jbpf.btf;

import java.util.List;

/**
 * A type of a {@link Btf}, decoded. What it refers to is given by id, to be looked up in the same {@code Btf}. Sizes
 * are bytes unless a name says bits. The text names are empty for what has none in C.
 */
public sealed interface BtfType {
    /** {@return which kind of type it is} */
    BtfKind kind();

    /** {@return its name, empty if it has none} */
    String name();

    /** A type that stands for another one, or leads to it. */
    sealed interface Reference extends BtfType {
        /** {@return the id of the type it refers to} */
        int typeId();
    }

    /** A reference that changes nothing about how the value lies in memory; skipped when looking for the real type. */
    sealed interface Modifier extends Reference {
        @Override
        default String name() {
            return "";
        }
    }

    /** {@code void}. */
    record VoidType() implements BtfType {
        @Override
        public BtfKind kind() {
            return BtfKind.VOID;
        }

        @Override
        public String name() {
            return "void";
        }
    }

    /**
     * An integer.
     *
     * @param name its name in C
     * @param size how much room it takes
     * @param bits how many bits of it count
     * @param bitOffset where those bits start; zero in what compilers write today
     * @param signed whether it has a sign
     * @param character whether it is shown as a character
     * @param bool whether it is a truth value
     */
    record Int(String name, int size, int bits, int bitOffset, boolean signed, boolean character, boolean bool)
            implements BtfType {
        @Override
        public BtfKind kind() {
            return BtfKind.INT;
        }
    }

    /**
     * A floating point number.
     *
     * @param name its name in C
     * @param size how much room it takes
     */
    record FloatingPoint(String name, int size) implements BtfType {
        @Override
        public BtfKind kind() {
            return BtfKind.FLOAT;
        }
    }

    /**
     * A pointer.
     *
     * @param typeId what it points to; 0 for {@code void *}
     */
    record Pointer(int typeId) implements Reference {
        @Override
        public BtfKind kind() {
            return BtfKind.PTR;
        }

        @Override
        public String name() {
            return "";
        }
    }

    /**
     * An array.
     *
     * @param elementTypeId the type of its elements
     * @param indexTypeId the type of its index
     * @param count how many elements, unsigned; 0 for a flexible array
     */
    record Array(int elementTypeId, int indexTypeId, long count) implements BtfType {
        @Override
        public BtfKind kind() {
            return BtfKind.ARRAY;
        }

        @Override
        public String name() {
            return "";
        }
    }

    /**
     * A member of a struct or union.
     *
     * @param name its name; empty for an anonymous struct or union
     * @param typeId its type
     * @param bitOffset where it starts, in bits from the start of the struct
     * @param bitSize how many bits a bit field has; 0 for what is not a bit field
     */
    record Member(String name, int typeId, int bitOffset, int bitSize) {
        /** {@return where it starts, in whole bytes} */
        public int byteOffset() {
            return bitOffset >>> 3;
        }
    }

    /**
     * A struct or a union.
     *
     * @param name its tag; empty if it is anonymous
     * @param size how much room it takes
     * @param union whether its members share the room
     * @param members its members
     */
    record Struct(String name, int size, boolean union, List<Member> members) implements BtfType {
        @Override
        public BtfKind kind() {
            return union ? BtfKind.UNION : BtfKind.STRUCT;
        }
    }

    /**
     * A value of an enum.
     *
     * @param name its name
     * @param value the value, sign- or zero-extended as the enum says
     */
    record Enumerator(String name, long value) {}

    /**
     * An enum of either width.
     *
     * @param name its tag; empty if it is anonymous
     * @param size how much room it takes
     * @param signed whether values can be negative
     * @param wide whether it is stored as {@code BTF_KIND_ENUM64}
     * @param values its values
     */
    record Enumeration(String name, int size, boolean signed, boolean wide, List<Enumerator> values)
            implements BtfType {
        @Override
        public BtfKind kind() {
            return wide ? BtfKind.ENUM64 : BtfKind.ENUM;
        }
    }

    /**
     * A struct or union that is declared but not defined.
     *
     * @param name its tag
     * @param union whether it is a union
     */
    record Forward(String name, boolean union) implements BtfType {
        @Override
        public BtfKind kind() {
            return BtfKind.FWD;
        }
    }

    /**
     * Another name for a type.
     *
     * @param name the name
     * @param typeId the type
     */
    record Typedef(String name, int typeId) implements Reference {
        @Override
        public BtfKind kind() {
            return BtfKind.TYPEDEF;
        }
    }

    /**
     * A const type.
     *
     * @param typeId the type without it
     */
    record Const(int typeId) implements Modifier {
        @Override
        public BtfKind kind() {
            return BtfKind.CONST;
        }
    }

    /**
     * A volatile type.
     *
     * @param typeId the type without it
     */
    record Volatile(int typeId) implements Modifier {
        @Override
        public BtfKind kind() {
            return BtfKind.VOLATILE;
        }
    }

    /**
     * A restrict pointer.
     *
     * @param typeId the pointer without it
     */
    record Restrict(int typeId) implements Modifier {
        @Override
        public BtfKind kind() {
            return BtfKind.RESTRICT;
        }
    }

    /**
     * A text attached to a type, such as {@code kptr}, {@code user} or {@code percpu}.
     *
     * @param tag the text
     * @param typeId the type without it
     * @param attribute whether the text is a whole attribute of C, such as {@code address_space(1)} (Linux 6.15), rather
     *     than what stands in {@code btf_type_tag("…")}
     */
    record TypeTag(String tag, int typeId, boolean attribute) implements Modifier {
        /** A {@code btf_type_tag}. */
        public TypeTag(String tag, int typeId) {
            this(tag, typeId, false);
        }

        @Override
        public BtfKind kind() {
            return BtfKind.TYPE_TAG;
        }

        @Override
        public String name() {
            return tag;
        }
    }

    /** Who sees a function or a variable: {@code BTF_FUNC_…} and {@code BTF_VAR_…}. */
    enum Linkage {
        /** Only its own file. */
        STATIC(0),
        /** Every file. */
        GLOBAL(1),
        /** It is defined elsewhere. */
        EXTERN(2);

        private final int number;

        Linkage(int number) {
            this.number = number;
        }

        /** {@return the kernel's number} */
        public int number() {
            return number;
        }
    }

    /**
     * A function.
     *
     * @param name its name
     * @param typeId its signature, a {@link FuncProto}
     * @param linkage who sees it
     */
    record Func(String name, int typeId, Linkage linkage) implements Reference {
        @Override
        public BtfKind kind() {
            return BtfKind.FUNC;
        }
    }

    /**
     * A parameter of a function.
     *
     * @param name its name; empty if it is not given
     * @param typeId its type; 0, as the last one, for {@code ...}
     */
    record Parameter(String name, int typeId) {}

    /**
     * The signature of a function.
     *
     * @param returnTypeId what it returns; 0 for {@code void}
     * @param parameters what it takes
     */
    record FuncProto(int returnTypeId, List<Parameter> parameters) implements BtfType {
        @Override
        public BtfKind kind() {
            return BtfKind.FUNC_PROTO;
        }

        @Override
        public String name() {
            return "";
        }
    }

    /**
     * A variable.
     *
     * @param name its name
     * @param typeId its type
     * @param linkage who sees it
     */
    record Var(String name, int typeId, Linkage linkage) implements Reference {
        @Override
        public BtfKind kind() {
            return BtfKind.VAR;
        }
    }

    /**
     * A variable's place in a section.
     *
     * @param typeId the variable, a {@link Var} (or, for a kernel function, a {@link Func})
     * @param offset where it starts
     * @param size how much room it takes
     */
    record SectionEntry(int typeId, long offset, long size) {}

    /**
     * A section of variables.
     *
     * @param name the section's name, such as {@code .bss}
     * @param size how large it is; compilers leave 0 for the loader to fill in
     * @param entries its variables
     */
    record DataSection(String name, long size, List<SectionEntry> entries) implements BtfType {
        @Override
        public BtfKind kind() {
            return BtfKind.DATASEC;
        }
    }

    /**
     * A text attached to a declaration.
     *
     * @param tag the text
     * @param typeId the struct, union, typedef, function or variable it is attached to
     * @param componentIndex the member or parameter it is attached to; −1 for the whole
     * @param attribute whether the text is a whole attribute of C (Linux 6.15), rather than what stands in
     *     {@code btf_decl_tag("…")}
     */
    record DeclTag(String tag, int typeId, int componentIndex, boolean attribute) implements Reference {
        /** A {@code btf_decl_tag}. */
        public DeclTag(String tag, int typeId, int componentIndex) {
            this(tag, typeId, componentIndex, false);
        }

        @Override
        public BtfKind kind() {
            return BtfKind.DECL_TAG;
        }

        @Override
        public String name() {
            return tag;
        }
    }
}
