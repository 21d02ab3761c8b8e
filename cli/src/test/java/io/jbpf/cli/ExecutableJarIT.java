package io.jbpf.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The jar as it is shipped, with all it needs inside. */
class ExecutableJarIT {
    private static final Path JAR = Path.of(
            Objects.requireNonNull(System.getProperty("jbpf.cli.jar"), "mvn verify runs this, once the jar is made"));

    @Test
    void runsByItself() throws Exception {
        assertThat(jbpf("--version")).startsWith("jbpf ").doesNotContain("WARNING", "${");
    }

    @Test
    void declaresWhatTheVirtualMachineHasToKnow() throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            Attributes manifest = jar.getManifest().getMainAttributes();
            assertThat(manifest.getValue(Attributes.Name.MAIN_CLASS)).isEqualTo(Main.class.getName());
            assertThat(manifest.getValue("Enable-Native-Access")).isEqualTo("ALL-UNNAMED");
            assertThat(manifest.getValue(Attributes.Name.MULTI_RELEASE)).isEqualTo("true");
            assertThat(jar.getEntry("META-INF/LICENSE")).isNotNull();
            assertThat(jar.getEntry("jni/aarch64-Linux/libjffi-1.2.so")).isNotNull();
        }
    }

    @Test
    void itsLauncherFindsIt() throws Exception {
        Path launcher = Path.of("src/main/sh/jbpf").toAbsolutePath();

        assertThat(Tool.run(launcher.toString(), "--version")).startsWith("jbpf ");
    }

    @Test
    void theOnlyJarThatItsNamePatternMatches() throws IOException {
        try (var jars = Files.newDirectoryStream(JAR.toAbsolutePath().getParent(), "jbpf-cli-*.jar")) {
            assertThat(jars).hasSize(1);
        }
    }

    @Nested
    @KernelTest
    class WithAKernel {
        @Test
        void theNativeBindingLoadsFromIt() throws Exception {
            assertThat(jbpf("inspect", "programs"))
                    .matches("(?s) *ID +TYPE +NAME .*")
                    .doesNotContain("WARNING");
        }
    }

    private static String jbpf(String... arguments) throws IOException, InterruptedException {
        String[] command = new String[arguments.length + 3];
        command[0] = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        command[1] = "-jar";
        command[2] = JAR.toString();
        System.arraycopy(arguments, 0, command, 3, arguments.length);
        return Tool.run(command);
    }
}
