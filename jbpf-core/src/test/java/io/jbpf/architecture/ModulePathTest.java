package io.jbpf.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The library works as a named module, bound native calls included, and keeps its inner packages to itself. */
final class ModulePathTest {
    /** What the module needs at run time, by the beginnings of the file names. */
    private static final String[] NEEDED = {"jnr-", "jffi-", "asm", "slf4j-"};

    private static Path home(Class<?> type) throws URISyntaxException {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        return Path.of(Objects.requireNonNull(source).getLocation().toURI());
    }

    private static String modulePath() throws URISyntaxException {
        Stream<String> jars = Arrays.stream(
                        System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> Arrays.stream(NEEDED)
                        .anyMatch(Path.of(entry).getFileName().toString()::startsWith));
        return Stream.concat(Stream.of(home(io.jbpf.object.MapSpec.class).toString()), jars)
                .collect(Collectors.joining(File.pathSeparator));
    }

    @Test
    void worksOnTheModulePath() throws Exception {
        String output = run(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--module-path",
                modulePath(),
                "--add-modules",
                "io.jbpf.core",
                "--class-path",
                home(ModuleProbe.class).toString(),
                ModuleProbe.class.getName());
        assertThat(output)
                .contains("module io.jbpf.core", "spec probe", "exports io.jbpf.object;", "native call done")
                .doesNotContain("exports io.jbpf.sys", "exports io.jbpf.bytes");
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).as(output).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }
}
