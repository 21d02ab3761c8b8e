package io.jbpf.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfBuilder;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfType;
import io.jbpf.error.BpfException;
import io.jbpf.error.MalformedObjectException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.relocation.CoreTarget;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernel's directories, as they could be. */
final class ModuleBtfTest {
    @TempDir
    Path sys;

    private Path types = Path.of("");
    private Path modules = Path.of("");
    private final Btf kernel = kernel();

    private static Btf kernel() {
        BtfBuilder types = BtfBuilder.create(ByteOrder.nativeOrder());
        types.add(BtfBuilder.signed("int", 4));
        return types.build("vmlinux");
    }

    @BeforeEach
    void makeDirectories() throws IOException {
        types = Files.createDirectories(sys.resolve("btf"));
        modules = Files.createDirectories(sys.resolve("module"));
        Files.write(types.resolve("vmlinux"), new byte[] {0});
        Files.write(sys.resolve("secret"), BtfBuilder.split(kernel).encode());
    }

    private ModuleBtf directories() {
        return new ModuleBtf(types, modules);
    }

    private Btf read(String name) {
        return directories().read(name, () -> kernel);
    }

    private void module(String name) throws IOException {
        BtfBuilder own = BtfBuilder.split(kernel);
        own.add(new BtfType.Typedef(name + "_t", 1));
        Files.write(types.resolve(name), own.encode());
    }

    private void loaded(String name) throws IOException {
        Files.writeString(Files.createDirectories(modules.resolve(name)).resolve("initstate"), "live\n");
    }

    @Test
    void readsAModuleOnTopOfTheKernel() throws IOException {
        module("nf_tables");
        module("ext4");
        assertThat(directories().names()).containsExactly("ext4", "nf_tables");
        for (String name : new String[] {"nf_tables", "nf-tables"}) {
            Btf btf = read(name);
            assertThat(btf.base()).containsSame(kernel);
            assertThat(btf.find("nf_tables_t", BtfKind.TYPEDEF)).hasValue(2);
            assertThat(btf.sizeOf(2)).isEqualTo(4);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", ".", "..", "../secret", "a/b", "/etc/passwd", "a\0b", "vmlinux", "a b", "..%2fsecret", "é"})
    void aNameIsNoPath(String name) {
        assertThatThrownBy(() -> read(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not the name of a module");
        assertThatThrownBy(() -> read("x".repeat(64))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void saysWhyThereAreNoTypes() throws IOException {
        Files.createDirectories(modules.resolve("built_in"));
        loaded("old");
        assertThatThrownBy(() -> read("gone"))
                .isInstanceOf(BpfException.class)
                .hasMessage("module 'gone' is not loaded, so there are no types of it");
        assertThatThrownBy(() -> read("built_in"))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("built into this kernel");
        assertThatThrownBy(() -> read("old"))
                .isInstanceOf(UnsupportedFeatureException.class)
                .hasMessageContaining("5.11");
        module("other");
        assertThatThrownBy(() -> read("old"))
                .isInstanceOf(BpfException.class)
                .isNotInstanceOf(UnsupportedFeatureException.class)
                .hasMessage("module 'old' was built without types; those that have are other");
    }

    @Test
    void aKernelThatTellsNothingHasNoModules() {
        assertThat(new ModuleBtf(sys.resolve("nothing"), modules).names()).isEmpty();
    }

    @Test
    void allThatAreLoadedAreReadWhenTheyAreFirstAskedFor() throws IOException {
        CoreTarget target = new RunningKernel(() -> kernel, directories());
        module("nf_tables");
        module("ext4");
        // One that is listed and gone when it is to be read.
        Files.createSymbolicLink(types.resolve("gone"), sys.resolve("nowhere"));
        assertThat(target.kernelBtf()).isSameAs(kernel);
        assertThat(target.modules()).extracting(CoreTarget.Module::name).containsExactly("ext4", "nf_tables");
        assertThat(target.modules())
                .allSatisfy(module -> assertThat(module.btf().find(module.name() + "_t", BtfKind.TYPEDEF))
                        .hasValue(2));
        module("late");
        assertThat(target.modules()).hasSize(2);
        assertThat(new RunningKernel(() -> kernel, directories()).modules()).hasSize(3);
    }

    @Test
    void damageIsNamed() throws IOException {
        Files.write(types.resolve("odd"), new byte[] {1, 2, 3});
        assertThatThrownBy(() -> read("odd"))
                .isInstanceOf(MalformedObjectException.class)
                .hasMessageContaining("odd");
    }
}
