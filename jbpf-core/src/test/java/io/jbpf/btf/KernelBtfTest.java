package io.jbpf.btf;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.btf.BtfType.Enumerator;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.Parameter;
import io.jbpf.btf.BtfType.SectionEntry;
import io.jbpf.kernel.KernelBtf;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.Tool;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/** The running kernel's types, all of them, are read as bpftool reads them. */
@KernelTest
@RequiresTool("bpftool")
final class KernelBtfTest {
    private static final Path VMLINUX = Path.of("/sys/kernel/btf/vmlinux");

    @Test
    void everyTypeAndEveryOffsetIsAsBpftoolSays() throws Exception {
        List<String> theirs = dump(VMLINUX);
        assertPrintsAs(theirs, Btf.parse("vmlinux", Files.readAllBytes(VMLINUX)));
    }

    @Test
    void encodedAnewItIsToBpftoolAsItWas(@TempDir Path directory) throws Exception {
        Path copy = directory.resolve("copy.btf");
        Btf btf = Btf.parse("vmlinux", Files.readAllBytes(VMLINUX));
        Files.write(copy, BtfBuilder.copyOf(btf).encode());
        assertThat(Files.size(copy)).isLessThanOrEqualTo(Files.size(VMLINUX));
        assertThat(dump(copy).equals(dump(VMLINUX))).isTrue();
        BtfEncoder encoder = new BtfEncoder(BtfStrings.startingAs(btf), btf.byteOrder());
        for (int id = btf.firstId(); id <= btf.lastId(); id++) {
            encoder.type(btf.type(id));
        }
        Files.write(copy, encoder.blob());
        assertThat(Files.mismatch(copy, VMLINUX)).as("each type encoded anew").isEqualTo(-1);
        Files.write(copy, BtfSanitiser.sanitise(btf, EnumSet.allOf(BtfFeature.class)));
        assertThat(Files.mismatch(copy, VMLINUX)).isEqualTo(-1);
    }

    @Test
    @Tag(KernelSupport.NEWEST)
    void everyTypeOfModulesIsAsBpftoolSays(TestReporter reporter) throws Exception {
        List<String> modules = KernelSupport.modules(reporter).stream().limit(2).toList();
        for (String module : modules) {
            assertPrintsAs(dumpSplit(VMLINUX.resolveSibling(module)), KernelBtf.module(module));
        }
    }

    @Test
    void splitBtfWrittenOverTheKernelsIsToBpftoolWhatItIsToUs(@TempDir Path directory) throws Exception {
        Btf kernel = KernelBtf.get();
        int task = kernel.find("task_struct", BtfKind.STRUCT).orElseThrow();
        BtfBuilder types = BtfBuilder.split(kernel);
        int pointer = types.add(new BtfType.Pointer(task));
        types.add(new BtfType.Struct(
                "of_module", 16, false, List.of(new Member("task", pointer, 0, 0), new Member("own", pointer, 64, 0))));
        types.add(new BtfType.Typedef("task_struct", types.firstId() + 1));
        Path file = directory.resolve("module");
        Files.write(file, types.encode());
        assertPrintsAs(dumpSplit(file), Btf.parseSplit("module", ByteBuffer.wrap(Files.readAllBytes(file)), kernel));
    }

    private static List<String> dump(Path file) throws Exception {
        return Tool.run("bpftool", "btf", "dump", "file", file.toString(), "format", "raw")
                .lines()
                .toList();
    }

    private static List<String> dumpSplit(Path file) throws Exception {
        return Tool.run("bpftool", "-B", VMLINUX.toString(), "btf", "dump", "file", file.toString(), "format", "raw")
                .lines()
                .toList();
    }

    private static void assertPrintsAs(List<String> theirs, Btf btf) {
        List<String> ours = new ArrayList<>(theirs.size());
        for (int id = btf.firstId(); id <= btf.lastId(); id++) {
            print(btf, id, ours);
        }
        assertThat(ours).hasSameSizeAs(theirs);
        for (int i = 0; i < ours.size(); i++) {
            if (!ours.get(i).equals(theirs.get(i))) {
                assertThat(ours.get(i)).as("line %d", i + 1).isEqualTo(theirs.get(i));
            }
        }
    }

    @Test
    void everyTypeIsFoundByItsName() throws Exception {
        Btf btf = Btf.parse("vmlinux", Files.readAllBytes(VMLINUX));
        for (int id = 1; id <= btf.lastId(); id += 97) {
            String name = btf.typeName(id);
            if (!name.isEmpty()) {
                assertThat(btf.findAll(name)).as(name).contains(id);
            }
        }
        assertThat(btf.sizeOf(btf.find("list_head", BtfKind.STRUCT).orElseThrow()))
                .isEqualTo(2 * Btf.POINTER_SIZE);
    }

    private static void print(Btf btf, int id, List<String> out) {
        BtfType type = btf.type(id);
        String head = "[" + id + "] " + type.kind() + " " + quoted(type.name());
        if (type instanceof BtfType.Int i) {
            String encoding = i.signed() ? "SIGNED" : i.bool() ? "BOOL" : i.character() ? "CHAR" : "(none)";
            out.add(head + " size=" + i.size() + " bits_offset=" + i.bitOffset() + " nr_bits=" + i.bits() + " encoding="
                    + encoding);
        } else if (type instanceof BtfType.Array a) {
            out.add(head + " type_id=" + a.elementTypeId() + " index_type_id=" + a.indexTypeId() + " nr_elems="
                    + a.count());
        } else if (type instanceof BtfType.Struct s) {
            out.add(head + " size=" + s.size() + " vlen=" + s.members().size());
            for (Member m : s.members()) {
                out.add("\t" + quoted(m.name()) + " type_id=" + m.typeId() + " bits_offset=" + m.bitOffset()
                        + (m.bitSize() == 0 ? "" : " bitfield_size=" + m.bitSize()));
            }
        } else if (type instanceof BtfType.Enumeration e) {
            out.add(head + " encoding=" + (e.signed() ? "SIGNED" : "UNSIGNED") + " size=" + e.size() + " vlen="
                    + e.values().size());
            for (Enumerator v : e.values()) {
                String suffix = e.wide() ? (e.signed() ? "LL" : "ULL") : "";
                out.add("\t" + quoted(v.name()) + " val="
                        + (e.signed() ? Long.toString(v.value()) : Long.toUnsignedString(v.value())) + suffix);
            }
        } else if (type instanceof BtfType.Forward f) {
            out.add(head + " fwd_kind=" + (f.union() ? "union" : "struct"));
        } else if (type instanceof BtfType.FuncProto p) {
            out.add(head + " ret_type_id=" + p.returnTypeId() + " vlen="
                    + p.parameters().size());
            for (Parameter parameter : p.parameters()) {
                out.add("\t" + quoted(parameter.name()) + " type_id=" + parameter.typeId());
            }
        } else if (type instanceof BtfType.Func f) {
            out.add(head + " type_id=" + f.typeId() + " linkage=" + word(f.linkage()));
        } else if (type instanceof BtfType.Var v) {
            out.add(head + " type_id=" + v.typeId() + ", linkage=" + word(v.linkage()));
        } else if (type instanceof BtfType.DataSection d) {
            out.add(head + " size=" + d.size() + " vlen=" + d.entries().size());
            for (SectionEntry e : d.entries()) {
                out.add("\ttype_id=" + e.typeId() + " offset=" + e.offset() + " size=" + e.size() + " ("
                        + btf.kind(e.typeId()) + " '" + btf.typeName(e.typeId()) + "')");
            }
        } else if (type instanceof BtfType.FloatingPoint f) {
            out.add(head + " size=" + f.size());
        } else if (type instanceof BtfType.DeclTag t) {
            out.add(head + " type_id=" + t.typeId() + " component_idx=" + t.componentIndex());
        } else if (type instanceof BtfType.Reference r) {
            out.add(head + " type_id=" + r.typeId());
        }
    }

    private static String quoted(String name) {
        return name.isEmpty() ? "'(anon)'" : "'" + name + "'";
    }

    private static String word(BtfType.Linkage linkage) {
        return linkage.name().toLowerCase(Locale.ROOT);
    }
}
