package io.jbpf;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfType;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.object.GlobalVariable;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A global variable of a loaded object, in the memory the programs use: what they write is seen at once, and what is
 * written here they see at once. Accesses of 1, 2, 4 or 8 bytes at their natural alignment are not torn.
 *
 * <p>Sections are mapped (Linux 5.5). Where they cannot be, and for static variables of a section without any global one,
 * a read copies the section through bpf(2), and a write is refused: it could only write back a whole section, and with it
 * old values of other variables.
 */
public final class LoadedVariable {
    private final GlobalVariable variable;
    private final BpfMap section;
    private final @Nullable ByteBuffer memory;
    private final boolean signed;

    LoadedVariable(GlobalVariable variable, BpfMap section, @Nullable ByteBuffer mapped, @Nullable Btf types) {
        this.variable = variable;
        this.section = section;
        this.memory = mapped == null
                ? null
                : mapped.slice(variable.offset(), variable.size()).order(mapped.order());
        this.signed = types != null && isSigned(types.type(types.resolve(variable.typeId())));
    }

    private static boolean isSigned(BtfType type) {
        return (type instanceof BtfType.Int integer && integer.signed())
                || (type instanceof BtfType.Enumeration enumeration && enumeration.signed());
    }

    /** {@return its name in C} */
    public String name() {
        return variable.name();
    }

    /** {@return where it lies and what type it has} */
    public GlobalVariable place() {
        return variable;
    }

    /** {@return whether it can be written: it is mapped, and no constant} */
    public boolean isWritable() {
        return memory != null && !memory.isReadOnly();
    }

    /**
     * The variable's value as an integer, sign-extended if its type is signed.
     *
     * @throws IllegalStateException if it is not 1, 2, 4 or 8 bytes large
     */
    public long get() {
        ByteBuffer bytes = readable();
        return switch (variable.size()) {
            case 1 -> signed ? bytes.get(0) : bytes.get(0) & 0xffL;
            case 2 -> signed ? bytes.getShort(0) : bytes.getShort(0) & 0xffffL;
            case 4 -> signed ? bytes.getInt(0) : bytes.getInt(0) & 0xffff_ffffL;
            case 8 -> bytes.getLong(0);
            default -> throw noInteger();
        };
    }

    /**
     * Sets the variable's value as an integer; what does not fit its width is cut off, as a C assignment does.
     *
     * @throws IllegalStateException if it is not 1, 2, 4 or 8 bytes large, or a constant
     * @throws UnsupportedFeatureException if its section is not mapped
     */
    public void set(long value) {
        ByteBuffer bytes = writable();
        switch (variable.size()) {
            case 1 -> bytes.put(0, (byte) value);
            case 2 -> bytes.putShort(0, (short) value);
            case 4 -> bytes.putInt(0, (int) value);
            case 8 -> bytes.putLong(0, value);
            default -> throw noInteger();
        }
    }

    /** {@return a copy of the variable's bytes; a program may write while they are copied} */
    public byte[] bytes() {
        byte[] copy = new byte[variable.size()];
        readable().get(0, copy);
        return copy;
    }

    /**
     * Sets the variable's bytes; a program may see some of them before the others.
     *
     * @param value as many bytes as the variable has
     * @throws IllegalArgumentException if it has another size
     * @throws IllegalStateException if it is a constant
     * @throws UnsupportedFeatureException if its section is not mapped
     */
    public void set(byte[] value) {
        if (value.length != variable.size()) {
            throw new IllegalArgumentException(
                    "variable '" + name() + "' has " + variable.size() + " bytes, not " + value.length);
        }
        writable().put(0, value);
    }

    /** {@return the variable's memory itself, in native order, read-only for constants; empty if it is not mapped} */
    public Optional<ByteBuffer> memory() {
        return Optional.ofNullable(memory).map(bytes -> bytes.duplicate().order(bytes.order()));
    }

    private ByteBuffer readable() {
        if (memory != null) {
            return memory;
        }
        byte[] all = section.typed(Codec.u32(), Codec.bytes(section.info().valueSize()))
                .lookup(0)
                .orElseThrow();
        return ByteBuffer.wrap(all).slice(variable.offset(), variable.size()).order(java.nio.ByteOrder.nativeOrder());
    }

    private ByteBuffer writable() {
        if (memory == null) {
            throw new UnsupportedFeatureException(
                    "writing variable '" + name() + "' of section " + variable.sectionName()
                            + ", which is not mapped into memory",
                    "5.5",
                    null);
        }
        if (memory.isReadOnly()) {
            throw new IllegalStateException("variable '" + name() + "' is a constant (" + variable.sectionName()
                    + "); set it in the spec, before the load");
        }
        return memory;
    }

    private IllegalStateException noInteger() {
        return new IllegalStateException(
                "variable '" + name() + "' is no integer: it has " + variable.size() + " bytes");
    }

    /** {@return name, section and size} */
    @Override
    public String toString() {
        return name() + " (" + variable.sectionName() + ", " + variable.size() + " bytes)";
    }
}
