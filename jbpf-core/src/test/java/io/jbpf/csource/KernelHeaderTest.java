package io.jbpf.csource;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfBuilder;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfType;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.kernel.KernelBtf;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.Tool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/** The running kernel's types as a header: clang lays them out as the kernel has them, and as bpftool's header does. */
@KernelTest
@RequiresTool({"clang-14", "bpftool"})
final class KernelHeaderTest {
    private static final String VMLINUX = "/sys/kernel/btf/vmlinux";
    private static final Pattern FLAVOUR = Pattern.compile("___\\d+$");

    private final Btf kernel = KernelBtf.get();
    private final CHeader header = CHeader.of(kernel);

    @Test
    void clangGivesEveryStructTheSizeAndOffsetsItHasInTheKernel(@TempDir Path directory) throws Exception {
        SortedMap<String, List<String>> wanted = new TreeMap<>();
        for (int id = 1; id <= kernel.lastId(); id++) {
            if (isNamedStruct(id)) {
                wanted.put(header.nameOf(id), CompiledHeader.layout(kernel, id));
            }
        }
        assertSame(CompiledHeader.compile(directory, header.text(), wanted.keySet()), wanted);
    }

    @Test
    void clangGivesTheSameOffsetsForBpftoolsHeader(@TempDir Path directory) throws Exception {
        Set<String> names = new TreeSet<>();
        Set<String> withArguments = new TreeSet<>();
        for (int id = 1; id <= kernel.lastId(); id++) {
            if (isNamedStruct(id)) {
                names.add(header.nameOf(id));
                if (hasArgumentList((Struct) kernel.type(id))) {
                    withArguments.add(header.nameOf(id));
                }
            }
        }
        String theirs = CompiledHeader.withByteEnums(
                kernel, Tool.run("bpftool", "btf", "dump", "file", VMLINUX, "format", "c"));
        Set<String> theirNames = new TreeSet<>();
        Pattern.compile("^((?:struct|union) \\w+) \\{", Pattern.MULTILINE)
                .matcher(theirs)
                .results()
                .forEach(match -> theirNames.add(match.group(1)));
        assertThat(names).isEqualTo(theirNames);
        // There bpftool's header takes the compiler's own va_list, which for BPF is not that of the kernel's machine.
        names.removeAll(withArguments);
        theirNames.removeAll(withArguments);
        assertSame(
                byName(CompiledHeader.compile(directory, header.text(), names)),
                byName(CompiledHeader.compile(directory, theirs, theirNames)));
    }

    @Test
    @Tag(KernelSupport.NEWEST)
    void headersOfModulesCompileToTheSameOffsets(@TempDir Path directory, TestReporter reporter) throws Exception {
        List<String> modules = KernelSupport.modules(reporter).stream().limit(2).toList();
        Files.writeString(directory.resolve("kernel.h"), header.text());
        for (String module : modules) {
            assertCompiles(KernelBtf.module(module), directory);
        }
    }

    @Test
    void soDoTypesThatAModuleCouldHave(@TempDir Path directory) throws Exception {
        BtfBuilder types = BtfBuilder.split(kernel);
        int list = kernel.find("list_head", BtfKind.STRUCT).orElseThrow();
        int task = kernel.find("task_struct", BtfKind.STRUCT).orElseThrow();
        int pointer = types.add(new BtfType.Pointer(task));
        int same = types.add(new Struct("list_head", 8, false, List.of(new Member("other", pointer, 0, 0))));
        types.add(new Struct(
                "of_module",
                32,
                false,
                List.of(
                        new Member("list", list, 0, 0),
                        new Member("same", same, 128, 0),
                        new Member("task", pointer, 192, 0))));
        Files.writeString(directory.resolve("kernel.h"), header.text());
        Btf split = types.build("/sys/kernel/btf/some-module");
        assertCompiles(split, directory);
        assertThat(CHeader.onTopOfBase(split, "kernel.h").text())
                .startsWith("#ifndef ___SYS_KERNEL_BTF_SOME_MODULE_H__\n")
                .contains("#include \"kernel.h\"\n", "struct list_head___2 {\n\tstruct task_struct *other;\n}")
                .doesNotContain("struct task_struct {");
    }

    private static void assertCompiles(Btf split, Path directory) throws Exception {
        for (CHeader own : List.of(CHeader.of(split), CHeader.onTopOfBase(split, "kernel.h"))) {
            SortedMap<String, List<String>> wanted = new TreeMap<>();
            for (int id = split.firstId(); id <= split.lastId(); id++) {
                if (split.type(id) instanceof Struct struct && !struct.name().isEmpty()) {
                    wanted.put(own.nameOf(id), CompiledHeader.layout(split, id));
                }
            }
            assertSame(CompiledHeader.compile(directory, own.text(), wanted.keySet()), wanted);
        }
    }

    private boolean hasArgumentList(Struct struct) {
        return struct.members().stream()
                .anyMatch(member -> kernel.typeName(member.typeId()).equals("va_list"));
    }

    private boolean isNamedStruct(int id) {
        BtfKind kind = kernel.kind(id);
        return (kind == BtfKind.STRUCT || kind == BtfKind.UNION)
                && !kernel.typeName(id).isEmpty();
    }

    /** Which of several types of a name has which flavour is a matter of taste. */
    private static Map<String, List<String>> byName(Map<String, List<String>> layouts) {
        Map<String, List<String>> byName = new TreeMap<>();
        layouts.forEach((name, layout) -> byName.computeIfAbsent(
                        FLAVOUR.matcher(name).replaceFirst(""), unknown -> new ArrayList<>())
                .add(layout.toString()));
        byName.values().forEach(variants -> variants.sort(null));
        return byName;
    }

    private static void assertSame(Map<String, List<String>> found, Map<String, List<String>> wanted) {
        assertThat(found.keySet()).containsExactlyElementsOf(wanted.keySet());
        List<String> different = new ArrayList<>();
        wanted.forEach((name, layout) -> {
            if (!layout.equals(found.get(name))) {
                different.add(name + "\n  is     " + found.get(name) + "\n  wanted " + layout);
            }
        });
        assertThat(different).isEmpty();
    }
}
