package io.jbpf;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.testkit.KernelTest;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadmeSampleTest {
    private static final Path README = Path.of("..", "README.md");

    @TempDir
    private Path directory;

    @Test
    void theCodeSampleCompiles() throws Exception {
        compileSample();
    }

    /** What the sample does when it is run as a reader would. */
    @Nested
    @KernelTest
    class OnTheKernel {
        @Test
        void theCodeSampleCounts() throws Exception {
            compileSample();
            Path object = directory.resolve("attach.bpf.o");
            try (InputStream in = ReadmeSampleTest.class.getResourceAsStream("/bpf/attach.bpf.o")) {
                Files.copy(Objects.requireNonNull(in), object);
            }
            String write = System.getProperty("os.arch").equals("aarch64") ? "64" : "1";
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            directory + File.pathSeparator + System.getProperty("java.class.path"),
                            "CountMine",
                            object.toString(),
                            write)
                    .redirectErrorStream(true)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(output).containsPattern("to raw tracepoint sys_enter saw [1-9]\\d*");
            assertThat(process.exitValue()).as(output).isZero();
        }
    }

    private void compileSample() throws Exception {
        Matcher sample = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(README));
        assertThat(sample.find()).as("README.md has a java block").isTrue();
        Path source = Files.writeString(directory.resolve("CountMine.java"), sample.group(1));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        ByteArrayOutputStream messages = new ByteArrayOutputStream();
        List<String> arguments =
                List.of("-d", directory.toString(), "-cp", System.getProperty("java.class.path"), source.toString());
        int status = compiler.run(null, messages, messages, arguments.toArray(String[]::new));
        assertThat(status).as(messages.toString(StandardCharsets.UTF_8)).isZero();
    }
}
