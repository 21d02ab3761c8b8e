package io.jbpf.csource;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfType.DataSection;
import io.jbpf.btf.BtfType.Func;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.elf.ElfFile;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.Tool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The types of every test object as C: compiled again they lie as they did, and as in bpftool's header. */
@RequiresTool("clang-14")
final class ObjectHeaderTest {
    static Stream<String> objects() {
        return TestObjects.names().stream();
    }

    private static Btf btf(String object) {
        ElfFile elf = ElfFile.parse(object, TestObjects.bytes(object));
        return Btf.parse(object, elf.section(".BTF").orElseThrow().bytes());
    }

    private static SortedMap<String, List<String>> layouts(Btf btf, CHeader header) {
        SortedMap<String, List<String>> layouts = new TreeMap<>();
        for (int id = 1; id <= btf.lastId(); id++) {
            boolean tagged =
                    btf.type(id) instanceof Struct struct && !struct.name().isEmpty();
            if (tagged || CompiledHeader.isNameOfAnonymous(btf, id)) {
                layouts.put(header.nameOf(id), CompiledHeader.layout(btf, btf.resolve(id)));
            }
        }
        return layouts;
    }

    @ParameterizedTest
    @MethodSource("objects")
    void compiledAgainTheTypesLieAsTheyDid(String object, @TempDir Path directory) throws Exception {
        Btf btf = btf(object);
        CHeader header = CHeader.of(btf);
        Map<String, List<String>> wanted = layouts(btf, header);
        assertThat(CompiledHeader.compile(directory, header.text(), wanted.keySet()))
                .isEqualTo(wanted);
    }

    @ParameterizedTest
    @MethodSource("objects")
    @RequiresTool({"clang-14", "bpftool"})
    void theyLieAsInBpftoolsHeader(String object, @TempDir Path directory) throws Exception {
        Btf btf = btf(object);
        Path file = directory.resolve("object.o");
        Files.write(file, TestObjects.bytes(object));
        String theirs = CompiledHeader.withByteEnums(
                btf, Tool.run("bpftool", "btf", "dump", "file", file.toString(), "format", "c"));
        Map<String, List<String>> wanted = layouts(btf, CHeader.of(btf));
        assertThat(CompiledHeader.compile(directory, theirs, wanted.keySet())).isEqualTo(wanted);
    }

    @ParameterizedTest
    @MethodSource("objects")
    void itsVariablesAndFunctionsAreDeclarationsThatCompile(String object, @TempDir Path directory) throws Exception {
        Btf btf = btf(object);
        List<Integer> all = new ArrayList<>();
        for (int id = 1; id <= btf.lastId(); id++) {
            if (btf.type(id) instanceof Func || btf.type(id) instanceof DataSection) {
                all.add(id);
            }
        }
        CHeader header = CHeader.of(btf, all);
        assertThat(header.text()).contains("extern ");
        Path source = directory.resolve("all.c");
        Files.writeString(source, header.text());
        Tool.run("clang-14", "-fsyntax-only", "-Wall", "-Werror", "-Wno-visibility", source.toString());
    }
}
