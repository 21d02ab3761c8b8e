package io.jbpf;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.Tool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The objects that the tests bring are what their sources give. */
@RequiresTool({"clang-14", "llvm-strip-14"})
class TestBytecodeTest {
    @Test
    void aRebuildGivesTheCommittedBytes(@TempDir Path rebuilt) throws Exception {
        Tool.run(
                Path.of("..", "jbpf-programs", "src", "build", "compile-bpf.sh").toString(),
                Path.of("src", "test", "bpf").toString(),
                rebuilt.toString());
        Path committed = Path.of("src", "test", "resources", "bpf");
        List<Path> objects;
        try (var files = Files.list(rebuilt)) {
            objects = files.toList();
        }
        assertThat(objects).hasSizeGreaterThan(5).allSatisfy(object -> assertThat(object)
                .hasSameBinaryContentAs(committed.resolve(object.getFileName().toString())));
    }
}
