package io.jbpf.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfExt;
import io.jbpf.corpus.Comparison.Row;
import io.jbpf.elf.ElfFile;
import io.jbpf.object.ExternSpec;
import io.jbpf.object.MapType;
import io.jbpf.object.ObjectSpec;
import io.jbpf.relocation.CoreKind;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Programs for every section name, map type and key, kind of CO-RE relocation and kind of extern, as Debian's oldest
 * and newest clang compile them, for the instruction sets v2 to v4: jbpf loads them all but what this kernel cannot do, and
 * whatever the newest libbpf loads.
 */
@KernelTest
@Tag(KernelSupport.NEWEST)
@RequiresTool({"clang-14", "clang-19", Bpftool.NEWEST, "unshare"})
class CorpusTest {
    private static final Path SOURCES = Path.of("src", "test", "bpf");
    private static final Path OBJECTS = Path.of("target", "corpus");

    record Compiler(String name, String instructionSet) {
        @Override
        public String toString() {
            return name.substring("clang-".length()) + instructionSet;
        }
    }

    static final Compiler OLDEST = new Compiler("clang-14", "v2");

    private static final List<Compiler> COMPILERS =
            List.of(OLDEST, new Compiler("clang-19", "v3"), new Compiler("clang-19", "v4"));

    /**
     * Programs that need not load, and what jbpf must then say.
     *
     * @param section the section's name
     * @param refusal part of jbpf's message
     */
    private record Excuse(Pattern section, Pattern refusal) {
        static Excuse of(String section, String refusal) {
            return new Excuse(Pattern.compile(section), Pattern.compile(refusal));
        }

        boolean covers(Row row) {
            return section.matcher(row.section()).matches()
                    && refusal.matcher(row.refusal()).find();
        }
    }

    private static final List<Excuse> EXCUSES = List.of(
            // Kernels without CONFIG_DYNAMIC_FTRACE or BPF LSM answer EPERM; system call entries are named by machine.
            Excuse.of("(fentry|fexit|fmod_ret)(\\.s)?/.*", "EPERM|in the BTF neither of this kernel|is not sleepable"),
            Excuse.of("lsm(\\.s|_cgroup)?/.*", "EPERM"),
            // Linux 7.0.
            Excuse.of("fsession(\\.s)?/.*", "BPF_PROG_TYPE_TRACING|in the BTF neither of this kernel"),
            // Linux 7.2.
            Excuse.of("(fentry|fexit|fsession)\\.multi(\\.s)?/.*", "must provide btf_id|can be sleepable"),
            Excuse.of("(tracepoint|tp|raw_tracepoint|raw_tp|tp_btf)\\.s/.*", "can be sleepable"),
            // CONFIG_BPF_LIRC_MODE2.
            Excuse.of("lirc_mode2", "BPF_PROG_TYPE_LIRC_MODE2"),
            // CONFIG_KALLSYMS_ALL.
            Excuse.of("raw_tp/sched_wakeup", "address for kernel symbol 'runqueues'"),
            // These want something of the caller's, or a map that stands in another file.
            Excuse.of("freplace/.*", "LoadOptions\\.withTargetProgram"),
            Excuse.of("struct_ops(\\.s)?/.*", "stands in no struct_ops map"));

    @Test
    void everyProgramLoadsButWhatThisKernelCannotDo(@TempDir Path scratch) throws IOException, InterruptedException {
        Set<MapType> mapTypes = EnumSet.noneOf(MapType.class);
        Set<CoreKind> relocations = EnumSet.noneOf(CoreKind.class);
        Set<ExternSpec.Kind> externs = EnumSet.noneOf(ExternSpec.Kind.class);
        try (Comparison comparison = new Comparison("corpus", new Bpftool(Bpftool.NEWEST, scratch))) {
            for (Compiler compiler : COMPILERS) {
                for (Path source : sources()) {
                    String name = compiler + "/"
                            + String.valueOf(source.getFileName()).replace(".bpf.c", "");
                    byte[] object = Files.readAllBytes(compiled(compiler, source));
                    comparison.add(name, new ElfBytes(object));
                    ObjectSpec spec = ObjectSpec.parse(name, object);
                    spec.maps().values().forEach(map -> mapTypes.add(map.type()));
                    spec.externs().values().forEach(extern -> externs.add(extern.kind()));
                    relocations.addAll(relocations(name, object));
                }
            }
            comparison.print();
            assertThat(comparison.libbpfAhead()).isEmpty();
            assertThat(comparison.rows())
                    .filteredOn(row -> !row.jbpf() && EXCUSES.stream().noneMatch(excuse -> excuse.covers(row)))
                    .isEmpty();
            assertThat(comparison.loadedByBoth()).isGreaterThan(COMPILERS.size() * 90L);
        }
        // The corpus is as broad as it says.
        assertThat(externs).containsExactlyInAnyOrder(ExternSpec.Kind.values());
        assertThat(relocations).containsExactlyInAnyOrder(CoreKind.values());
        assertThat(EnumSet.complementOf(EnumSet.copyOf(mapTypes)))
                .containsExactlyInAnyOrder(MapType.UNSPEC, MapType.INSN_ARRAY);
    }

    private static Set<CoreKind> relocations(String name, byte[] object) {
        ElfFile elf = ElfFile.parse(name, object);
        Btf btf = Btf.parse(name, elf.section(".BTF").orElseThrow().bytes());
        BtfExt ext = BtfExt.parse(name, elf.section(".BTF.ext").orElseThrow().bytes(), btf);
        return elf.sections().stream()
                .flatMap(section -> ext.coreRelocations(section.name()).stream())
                .map(relocation -> CoreKind.of(relocation.kind()).orElseThrow())
                .collect(Collectors.toSet());
    }

    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>(List.of(
                SOURCES.resolve("section_names.bpf.c"),
                SOURCES.resolve("struct_ops.bpf.c"),
                SOURCES.resolve("arena.bpf.c")));
        try (Stream<Path> files = Files.list(SOURCES.resolve("corpus"))) {
            files.filter(file -> file.toString().endsWith(".bpf.c")).sorted().forEach(sources::add);
        }
        return sources;
    }

    /** With libbpf's headers and the kernel's, as its users compile. What is up to date is not compiled again. */
    static Path compiled(Compiler compiler, Path source) throws IOException, InterruptedException {
        Path object = OBJECTS.resolve(compiler.toString()).resolve(source.getFileName() + ".o");
        if (Files.exists(object)
                && Files.getLastModifiedTime(object).compareTo(Files.getLastModifiedTime(source)) >= 0) {
            return object;
        }
        Files.createDirectories(object.getParent());
        String machine = System.getProperty("os.arch").equals("aarch64") ? "aarch64" : "x86_64";
        Tool.run(
                compiler.name(),
                "-target",
                "bpf",
                "-mcpu=" + compiler.instructionSet(),
                "-O2",
                "-g",
                "-D__TARGET_ARCH_" + (machine.equals("aarch64") ? "arm64" : "x86"),
                "-idirafter",
                "/usr/include/" + machine + "-linux-gnu",
                "-c",
                source.toString(),
                "-o",
                object.toString());
        return object;
    }
}
