package io.jbpf.elf;

import io.jbpf.bytes.ByteView;

/**
 * A section of an ELF file ({@code Elf64_Shdr} in elf(5)).
 */
public final class ElfSection {
    /** Type: what the program defines: code or data. */
    public static final int SHT_PROGBITS = 1;

    /** Type: the symbol table. */
    public static final int SHT_SYMTAB = 2;

    /** Type: relocations with explicit addends. */
    public static final int SHT_RELA = 4;

    /** Type: zeroes that take no room in the file. */
    public static final int SHT_NOBITS = 8;

    /** Type: relocations. */
    public static final int SHT_REL = 9;

    private static final long SHF_EXECINSTR = 4;

    private final int index;
    private final String name;
    private final int type;
    private final long flags;
    private final long size;
    private final int link;
    private final int info;
    private final long entrySize;
    private final ByteView content;

    ElfSection(
            int index,
            String name,
            int type,
            long flags,
            long size,
            int link,
            int info,
            long entrySize,
            ByteView content) {
        this.index = index;
        this.name = name;
        this.type = type;
        this.flags = flags;
        this.size = size;
        this.link = link;
        this.info = info;
        this.entrySize = entrySize;
        this.content = content;
    }

    /** {@return its place in the section table} */
    public int index() {
        return index;
    }

    /** {@return its name, such as {@code .text}} */
    public String name() {
        return name;
    }

    /** {@return an {@code SHT_…} number} */
    public int type() {
        return type;
    }

    /** {@return how many bytes it has in memory; those of {@link #SHT_NOBITS} are not in the file} */
    public long size() {
        return size;
    }

    /** {@return whether it holds instructions ({@code SHF_EXECINSTR})} */
    public boolean isExecutable() {
        return (flags & SHF_EXECINSTR) != 0;
    }

    /** {@return whether it is zeroes that take no room in the file} */
    public boolean isZeroes() {
        return type == SHT_NOBITS;
    }

    /** {@return {@code sh_link}: for a symbol table, the section with its strings} */
    public int link() {
        return link;
    }

    /** {@return {@code sh_info}: for relocations, the section they are for} */
    public int info() {
        return info;
    }

    /** {@return a copy of the bytes in the file; none for {@link #SHT_NOBITS}} */
    public byte[] bytes() {
        return content.copy();
    }

    ByteView content() {
        return content;
    }

    long entrySize() {
        return entrySize;
    }

    /** {@return name and size} */
    @Override
    public String toString() {
        return name + " (" + size + " bytes)";
    }
}
