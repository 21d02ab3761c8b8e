package io.jbpf.btf;

import io.jbpf.btf.BtfType.Linkage;
import io.jbpf.btf.BtfType.SectionEntry;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Edits a copy of a BTF blob without moving anything: ids and string offsets stay. That is enough for what a loader
 * must complete before the kernel takes the BTF of an object file: sizes and offsets of data sections, and linkage.
 * For one thread.
 */
public final class BtfPatch {
    private static final int VLEN_MASK = 0xffff;

    private final Btf btf;
    private final ByteBuffer bytes;

    /**
     * Starts with an unchanged copy.
     *
     * @param btf the types, as parsed from {@code original}
     * @param original the blob
     */
    public BtfPatch(Btf btf, byte[] original) {
        this.btf = btf;
        this.bytes = ByteBuffer.wrap(original.clone()).order(btf.byteOrder());
    }

    /**
     * Sets the size of a data section and the place of each of its variables.
     *
     * @param id the section
     * @param size its size
     * @param entries as many as it has now, ascending by offset as the kernel wants them
     */
    public void dataSection(int id, long size, List<SectionEntry> entries) {
        int at = at(id, BtfKind.DATASEC);
        if ((bytes.getInt(at + 4) & VLEN_MASK) != entries.size()) {
            throw new IllegalArgumentException("a patch cannot change how many variables a section has");
        }
        bytes.putInt(at + 8, (int) size);
        int entryAt = at + Btf.COMMON_SIZE;
        for (SectionEntry entry : entries) {
            bytes.putInt(entryAt, entry.typeId());
            bytes.putInt(entryAt + 4, (int) entry.offset());
            bytes.putInt(entryAt + 8, (int) entry.size());
            entryAt += 12;
        }
    }

    /**
     * Sets who sees a function.
     *
     * @param id the function
     * @param linkage who sees it
     */
    public void function(int id, Linkage linkage) {
        int at = at(id, BtfKind.FUNC);
        bytes.putInt(at + 4, (bytes.getInt(at + 4) & ~VLEN_MASK) | linkage.number());
    }

    /**
     * Sets who sees a variable.
     *
     * @param id the variable
     * @param linkage who sees it
     */
    public void variable(int id, Linkage linkage) {
        bytes.putInt(at(id, BtfKind.VAR) + Btf.COMMON_SIZE, linkage.number());
    }

    /**
     * Sets who sees a variable, and its type.
     *
     * @param id the variable
     * @param linkage who sees it
     * @param typeId its type
     */
    public void variable(int id, Linkage linkage, int typeId) {
        variable(id, linkage);
        bytes.putInt(btf.blobOffset(id) + 8, typeId);
    }

    /**
     * Gives the parameters of a function that have none the name of the function: a compiler does not write the names of
     * parameters it only saw declared, and the kernel insists on them.
     *
     * @param id the function
     */
    public void nameParameters(int id) {
        int nameOffset = bytes.getInt(at(id, BtfKind.FUNC));
        int prototype = bytes.getInt(btf.blobOffset(id) + 8);
        int at = at(prototype, BtfKind.FUNC_PROTO);
        int count = bytes.getInt(at + 4) & VLEN_MASK;
        for (int i = 0; i < count; i++) {
            int parameter = at + Btf.COMMON_SIZE + 8 * i;
            if (bytes.getInt(parameter) == 0 && bytes.getInt(parameter + 4) != 0) {
                bytes.putInt(parameter, nameOffset);
            }
        }
    }

    /**
     * Makes a data section an anonymous struct of as many 4-byte members, which takes the same room: for a section of
     * things that are not in the object, which the kernel accepts neither as variables nor as functions.
     *
     * @param id the section
     * @param typeId the members' type, of four bytes
     */
    public void dataSectionToStruct(int id, int typeId) {
        int at = at(id, BtfKind.DATASEC);
        int count = bytes.getInt(at + 4) & VLEN_MASK;
        bytes.putInt(at, 0);
        bytes.putInt(at + 4, BtfKind.STRUCT.number() << 24 | count);
        bytes.putInt(at + 8, 4 * count);
        for (int i = 0; i < count; i++) {
            int member = at + Btf.COMMON_SIZE + 12 * i;
            bytes.putInt(member, 0);
            bytes.putInt(member + 4, typeId);
            bytes.putInt(member + 8, 32 * i);
        }
    }

    /** {@return the edited blob, a copy} */
    public byte[] toBytes() {
        return bytes.array().clone();
    }

    private int at(int id, BtfKind kind) {
        if (btf.kind(id) != kind) {
            throw btf.malformed(id, "is a " + btf.kind(id) + ", not a " + kind);
        }
        return btf.blobOffset(id);
    }
}
