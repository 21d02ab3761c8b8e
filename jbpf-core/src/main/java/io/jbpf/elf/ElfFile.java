package io.jbpf.elf;

import io.jbpf.bytes.ByteView;
import io.jbpf.bytes.StringTable;
import io.jbpf.error.MalformedObjectException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A 64-bit relocatable ELF file for the BPF machine, either byte order. {@code EM_NONE} is accepted too: compilers
 * wrote it before BPF had a number.
 */
public final class ElfFile {
    /** The machine number of BPF. */
    public static final int EM_BPF = 247;

    private static final int HEADER_SIZE = 64;
    private static final int SECTION_HEADER_SIZE = 64;
    private static final int SYMBOL_SIZE = 24;
    private static final int REL_SIZE = 16;
    private static final int EM_NONE = 0;
    private static final int ET_REL = 1;
    private static final int SHN_LORESERVE = 0xff00;
    private static final int SHN_XINDEX = 0xffff;

    private final String name;
    private final ByteOrder byteOrder;
    private final List<ElfSection> sections;
    private final List<ElfSymbol> symbols;
    private final Map<Integer, List<ElfSection>> relocationSections;

    private ElfFile(String name, ByteOrder byteOrder, List<ElfSection> sections, List<ElfSymbol> symbols) {
        this.name = name;
        this.byteOrder = byteOrder;
        this.sections = List.copyOf(sections);
        this.symbols = List.copyOf(symbols);
        this.relocationSections = sections.stream()
                .filter(s -> s.type() == ElfSection.SHT_REL || s.type() == ElfSection.SHT_RELA)
                .collect(Collectors.groupingBy(ElfSection::info));
    }

    /**
     * Reads an object file.
     *
     * @param name the file's name, for errors
     * @param bytes its content; must not change any more
     * @return the file
     * @throws MalformedObjectException if it is not such a file, or is damaged
     */
    public static ElfFile parse(String name, byte[] bytes) {
        ByteView file = header(name, bytes);
        List<ElfSection> sections = readSections(file);
        return new ElfFile(name, file.order(), sections, readSymbols(sections));
    }

    /** {@return the file's name} */
    public String name() {
        return name;
    }

    /** {@return how the file stores numbers} */
    public ByteOrder byteOrder() {
        return byteOrder;
    }

    /** {@return all sections, in the order of the file; the first is the empty one with index 0} */
    public List<ElfSection> sections() {
        return sections;
    }

    /** {@return the symbol table, in the order of the file; empty if there is none} */
    public List<ElfSymbol> symbols() {
        return symbols;
    }

    /**
     * The first section of a name.
     *
     * @param sectionName such as {@code .BTF}
     * @return the section, if there is one
     */
    public Optional<ElfSection> section(String sectionName) {
        return sections.stream().filter(s -> s.name().equals(sectionName)).findFirst();
    }

    /**
     * The relocations for a section.
     *
     * @param target the section that is relocated
     * @return them, in the order of the file; empty if there are none
     * @throws MalformedObjectException if they name a symbol or a place that is not there
     */
    public List<ElfRelocation> relocations(ElfSection target) {
        List<ElfRelocation> relocations = new ArrayList<>();
        for (ElfSection section : relocationSections.getOrDefault(target.index(), List.of())) {
            if (section.type() == ElfSection.SHT_RELA) {
                throw section.content()
                        .malformed(0, "relocations with explicit addends (SHT_RELA) are not used by BPF");
            }
            readRelocations(section, target, relocations);
        }
        return relocations;
    }

    private void readRelocations(ElfSection section, ElfSection target, List<ElfRelocation> relocations) {
        ByteView content = section.content();
        if (section.entrySize() != REL_SIZE || content.size() % REL_SIZE != 0) {
            throw content.malformed(0, "relocation entries are not " + REL_SIZE + " bytes each");
        }
        for (int at = 0; at < content.size(); at += REL_SIZE) {
            long offset = content.s64(at);
            int type = content.s32(at + (byteOrder == ByteOrder.LITTLE_ENDIAN ? 8 : 12));
            int symbol = content.s32(at + (byteOrder == ByteOrder.LITTLE_ENDIAN ? 12 : 8));
            if (symbol < 0 || symbol >= symbols.size()) {
                throw content.malformed(at, "symbol " + symbol + " is not one of the " + symbols.size() + " there are");
            }
            if (offset < 0 || offset >= target.size()) {
                throw content.malformed(
                        at, "offset " + Long.toUnsignedString(offset) + " is outside section " + target);
            }
            relocations.add(new ElfRelocation(offset, type, symbol));
        }
    }

    private static ByteView header(String name, byte[] bytes) {
        ByteView file = ByteView.of(name, "ELF header", bytes, ByteOrder.LITTLE_ENDIAN);
        if (file.size() < HEADER_SIZE || file.order(ByteOrder.BIG_ENDIAN).s32(0) != 0x7f454c46) {
            throw file.malformed(0, "not an ELF file");
        }
        if (file.u8(4) != 2) {
            throw file.malformed(4, "not a 64-bit ELF file (class " + file.u8(4) + ")");
        }
        int data = file.u8(5);
        if (data != 1 && data != 2) {
            throw file.malformed(5, "unknown byte order " + data);
        }
        ByteView ordered = file.order(data == 1 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int machine = ordered.u16(18);
        if (machine != EM_BPF && machine != EM_NONE) {
            throw ordered.malformed(
                    18, "made for machine " + machine + ", not BPF (" + EM_BPF + "); compile with clang -target bpf");
        }
        if (ordered.u16(16) != ET_REL) {
            throw ordered.malformed(16, "not a relocatable object file (type " + ordered.u16(16) + ")");
        }
        return ordered;
    }

    private static List<ElfSection> readSections(ByteView file) {
        long table = file.s64(40);
        int entrySize = file.u16(58);
        long count = file.u16(60);
        int nameIndex = file.u16(62);
        if (table == 0) {
            throw file.malformed(40, "has no sections");
        }
        if (entrySize != SECTION_HEADER_SIZE) {
            throw file.malformed(58, "section headers are " + entrySize + " bytes, not " + SECTION_HEADER_SIZE);
        }
        if (table < 0 || table > file.size() - SECTION_HEADER_SIZE) {
            throw file.malformed(
                    40, "the section table is at " + Long.toUnsignedString(table) + " of " + file.size() + " bytes");
        }
        ByteView first = file.slice("section table", table, SECTION_HEADER_SIZE);
        // More sections than 16 bits count: both numbers are in the header of section 0 (elf(5), e_shnum).
        if (count == 0) {
            count = first.s64(32);
        }
        if (nameIndex == SHN_XINDEX) {
            nameIndex = first.s32(40);
        }
        if (count < 0 || count > file.size() / SECTION_HEADER_SIZE) {
            throw file.malformed(60, Long.toUnsignedString(count) + " section headers do not fit the file");
        }
        ByteView headers = file.slice("section table", table, count * SECTION_HEADER_SIZE);
        if (nameIndex < 0 || nameIndex >= count) {
            throw file.malformed(62, "the section names are in section " + nameIndex + " of " + count);
        }
        StringTable names = new StringTable(content(file, headers, nameIndex, "section names"));
        List<ElfSection> sections = new ArrayList<>((int) count);
        for (int i = 0; i < count; i++) {
            sections.add(readSection(file, headers, names, i));
        }
        return sections;
    }

    private static ElfSection readSection(ByteView file, ByteView headers, StringTable names, int index) {
        long at = (long) index * SECTION_HEADER_SIZE;
        int type = headers.s32(at + 4);
        String name = index == 0 ? "" : names.text(headers.u32(at));
        long size = headers.s64(at + 32);
        if (size < 0 || (type == ElfSection.SHT_NOBITS && size > Integer.MAX_VALUE)) {
            throw headers.malformed(
                    at + 32, "section " + name + " has an absurd size of " + Long.toUnsignedString(size) + " bytes");
        }
        ByteView content = index == 0 || type == ElfSection.SHT_NOBITS
                ? file.slice(called(name, index), 0, 0)
                : content(file, headers, index, called(name, index));
        return new ElfSection(
                index,
                name,
                type,
                headers.s64(at + 8),
                index == 0 ? 0 : size,
                headers.s32(at + 40),
                headers.s32(at + 44),
                headers.s64(at + 56),
                content);
    }

    /** What errors call a section: any file may have some without a name. */
    private static String called(String name, int index) {
        return name.isEmpty() ? "section " + index : name;
    }

    private static ByteView content(ByteView file, ByteView headers, int index, String name) {
        long at = (long) index * SECTION_HEADER_SIZE;
        if (headers.s32(at + 4) == ElfSection.SHT_NOBITS) {
            return file.slice(name, 0, 0);
        }
        long offset = headers.s64(at + 24);
        long size = headers.s64(at + 32);
        if (offset < 0 || size < 0 || offset > file.size() - size) {
            throw headers.malformed(
                    at + 24,
                    "section " + name + " (" + Long.toUnsignedString(size) + " bytes from "
                            + Long.toUnsignedString(offset) + ") is outside the file of " + file.size() + " bytes");
        }
        return file.slice(name, offset, size);
    }

    private static List<ElfSymbol> readSymbols(List<ElfSection> sections) {
        Optional<ElfSection> table =
                sections.stream().filter(s -> s.type() == ElfSection.SHT_SYMTAB).findFirst();
        if (table.isEmpty()) {
            return List.of();
        }
        ByteView content = table.get().content();
        if (table.get().entrySize() != SYMBOL_SIZE || content.size() % SYMBOL_SIZE != 0) {
            throw content.malformed(0, "symbols are not " + SYMBOL_SIZE + " bytes each");
        }
        int link = table.get().link();
        if (link <= 0 || link >= sections.size()) {
            throw content.malformed(0, "the symbol names are in section " + link + " of " + sections.size());
        }
        StringTable names = new StringTable(sections.get(link).content());
        List<ElfSymbol> symbols = new ArrayList<>(content.size() / SYMBOL_SIZE);
        for (int at = 0; at < content.size(); at += SYMBOL_SIZE) {
            symbols.add(readSymbol(content, names, sections, at));
        }
        return symbols;
    }

    private static ElfSymbol readSymbol(ByteView content, StringTable names, List<ElfSection> sections, int at) {
        long nameOffset = content.u32(at);
        String name = nameOffset == 0 ? "" : names.text(nameOffset);
        int info = content.u8(at + 4);
        int section = content.u16(at + 6);
        long value = content.s64(at + 8);
        long size = content.s64(at + 16);
        if (section < SHN_LORESERVE && section >= sections.size()) {
            throw content.malformed(at, "symbol '" + name + "' is in section " + section + " of " + sections.size());
        }
        if (section != ElfSymbol.SHN_UNDEF && section < SHN_LORESERVE) {
            long room = sections.get(section).size();
            if (value < 0 || size < 0 || value > room - size) {
                throw content.malformed(
                        at,
                        "symbol '" + name + "' (" + Long.toUnsignedString(size) + " bytes at "
                                + Long.toUnsignedString(value) + ") is outside section " + sections.get(section));
            }
        }
        return new ElfSymbol(name, value, size, info >> 4, info & 0xf, content.u8(at + 5) & 3, section);
    }
}
