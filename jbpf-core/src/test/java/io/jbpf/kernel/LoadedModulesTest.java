package io.jbpf.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfType;
import io.jbpf.btf.BtfType.Reference;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.error.BpfException;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** The modules that happen to be loaded here. */
@KernelTest
final class LoadedModulesTest {
    @Test
    void everyTypeOfEveryModuleCanBeRead(TestReporter reporter) {
        for (String name : KernelSupport.modules(reporter)) {
            Btf btf = KernelBtf.module(name);
            assertThat(btf.base()).containsSame(KernelBtf.get());
            assertThat(btf.firstId()).isEqualTo(KernelBtf.get().lastId() + 1);
            assertThat(btf.lastId()).as(name).isGreaterThanOrEqualTo(btf.firstId());
            for (int id = btf.firstId(); id <= btf.lastId(); id++) {
                BtfType type = btf.type(id);
                if (type instanceof Reference reference) {
                    assertThat(btf.kind(reference.typeId())).isNotNull();
                } else if (type instanceof Struct struct) {
                    struct.members().forEach(member -> assertThat(btf.sizeOf(member.typeId()))
                            .as("%s.%s of %s", struct.name(), member.name(), name)
                            .isNotNegative());
                }
                if (!type.name().isEmpty() && type.kind() != BtfKind.DECL_TAG && type.kind() != BtfKind.TYPE_TAG) {
                    assertThat(btf.findAll(type.name()))
                            .as("%s of %s", type.name(), name)
                            .contains(id);
                }
            }
        }
    }

    @Test
    void theyAreThoseThatTheKernelListsWithTheSameTypes(TestReporter reporter) {
        Set<String> names = KernelSupport.modules(reporter);
        try (KernelTypes types = new KernelTypes()) {
            assertThat(types.modules().stream().map(KernelTypes.Source::name).collect(Collectors.toSet()))
                    .isEqualTo(names);
            for (KernelTypes.Source source : types.modules()) {
                Btf btf = KernelBtf.module(source.name());
                assertThat(btf.lastId()).isEqualTo(source.btf().lastId());
                for (int id = btf.firstId(); id <= btf.lastId(); id++) {
                    assertThat(btf.type(id)).isEqualTo(source.btf().type(id));
                }
            }
        }
    }

    @Test
    void aModuleThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> KernelBtf.module("nobody_has_this"))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("module 'nobody_has_this' is not loaded");
        assertThat(KernelBtf.modules()).doesNotContain("vmlinux");
    }
}
