package io.jbpf.elf;

import io.jbpf.bytes.ByteView;
import io.jbpf.bytes.StringTable;
import io.jbpf.error.BpfException;
import io.jbpf.error.MalformedObjectException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A program or shared library of the machine's own, as far as probes ask: where its functions are in the file. Reads the
 * symbol tables ({@code .symtab}, {@code .dynsym}) and the versions of symbols of 64-bit ELF files; see elf(5).
 */
public final class BinaryFile {
    private static final int HEADER_SIZE = 64;
    private static final int SECTION_HEADER_SIZE = 64;
    private static final int SYMBOL_SIZE = 24;
    private static final int ET_EXEC = 2;
    private static final int SHT_SYMTAB = 2;
    private static final int SHT_NOTE = 7;
    private static final int SHT_NOBITS = 8;
    private static final int SHT_DYNSYM = 11;
    private static final int SHT_GNU_VERDEF = 0x6ffffffd;
    private static final int SHT_GNU_VERSYM = 0x6fffffff;
    private static final int STT_FUNC = 2;
    private static final int STB_LOCAL = 0;
    private static final int SHN_LORESERVE = 0xff00;
    /** In an entry of {@code .gnu.version}: not the one that is meant if no version is named. */
    private static final int HIDDEN = 0x8000;

    private final String name;
    private final boolean positionIndependent;
    private final List<Section> sections;
    private final List<Function> functions;

    private record Section(
            String name, int type, long address, long size, int link, int info, ByteView content, long offset) {}

    /** A function's symbol; its version is empty if it has none, and it may be not the one meant by the bare name. */
    private record Function(String name, String version, boolean byBareName, boolean local, long fileOffset) {
        boolean is(String wanted, String wantedVersion) {
            return name.equals(wanted) && (wantedVersion.isEmpty() ? byBareName : version.equals(wantedVersion));
        }
    }

    private BinaryFile(String name, ByteView file) {
        this.name = name;
        this.positionIndependent = file.u16(16) != ET_EXEC;
        this.sections = sections(file);
        this.functions = new ArrayList<>();
        Map<Integer, String> versions = versions();
        for (int i = 0; i < sections.size(); i++) {
            Section section = sections.get(i);
            if (section.type() == SHT_SYMTAB || section.type() == SHT_DYNSYM) {
                read(section, i, versions);
            }
        }
    }

    /**
     * Reads a file.
     *
     * @throws MalformedObjectException if it is no 64-bit ELF file, or is damaged
     * @throws BpfException if it cannot be read
     */
    public static BinaryFile read(Path path) {
        try (FileChannel channel = FileChannel.open(path)) {
            return parse(path.toString(), channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
        } catch (NoSuchFileException e) {
            throw new BpfException("there is no file " + path, e);
        } catch (IOException e) {
            throw new BpfException("cannot read " + path + ": " + e, e);
        }
    }

    /**
     * Reads the bytes of a file.
     *
     * @param name the file's name, for errors
     * @param bytes its content
     * @throws MalformedObjectException if it is no 64-bit ELF file, or is damaged
     */
    public static BinaryFile parse(String name, ByteBuffer bytes) {
        ByteView file = ByteView.of(name, "ELF header", bytes, ByteOrder.LITTLE_ENDIAN);
        if (file.size() < HEADER_SIZE || file.order(ByteOrder.BIG_ENDIAN).s32(0) != 0x7f454c46) {
            throw file.malformed(0, "not an ELF file");
        }
        if (file.u8(4) != 2) {
            throw file.malformed(4, "not a 64-bit ELF file (class " + file.u8(4) + ")");
        }
        return new BinaryFile(name, file.u8(5) == 2 ? file.order(ByteOrder.BIG_ENDIAN) : file);
    }

    /**
     * Finds a binary by its bare name, as a linker or a shell would: libraries ({@code libc.so.6}) in {@code
     * LD_LIBRARY_PATH} and the usual directories, programs in {@code PATH}.
     *
     * @param binary a path, which is answered as it is, or a bare name
     * @throws BpfException if there is none of that name
     */
    public static Path locate(String binary) {
        if (binary.indexOf('/') >= 0) {
            return Path.of(binary);
        }
        boolean library = binary.contains(".so");
        String machine = System.getProperty("os.arch").equals("aarch64") ? "aarch64" : "x86_64";
        String usual = library
                ? "/usr/lib64:/usr/lib/" + machine + "-linux-gnu:/usr/lib:/lib64:/lib/" + machine + "-linux-gnu:/lib"
                : "/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin";
        String own = System.getenv().getOrDefault(library ? "LD_LIBRARY_PATH" : "PATH", "");
        return Stream.of(own, usual)
                .flatMap(list -> Arrays.stream(list.split(":")))
                .filter(directory -> !directory.isEmpty())
                .map(directory -> Path.of(directory, binary))
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow(() -> new BpfException("there is no " + (library ? "library" : "program") + " '" + binary
                        + "' in " + own + ":" + usual + "; give its path"));
    }

    private static List<Section> sections(ByteView file) {
        long table = file.s64(40);
        int size = file.u16(58);
        int count = file.u16(60);
        if (table == 0) {
            return List.of();
        }
        if (size != SECTION_HEADER_SIZE) {
            throw file.malformed(58, "section headers are " + size + " bytes, not " + SECTION_HEADER_SIZE);
        }
        if (table < 0 || table > file.size() - (long) count * size) {
            throw file.malformed(
                    40, "the section table is at " + Long.toUnsignedString(table) + " of " + file.size() + " bytes");
        }
        ByteView headers = file.slice("section table", table, (long) count * size);
        ByteView names = names(file, headers, file.u16(62), count);
        List<Section> sections = new ArrayList<>(count);
        for (int at = 0; at < count * size; at += size) {
            int type = headers.s32(at + 4);
            boolean inFile = type == SHT_SYMTAB
                    || type == SHT_DYNSYM
                    || type == 3 // SHT_STRTAB
                    || type == SHT_NOTE
                    || type == SHT_GNU_VERDEF
                    || type == SHT_GNU_VERSYM;
            long offset = headers.s64(at + 24);
            long length = headers.s64(at + 32);
            String section = "section " + sections.size();
            sections.add(new Section(
                    names.size() == 0 ? "" : names.text(headers.u32(at)),
                    type,
                    headers.s64(at + 16),
                    length,
                    headers.s32(at + 40),
                    headers.s32(at + 44),
                    inFile ? content(file, headers, at, section) : file.slice(section, 0, 0),
                    offset));
        }
        return sections;
    }

    private static ByteView names(ByteView file, ByteView headers, int index, int count) {
        if (index <= 0 || index >= count) {
            return file.slice("section names", 0, 0);
        }
        return content(file, headers, (long) index * SECTION_HEADER_SIZE, "section names");
    }

    /** The bytes that the section header at an offset tells of. */
    private static ByteView content(ByteView file, ByteView headers, long at, String name) {
        long offset = headers.s64(at + 24);
        long size = headers.s64(at + 32);
        if (offset < 0 || size < 0 || offset > file.size() - size) {
            throw headers.malformed(
                    at + 24,
                    name + " (" + Long.toUnsignedString(size) + " bytes from " + Long.toUnsignedString(offset)
                            + ") is outside the file of " + file.size() + " bytes");
        }
        return file.slice(name, offset, size);
    }

    private ByteView linked(Section section) {
        if (section.link() <= 0 || section.link() >= sections.size()) {
            throw section.content()
                    .malformed(0, "its names are in section " + section.link() + " of " + sections.size());
        }
        return sections.get(section.link()).content();
    }

    /** The names of the versions that this file defines, by their numbers ({@code Elf64_Verdef}). */
    private Map<Integer, String> versions() {
        Map<Integer, String> versions = new HashMap<>();
        for (Section section : sections) {
            if (section.type() == SHT_GNU_VERDEF && section.size() > 0) {
                ByteView content = section.content();
                StringTable names = new StringTable(linked(section));
                long at = 0;
                long next = 1;
                while (next != 0) {
                    versions.put(content.u16(at + 4), names.text(content.u32(at + content.u32(at + 12))));
                    next = content.u32(at + 16);
                    at += next;
                }
            }
        }
        return versions;
    }

    private void read(Section table, int index, Map<Integer, String> versions) {
        ByteView symbols = table.content();
        StringTable names = new StringTable(linked(table));
        Section versionOf = sections.stream()
                .filter(s -> s.type() == SHT_GNU_VERSYM && s.link() == index)
                .findFirst()
                .orElse(null);
        for (int i = 0; i < symbols.size() / SYMBOL_SIZE; i++) {
            int at = i * SYMBOL_SIZE;
            int section = symbols.u16(at + 6);
            boolean defined = section != 0 && section < SHN_LORESERVE && section < sections.size();
            if ((symbols.u8(at + 4) & 0xf) != STT_FUNC || !defined) {
                continue;
            }
            Section home = sections.get(section);
            long inSection = symbols.s64(at + 8) - home.address();
            if (home.type() == SHT_NOBITS || inSection < 0 || inSection >= home.size()) {
                continue;
            }
            int version = versionOf == null ? 1 : versionOf.content().u16(2L * i);
            // Some linkers write the version into .symtab's names: memcpy@@GLIBC_2.14
            String[] parts = names.text(symbols.u32(at)).split("@+", 2);
            String written = parts.length > 1 ? parts[1] : "";
            boolean hidden = (version & HIDDEN) != 0
                    || (!written.isEmpty() && !names.text(symbols.u32(at)).contains("@@"));
            functions.add(new Function(
                    parts[0],
                    written.isEmpty() ? versions.getOrDefault(version & ~HIDDEN, "") : written,
                    !hidden,
                    symbols.u8(at + 4) >> 4 == STB_LOCAL,
                    home.offset() + inSection));
        }
    }

    /**
     * Where a function begins in the file: what a uprobe is told.
     *
     * @param symbol its name, alone or with its version: {@code memcpy}, {@code memcpy@GLIBC_2.14}. A global one goes before
     *     local ones of the name
     * @return the offset in bytes
     * @throws BpfException if there is none of that name, or several in different places
     */
    public long fileOffset(String symbol) {
        int at = symbol.indexOf('@');
        String function = at < 0 ? symbol : symbol.substring(0, at);
        String version = at < 0 ? "" : symbol.substring(at).replaceFirst("^@+", "");
        List<Function> found =
                functions.stream().filter(f -> f.is(function, version)).toList();
        boolean anyGlobal = found.stream().anyMatch(f -> !f.local());
        Set<Long> places = found.stream()
                .filter(f -> !anyGlobal || !f.local())
                .map(Function::fileOffset)
                .collect(Collectors.toCollection(TreeSet::new));
        if (places.size() > 1) {
            throw new BpfException("'" + symbol + "' in " + name + " is ambiguous: it is at "
                    + places.stream().map(p -> "0x" + Long.toHexString(p)).toList() + "; give an offset");
        }
        return places.stream()
                .findFirst()
                .orElseThrow(() -> new BpfException(name + " has no function '" + symbol + "'" + others(function)));
    }

    private String others(String function) {
        Set<String> versions = functions.stream()
                .filter(f -> f.name().equals(function))
                .map(f -> function + "@" + f.version())
                .collect(Collectors.toCollection(TreeSet::new));
        if (!versions.isEmpty()) {
            return ", only " + versions;
        }
        return functions.isEmpty() ? "; its symbols are stripped, give an offset" : "";
    }

    /**
     * The functions whose names fit a pattern.
     *
     * @param pattern a name in which {@code *} stands for any letters and {@code ?} for one
     * @return where each begins in the file, by its name
     */
    public Map<String, Long> functions(String pattern) {
        Pattern glob = Pattern.compile(Arrays.stream(pattern.split("(?<=[*?])|(?=[*?])"))
                .map(part -> part.equals("*") ? ".*" : part.equals("?") ? "." : Pattern.quote(part))
                .collect(Collectors.joining()));
        Map<String, Long> found = new TreeMap<>();
        for (Function function : functions) {
            if (function.byBareName() && glob.matcher(function.name()).matches()) {
                found.putIfAbsent(function.name(), function.fileOffset());
            }
        }
        return found;
    }

    /**
     * The statically defined probes of a name (USDT), one for each place where the compiler has put it: {@code
     * .note.stapsdt}.
     *
     * @param provider such as {@code hotspot}
     * @param probe such as {@code thread__start}
     * @return the places; empty if there are none
     */
    public List<UsdtProbe> usdtProbes(String provider, String probe) {
        return sections.stream()
                .filter(section -> section.type() == SHT_NOTE && section.name().equals(".note.stapsdt"))
                .flatMap(section -> UsdtProbe.read(section.content(), this::addressOfBase, this::offsetOf).stream())
                .filter(found ->
                        found.provider().equals(provider) && found.name().equals(probe))
                .toList();
    }

    /** {@return whether it is loaded anywhere, as libraries are, and not where it says itself} */
    public boolean isPositionIndependent() {
        return positionIndependent;
    }

    /** Where {@code .stapsdt.base} is now; 0 without one. */
    private long addressOfBase() {
        return sections.stream()
                .filter(section -> section.name().equals(".stapsdt.base"))
                .mapToLong(Section::address)
                .findFirst()
                .orElse(0);
    }

    /** Where an address of the loaded file is in the file itself, if it is there. */
    private OptionalLong offsetOf(long address) {
        return sections.stream()
                .filter(section -> section.type() != SHT_NOBITS
                        && section.address() != 0
                        && address >= section.address()
                        && address - section.address() < section.size())
                .mapToLong(section -> address - section.address() + section.offset())
                .findFirst();
    }

    /** {@return the file's name} */
    @Override
    public String toString() {
        return name;
    }
}
