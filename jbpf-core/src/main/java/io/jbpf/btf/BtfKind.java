package io.jbpf.btf;

import java.util.Optional;

/** The kinds of BTF types: {@code BTF_KIND_…} of linux/btf.h. They are in the order of the kernel's numbers. */
public enum BtfKind {
    /** {@code void}, the type with id 0. */
    VOID(0, 0, 0),
    /** {@code BTF_KIND_INT}: an integer, a character or a truth value. */
    INT(1, 4, 0),
    /** {@code BTF_KIND_PTR}: a pointer. */
    PTR(2, 0, 0),
    /** {@code BTF_KIND_ARRAY}: an array. */
    ARRAY(3, 12, 0),
    /** {@code BTF_KIND_STRUCT}: a struct. */
    STRUCT(4, 0, 12),
    /** {@code BTF_KIND_UNION}: a union. */
    UNION(5, 0, 12),
    /** {@code BTF_KIND_ENUM}: an enum of at most 32 bits. */
    ENUM(6, 0, 8),
    /** {@code BTF_KIND_FWD}: a struct or union that is declared but not defined. */
    FWD(7, 0, 0),
    /** {@code BTF_KIND_TYPEDEF}: another name for a type. */
    TYPEDEF(8, 0, 0),
    /** {@code BTF_KIND_VOLATILE}: a volatile type. */
    VOLATILE(9, 0, 0),
    /** {@code BTF_KIND_CONST}: a const type. */
    CONST(10, 0, 0),
    /** {@code BTF_KIND_RESTRICT}: a restrict pointer. */
    RESTRICT(11, 0, 0),
    /** {@code BTF_KIND_FUNC}: a function. */
    FUNC(12, 0, 0),
    /** {@code BTF_KIND_FUNC_PROTO}: a function's signature. */
    FUNC_PROTO(13, 0, 8),
    /** {@code BTF_KIND_VAR}: a variable. */
    VAR(14, 4, 0),
    /** {@code BTF_KIND_DATASEC}: a section of variables. */
    DATASEC(15, 0, 12),
    /** {@code BTF_KIND_FLOAT}: a floating point number. */
    FLOAT(16, 0, 0),
    /** {@code BTF_KIND_DECL_TAG}: a text attached to a declaration. */
    DECL_TAG(17, 4, 0),
    /** {@code BTF_KIND_TYPE_TAG}: a text attached to a pointed-to type. */
    TYPE_TAG(18, 0, 0),
    /** {@code BTF_KIND_ENUM64}: an enum of up to 64 bits. */
    ENUM64(19, 0, 12);

    private static final BtfKind[] BY_NUMBER = values();

    private final int number;
    private final int extraSize;
    private final int elementSize;

    BtfKind(int number, int extraSize, int elementSize) {
        this.number = number;
        this.extraSize = extraSize;
        this.elementSize = elementSize;
    }

    /** {@return the kernel's number} */
    public int number() {
        return number;
    }

    /**
     * The kind with a number.
     *
     * @param number the kernel's number
     * @return the kind, if it is known
     */
    public static Optional<BtfKind> of(int number) {
        return number >= 0 && number < BY_NUMBER.length ? Optional.of(BY_NUMBER[number]) : Optional.empty();
    }

    static int known() {
        return BY_NUMBER.length;
    }

    static BtfKind known(int number) {
        return BY_NUMBER[number];
    }

    /** How many bytes follow the 12 common ones, for {@code elements} members, parameters or values. */
    int bytesAfter(int elements) {
        return extraSize + elements * elementSize;
    }
}
