package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.testkit.RequiresTool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The committed objects are what the committed sources give, wherever they are compiled. */
@RequiresTool({"clang-14", "llvm-strip-14"})
class BytecodeTest {
    private static final Path SOURCES = Path.of("src/main/bpf").toAbsolutePath();
    private static final Path COMMITTED = Path.of("src/main/resources/io/jbpf/programs");
    private static final List<String> OBJECTS =
            List.of("syscall_counter.bpf.o", "l4_firewall.bpf.o", "tcx_links.bpf.o", "compiler.txt");

    @TempDir
    Path directory;

    @BeforeEach
    void isTheCompilerThatMadeThem() throws Exception {
        assertThat(Files.readString(COMMITTED.resolve("compiler.txt"))).contains("Debian clang version 14");
    }

    @Test
    void aRebuildGivesTheCommittedBytes() throws Exception {
        compare(SOURCES, directory.resolve("here"));
    }

    @Test
    void aRebuildFromAnotherDirectoryGivesTheSameBytes() throws Exception {
        Path elsewhere = Files.createDirectories(directory.resolve("some/where/else"));
        try (var sources = Files.list(SOURCES)) {
            for (Path source : sources.filter(Files::isRegularFile).toList()) {
                Files.copy(source, elsewhere.resolve(source.getFileName()));
            }
        }
        compare(elsewhere, directory.resolve("there"));
    }

    private static void compare(Path sources, Path output) throws IOException, InterruptedException {
        Process compiler = new ProcessBuilder(
                        Path.of("src/build/compile-bpf.sh").toAbsolutePath().toString(),
                        sources.toString(),
                        output.toString())
                .directory(Files.createDirectories(output).toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(compiler.waitFor()).as(said).isZero();
        for (String object : OBJECTS) {
            assertThat(output.resolve(object))
                    .as("%s; if the source was changed, run src/build/compile-bpf.sh and commit both", object)
                    .hasSameBinaryContentAs(COMMITTED.resolve(object));
        }
    }
}
