package io.jbpf.sys;

/**
 * The layout of one kernel struct, declared field by field in the header's order and under the header's names; offsets
 * follow from C's natural alignment.
 *
 * <pre>{@code
 * static final StructLayout LAYOUT = new StructLayout("bpf_attr (BPF_MAP_CREATE)");
 * static final Field MAP_TYPE = LAYOUT.u32("map_type");
 * static final Field KEY_SIZE = LAYOUT.u32("key_size");
 * }</pre>
 *
 * A layout is complete once its class is initialised; it is not for sharing while it grows.
 */
public final class StructLayout {
    private final String name;
    private int size;
    private int alignment = 1;

    /**
     * Starts an empty struct.
     *
     * @param name the struct as the header calls it
     */
    public StructLayout(String name) {
        this.name = name;
    }

    /** A member: where it starts and how wide it is, in bytes. */
    public record Field(String name, int offset, int width) {}

    /** The next member, {@code __u16} or {@code __s16}. */
    public Field u16(String member) {
        return add(member, 2, 2);
    }

    /** The next member, {@code __u32}, {@code __s32} or {@code int}. */
    public Field u32(String member) {
        return add(member, 4, 4);
    }

    /** The next member, {@code __u64} or {@code __aligned_u64}. */
    public Field u64(String member) {
        return add(member, 8, 8);
    }

    /** The next member, {@code __u8}. */
    public Field u8(String member) {
        return add(member, 1, 1);
    }

    /** The next member, {@code char[length]}. */
    public Field bytes(String member, int length) {
        return add(member, length, 1);
    }

    /** {@return the size in bytes of what is declared so far, padded to the struct's alignment} */
    public int size() {
        return align(size, alignment);
    }

    private Field add(String member, int width, int align) {
        int offset = align(size, align);
        size = offset + width;
        alignment = Math.max(alignment, align);
        return new Field(member, offset, width);
    }

    private static int align(int offset, int alignment) {
        return (offset + alignment - 1) & -alignment;
    }

    @Override
    public String toString() {
        return "struct " + name + ", " + size() + " bytes";
    }
}
