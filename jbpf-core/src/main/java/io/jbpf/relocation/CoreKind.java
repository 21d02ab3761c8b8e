package io.jbpf.relocation;

import java.util.Optional;

/** What a program asks about a type: {@code enum bpf_core_relo_kind} of linux/bpf.h. */
public enum CoreKind {
    /** {@code BPF_CORE_FIELD_BYTE_OFFSET}: where a field starts, in bytes. */
    FIELD_BYTE_OFFSET(0, "byte_off"),
    /** {@code BPF_CORE_FIELD_BYTE_SIZE}: how many bytes a field has. */
    FIELD_BYTE_SIZE(1, "byte_sz"),
    /** {@code BPF_CORE_FIELD_EXISTS}: whether there is such a field. */
    FIELD_EXISTS(2, "field_exists"),
    /** {@code BPF_CORE_FIELD_SIGNED}: whether a field has a sign. */
    FIELD_SIGNED(3, "signed"),
    /** {@code BPF_CORE_FIELD_LSHIFT_U64}: how far to shift left to cut off what precedes a bit field. */
    FIELD_LSHIFT_U64(4, "lshift_u64"),
    /** {@code BPF_CORE_FIELD_RSHIFT_U64}: how far to shift right then, to cut off what follows. */
    FIELD_RSHIFT_U64(5, "rshift_u64"),
    /** {@code BPF_CORE_TYPE_ID_LOCAL}: the id of a type in the program's own BTF. */
    TYPE_ID_LOCAL(6, "local_type_id"),
    /** {@code BPF_CORE_TYPE_ID_TARGET}: the id of a type in the kernel's BTF. */
    TYPE_ID_TARGET(7, "target_type_id"),
    /** {@code BPF_CORE_TYPE_EXISTS}: whether there is such a type. */
    TYPE_EXISTS(8, "type_exists"),
    /** {@code BPF_CORE_TYPE_SIZE}: how many bytes a type has. */
    TYPE_SIZE(9, "type_size"),
    /** {@code BPF_CORE_ENUMVAL_EXISTS}: whether an enum has such a name. */
    ENUMVAL_EXISTS(10, "enumval_exists"),
    /** {@code BPF_CORE_ENUMVAL_VALUE}: which value a name of an enum has. */
    ENUMVAL_VALUE(11, "enumval_value"),
    /** {@code BPF_CORE_TYPE_MATCHES}: whether a type is as the program believes, member by member. */
    TYPE_MATCHES(12, "type_matches");

    private static final CoreKind[] BY_NUMBER = values();

    private final int number;
    private final String word;

    CoreKind(int number, String word) {
        this.number = number;
        this.word = word;
    }

    /** {@return the kernel's number} */
    public int number() {
        return number;
    }

    /** {@return the word libbpf's log has for it} */
    public String word() {
        return word;
    }

    /**
     * The kind with a number.
     *
     * @param number the kernel's number
     * @return the kind, if it is known
     */
    public static Optional<CoreKind> of(int number) {
        return number >= 0 && number < BY_NUMBER.length ? Optional.of(BY_NUMBER[number]) : Optional.empty();
    }

    boolean isAboutField() {
        return number <= FIELD_RSHIFT_U64.number;
    }

    boolean isAboutEnumerator() {
        return this == ENUMVAL_EXISTS || this == ENUMVAL_VALUE;
    }

    boolean isAboutType() {
        return !isAboutField() && !isAboutEnumerator();
    }
}
