package io.jbpf.btf;

import io.jbpf.bytes.ByteView;
import io.jbpf.error.MalformedObjectException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The section {@code .BTF.ext} of an object file: what the compiler knows about single instructions. Each list is
 * keyed by the name of the code section and sorted by instruction as the compiler wrote it. Instruction offsets are
 * bytes from the start of that section.
 */
public final class BtfExt {
    private static final int MAGIC = 0xeb9f;
    private static final int HEADER_SIZE = 24;
    private static final int HEADER_WITH_CORE_SIZE = 32;

    /**
     * A function starts here ({@code struct bpf_func_info}).
     *
     * @param instructionOffset where
     * @param typeId the function, a {@link BtfType.Func}
     */
    public record FuncInfo(long instructionOffset, int typeId) {}

    /**
     * A source line starts here ({@code struct bpf_line_info}).
     *
     * @param instructionOffset where
     * @param fileNameOffset the file's name, a string of the BTF
     * @param lineOffset the text of the line, a string of the BTF
     * @param lineColumn the line's number in the upper 22 bits, the column in the lower 10
     */
    public record LineInfo(long instructionOffset, int fileNameOffset, int lineOffset, int lineColumn) {
        /** {@return the line's number, from 1} */
        public int line() {
            return lineColumn >>> 10;
        }

        /** {@return the column, from 1; 0 if it is not known} */
        public int column() {
            return lineColumn & 0x3ff;
        }
    }

    /**
     * An instruction depends on a type of the kernel ({@code struct bpf_core_relo}).
     *
     * @param instructionOffset which instruction
     * @param typeId the program's own idea of the type
     * @param access which part of it, as indices with colons: {@code 0:1:2}
     * @param kind what is asked about it, an {@code enum bpf_core_relo_kind}
     */
    public record CoreRelocation(long instructionOffset, int typeId, String access, int kind) {}

    private final Map<String, List<FuncInfo>> funcInfo;
    private final Map<String, List<LineInfo>> lineInfo;
    private final Map<String, List<CoreRelocation>> coreRelocations;

    private BtfExt(
            Map<String, List<FuncInfo>> funcInfo,
            Map<String, List<LineInfo>> lineInfo,
            Map<String, List<CoreRelocation>> coreRelocations) {
        this.funcInfo = funcInfo;
        this.lineInfo = lineInfo;
        this.coreRelocations = coreRelocations;
    }

    /**
     * Reads the section.
     *
     * @param name the file's name, for errors
     * @param bytes the section's content
     * @param btf the types of the same file, which has the strings
     * @return what is in it
     * @throws MalformedObjectException if it is damaged
     */
    public static BtfExt parse(String name, byte[] bytes, Btf btf) {
        ByteView section = ByteView.of(name, ".BTF.ext", bytes, btf.byteOrder());
        if (section.u16(0) != MAGIC) {
            throw section.malformed(
                    0,
                    section.order(ByteOrder.BIG_ENDIAN).u16(0) == MAGIC
                                    || section.order(ByteOrder.LITTLE_ENDIAN).u16(0) == MAGIC
                            ? "is in another byte order than .BTF"
                            : "not BTF: the magic number is not " + Integer.toHexString(MAGIC));
        }
        if (section.u8(2) != 1) {
            throw section.malformed(2, "unknown BTF version " + section.u8(2));
        }
        long headerSize = section.u32(4);
        if (headerSize < HEADER_SIZE) {
            throw section.malformed(4, "the header has " + headerSize + " bytes, fewer than " + HEADER_SIZE);
        }
        Map<String, List<FuncInfo>> functions = records(
                part(section, "func_info", headerSize, 8), btf, 8, (v, at) -> new FuncInfo(v.u32(at), v.s32(at + 4)));
        Map<String, List<LineInfo>> lines = records(
                part(section, "line_info", headerSize, 16),
                btf,
                16,
                (v, at) -> new LineInfo(v.u32(at), v.s32(at + 4), v.s32(at + 8), v.s32(at + 12)));
        Map<String, List<CoreRelocation>> core = headerSize < HEADER_WITH_CORE_SIZE
                ? Map.of()
                : records(
                        part(section, "core_relo", headerSize, 24),
                        btf,
                        16,
                        (v, at) ->
                                new CoreRelocation(v.u32(at), v.s32(at + 4), string(v, at + 8, btf), v.s32(at + 12)));
        return new BtfExt(functions, lines, core);
    }

    /**
     * The functions of a code section.
     *
     * @param section its name
     * @return where each starts; empty if nothing is known
     */
    public List<FuncInfo> funcInfo(String section) {
        return funcInfo.getOrDefault(section, List.of());
    }

    /**
     * The source lines of a code section.
     *
     * @param section its name
     * @return where each starts; empty if nothing is known
     */
    public List<LineInfo> lineInfo(String section) {
        return lineInfo.getOrDefault(section, List.of());
    }

    /**
     * The instructions of a code section that depend on the kernel's types.
     *
     * @param section its name
     * @return them; empty if there are none
     */
    public List<CoreRelocation> coreRelocations(String section) {
        return coreRelocations.getOrDefault(section, List.of());
    }

    private static ByteView part(ByteView section, String name, long headerSize, int headerField) {
        return section.slice(".BTF.ext " + name, headerSize + section.u32(headerField), section.u32(headerField + 4L));
    }

    /** A string of the BTF, named by its offset here: if that is wrong, this is the place to point at. */
    private static String string(ByteView part, long at, Btf btf) {
        try {
            return btf.string(part.s32(at));
        } catch (MalformedObjectException e) {
            throw part.malformed(at, "string " + part.u32(at) + " of .BTF: " + e.problem());
        }
    }

    private interface RecordReader<T> {
        T read(ByteView view, long at);
    }

    /** A part is the size of a record, then for each code section its name, a count, and that many records. */
    private static <T> Map<String, List<T>> records(ByteView part, Btf btf, int minimum, RecordReader<T> reader) {
        Map<String, List<T>> sections = new TreeMap<>();
        if (part.size() == 0) {
            return sections;
        }
        long recordSize = part.u32(0);
        if (recordSize < minimum || recordSize % 4 != 0) {
            throw part.malformed(0, "records of " + recordSize + " bytes, expected at least " + minimum);
        }
        long at = 4;
        while (at < part.size()) {
            String name = string(part, at, btf);
            long count = part.u32(at + 4);
            at += 8;
            if (count == 0 || count > (part.size() - at) / recordSize) {
                throw part.malformed(at - 4, count + " records for section " + name + " do not fit");
            }
            List<T> records = sections.computeIfAbsent(name, any -> new ArrayList<>((int) count));
            for (long i = 0; i < count; i++, at += recordSize) {
                records.add(reader.read(part, at));
            }
        }
        sections.replaceAll((name, list) -> List.copyOf(list));
        return sections;
    }
}
