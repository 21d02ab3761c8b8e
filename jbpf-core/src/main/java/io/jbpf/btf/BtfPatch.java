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

    /** {@return the edited blob, a copy} */
    public byte[] toBytes() {
        return bytes.array().clone();
    }

    private int at(int id, BtfKind kind) {
        if (btf.kind(id) != kind) {
            throw new IllegalArgumentException("type " + id + " is a " + btf.kind(id) + ", not a " + kind);
        }
        return btf.blobOffset(id);
    }
}
