package io.jbpf.corpus;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** A little-endian 64-bit object file for BPF as bytes, found and edited without the library under test. */
final class ElfBytes {
    private static final byte[] MAGIC = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    private static final int EM_BPF = 247;
    private static final int HEADER_SIZE = 64;
    private static final int SECTION_HEADER_SIZE = 64;
    private static final int SHT_PROGBITS = 1;
    private static final long SHF_EXECINSTR = 4;

    private final byte[] bytes;

    /** The whole file; it becomes this object's. */
    ElfBytes(byte[] bytes) {
        this.bytes = bytes;
    }

    /** The objects that a program carries within it, as skeletons do: each ends with its section headers. */
    static List<ElfBytes> embeddedIn(byte[] program) {
        ByteBuffer all = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
        List<ElfBytes> found = new ArrayList<>();
        for (int at = 0; at + HEADER_SIZE <= program.length; at++) {
            if (program[at] == MAGIC[0]
                    && Arrays.equals(program, at, at + MAGIC.length, MAGIC, 0, MAGIC.length)
                    && all.getShort(at + 18) == EM_BPF) {
                long end = at + all.getLong(at + 40) + (long) SECTION_HEADER_SIZE * all.getShort(at + 60);
                found.add(new ElfBytes(Arrays.copyOfRange(program, at, Math.toIntExact(end))));
            }
        }
        return found;
    }

    /** The whole file. */
    byte[] bytes() {
        return bytes.clone();
    }

    /** The sections with programs in them, in order; not the one with sub-programs. */
    List<String> programSections() {
        ByteBuffer elf = buffer();
        List<String> names = new ArrayList<>();
        for (int header : sectionHeaders(elf)) {
            if (holdsPrograms(elf, header)) {
                names.add(name(elf, header));
            }
        }
        return names;
    }

    /** The same object, whose other sections' programs libbpf does not see: they are no longer executable. */
    ElfBytes withPrograms(Set<String> sections) {
        ElfBytes edited = new ElfBytes(bytes.clone());
        ByteBuffer elf = edited.buffer();
        for (int header : sectionHeaders(elf)) {
            if (holdsPrograms(elf, header) && !sections.contains(name(elf, header))) {
                elf.putLong(header + 8, elf.getLong(header + 8) & ~SHF_EXECINSTR);
            }
        }
        return edited;
    }

    private ByteBuffer buffer() {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static List<Integer> sectionHeaders(ByteBuffer elf) {
        List<Integer> offsets = new ArrayList<>();
        for (int i = 0; i < elf.getShort(60); i++) {
            offsets.add(Math.toIntExact(elf.getLong(40)) + i * SECTION_HEADER_SIZE);
        }
        return offsets;
    }

    private static boolean holdsPrograms(ByteBuffer elf, int header) {
        return elf.getInt(header + 4) == SHT_PROGBITS
                && (elf.getLong(header + 8) & SHF_EXECINSTR) != 0
                && elf.getLong(header + 32) > 0
                && !name(elf, header).equals(".text");
    }

    private static String name(ByteBuffer elf, int header) {
        int names = sectionHeaders(elf).get(elf.getShort(62));
        int start = Math.toIntExact(elf.getLong(names + 24)) + elf.getInt(header);
        int end = start;
        while (elf.get(end) != 0) {
            end++;
        }
        byte[] name = new byte[end - start];
        elf.get(start, name);
        return new String(name, StandardCharsets.UTF_8);
    }
}
