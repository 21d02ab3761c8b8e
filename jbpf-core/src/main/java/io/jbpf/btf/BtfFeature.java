package io.jbpf.btf;

/**
 * What a kernel may lack of BTF. All but these, the kinds of Linux 4.18, every kernel has that has BTF at all. Which of
 * them the running kernel has is found by loading a tiny BTF that needs it ({@code io.jbpf.probe.BtfProbe}).
 */
public enum BtfFeature {
    /** {@link BtfKind#FUNC} and {@link BtfKind#FUNC_PROTO}. */
    FUNC("functions in BTF", "5.0"),
    /** {@link BtfKind#VAR} and {@link BtfKind#DATASEC}. */
    DATASEC("variables and data sections in BTF", "5.2"),
    /** Functions that are not static: {@link BtfType.Linkage#GLOBAL}. */
    FUNC_GLOBAL("global functions in BTF", "5.6"),
    /** {@link BtfKind#FLOAT}. */
    FLOAT("floating point types in BTF", "5.13"),
    /** {@link BtfKind#DECL_TAG}. */
    DECL_TAG("tags of declarations in BTF", "5.16"),
    /** {@link BtfKind#TYPE_TAG}. */
    TYPE_TAG("tags of types in BTF", "5.17"),
    /** {@link BtfKind#ENUM64}, and the sign of {@link BtfKind#ENUM}. */
    ENUM64("64-bit enums in BTF", "6.0"),
    /** Data sections whose name starts with a question mark, as optional struct_ops have it. */
    QUESTION_MARK_DATASEC("data sections named with a question mark in BTF", "6.9");

    private final String description;
    private final String kernelFloor;

    BtfFeature(String description, String kernelFloor) {
        this.description = description;
        this.kernelFloor = kernelFloor;
    }

    /** {@return what it is, for messages} */
    public String description() {
        return description;
    }

    /** {@return the first upstream kernel that has it} */
    public String kernelFloor() {
        return kernelFloor;
    }
}
