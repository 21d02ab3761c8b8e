package io.jbpf.csource;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfType.Enumeration;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.object.ObjectSpec;
import io.jbpf.testkit.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** What clang makes of a header: the layouts in the BTF of programs that include it and use its structs. */
final class CompiledHeader {
    /** Clang 14 compares each new string of BTF with all before it. */
    private static final int STRUCTS_A_PROGRAM = 800;

    private CompiledHeader() {}

    /**
     * Compiles.
     *
     * @param structs the types to use, each with its keyword
     * @return the layout of each
     */
    static SortedMap<String, List<String>> compile(Path directory, String header, Collection<String> structs)
            throws IOException, InterruptedException {
        Files.writeString(directory.resolve("vmlinux.h"), header);
        Path source = directory.resolve("all.bpf.c");
        Path object = directory.resolve("all.bpf.o");
        SortedMap<String, List<String>> layouts = new TreeMap<>();
        List<String> left = new ArrayList<>(structs);
        while (!left.isEmpty()) {
            List<String> some = left.subList(0, Math.min(STRUCTS_A_PROGRAM, left.size()));
            // Arrays: a pointer to a struct that another struct points to, too, gets no more than its declaration.
            StringBuilder program = new StringBuilder("#include \"vmlinux.h\"\n");
            some.forEach(struct -> program.append("%s %s_[0];\n".formatted(struct, struct.replace(' ', '_'))));
            Files.writeString(source, program);
            Tool.run(
                    "clang-14",
                    "-target",
                    "bpf",
                    "-O1",
                    "-g",
                    "-Wall",
                    "-Werror",
                    "-Wno-visibility",
                    "-c",
                    source.toString(),
                    "-o",
                    object.toString());
            Btf btf = ObjectSpec.read(object).btf().orElseThrow();
            Map<String, Integer> found = structs(btf);
            some.stream()
                    .filter(found::containsKey)
                    .forEach(struct -> layouts.put(struct, layout(btf, found.getOrDefault(struct, 0))));
            some.clear();
        }
        return layouts;
    }

    /** What bpftool before 7.2 forgets: that an enum can have one byte. */
    static String withByteEnums(Btf btf, String text) {
        if (text.contains("mode(byte)")) {
            return text;
        }
        Set<String> bytes = new HashSet<>();
        Set<String> anonymous = new HashSet<>();
        for (int id = 1; id <= btf.lastId(); id++) {
            if (btf.type(id) instanceof Enumeration enumeration && enumeration.size() == 1) {
                (enumeration.name().isEmpty() ? anonymous : bytes)
                        .add(
                                enumeration.name().isEmpty()
                                        ? enumeration.values().get(0).name()
                                        : enumeration.name());
            }
        }
        return Pattern.compile("\\benum (\\w+ )?\\{\\s*(\\w+)[^}]*\\}")
                .matcher(text)
                .replaceAll(match -> match.group()
                        + (bytes.contains(String.valueOf(match.group(1)).strip())
                                        || (match.group(1) == null && anonymous.contains(match.group(2)))
                                ? " __attribute__((mode(byte)))"
                                : ""));
    }

    /** Whether a type is a typedef of a struct or union without a tag. */
    static boolean isNameOfAnonymous(Btf btf, int id) {
        return btf.kind(id) == BtfKind.TYPEDEF
                && btf.type(btf.resolve(id)) instanceof Struct struct
                && struct.name().isEmpty();
    }

    /** The structs and unions with a tag or a typedef, by their names in C. */
    private static Map<String, Integer> structs(Btf btf) {
        Map<String, Integer> structs = new HashMap<>();
        for (int id = 1; id <= btf.lastId(); id++) {
            BtfKind kind = btf.kind(id);
            if ((kind == BtfKind.STRUCT || kind == BtfKind.UNION)
                    && !btf.typeName(id).isEmpty()) {
                structs.put((kind == BtfKind.UNION ? "union " : "struct ") + btf.typeName(id), id);
            } else if (isNameOfAnonymous(btf, id)) {
                structs.put(btf.typeName(id), btf.resolve(id));
            }
        }
        return structs;
    }

    /** Size, and per member offset, bits, name and size; anonymous structs are entered, named padding is left out. */
    static List<String> layout(Btf btf, int id) {
        List<String> lines = new ArrayList<>();
        Struct struct = (Struct) btf.type(id);
        lines.add((struct.union() ? "union" : "struct") + " of " + struct.size());
        members(btf, struct, 0, lines);
        return lines;
    }

    private static void members(Btf btf, Struct struct, long offset, List<String> lines) {
        for (Member member : struct.members()) {
            long at = offset + Integer.toUnsignedLong(member.bitOffset());
            int type = btf.resolve(member.typeId());
            if (member.name().startsWith("__padding")) {
                continue;
            }
            lines.add(at + ":" + member.bitSize() + " " + member.name() + " of " + btf.sizeOf(member.typeId()));
            boolean anonymous = btf.typeName(type).isEmpty() || member.name().isEmpty();
            if (anonymous && btf.type(type) instanceof Struct inner) {
                members(btf, inner, at, lines);
            }
        }
    }
}
