package io.jbpf;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.kernel.KernelBtf;
import io.jbpf.link.RawTracepointLink;
import io.jbpf.object.ObjectSpec;
import io.jbpf.relocation.CoreResolution;
import io.jbpf.relocation.CoreResolution.Resolved;
import io.jbpf.relocation.CoreTarget;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** A program that asks for overlayfs's struct, which is a module's on most kernels, and the kernel's own on some. */
@KernelTest
class ModuleTypesTest {
    private static final String MODULE = "overlay";
    private static final String TYPE = "ovl_fs";

    private final ObjectSpec spec = TestObjects.read("module_types")
            .withVariable("watched_tgid", ProcessHandle.current().pid());

    /** Whose types have the struct here; nobody's where overlayfs is not loaded, or modules have no types. */
    private static Optional<CoreTarget.Module> owner() {
        Btf kernel = KernelBtf.get();
        if (kernel.find(TYPE, BtfKind.STRUCT).isPresent()) {
            return Optional.of(new CoreTarget.Module(CoreTarget.VMLINUX, kernel));
        }
        return KernelBtf.modules().contains(MODULE)
                ? Optional.of(new CoreTarget.Module(MODULE, KernelBtf.module(MODULE)))
                : Optional.empty();
    }

    private static void reportUnlessOfModule(Optional<CoreTarget.Module> owner, TestReporter reporter) {
        if (owner.isEmpty()) {
            KernelSupport.lacks(reporter, "BTF of the module overlay (Linux 5.11)");
        } else if (owner.get().name().equals(CoreTarget.VMLINUX)) {
            KernelSupport.lacks(reporter, "the module overlay: it is built into this kernel");
        }
    }

    /** What the program found out when it ran in this process. */
    private Map<String, Long> answers(LoadOptions options) {
        try (BpfObject object = BpfObject.load(spec, options);
                RawTracepointLink link = RawTracepointLink.attach(object.program("looks"), "sys_enter")) {
            assertThat(link.info().typeName()).isEqualTo("raw_tracepoint");
            Waits.until(() -> object.variable("done").get() == 1);
            Map<String, Long> answers = new HashMap<>();
            for (String name : List.of("exists", "size", "type_id", "offset", "layers", "credentials")) {
                answers.put(name, object.variable(name).get());
            }
            return answers;
        }
    }

    @Test
    void aProgramReadsAStructThatOnlyAModuleHas(TestReporter reporter) throws IOException {
        Optional<CoreTarget.Module> owner = owner();
        Map<String, Long> answers = answers(LoadOptions.DEFAULTS);
        if (owner.isEmpty()) {
            assertThat(answers.values()).containsOnly(0L);
        } else {
            Btf btf = owner.get().btf();
            int id = btf.find(TYPE, BtfKind.STRUCT).orElseThrow();
            long offset = ((Struct) btf.type(id))
                    .members().stream()
                            .filter(member -> member.name().equals("creator_cred"))
                            .findFirst()
                            .orElseThrow()
                            .bitOffset();
            assertThat(answers)
                    .containsEntry("exists", 1L)
                    .containsEntry("size", btf.sizeOf(id))
                    .containsEntry("type_id", (long) id)
                    .containsEntry("offset", offset / Byte.SIZE);
            boolean onOverlay = Files.getFileStore(Path.of("/")).type().equals(MODULE);
            // One layer to write to and up to 500 below (OVL_MAX_STACK); the kernel's addresses are negative.
            assertThat(answers.get("layers")).isBetween(onOverlay ? 2L : 0L, onOverlay ? 501L : 0L);
            assertThat(answers.get("credentials")).isBetween(onOverlay ? Long.MIN_VALUE : 0L, onOverlay ? -1L : 0L);
        }
        reportUnlessOfModule(owner, reporter);
    }

    @Test
    void theListingSaysWhoseTypesAnswered(TestReporter reporter) {
        Optional<CoreTarget.Module> owner = owner();
        List<CoreResolution> rows = KernelResolution.of(spec).coreRelocations();
        List<CoreResolution> asked = rows.stream()
                .filter(row -> row.subject().startsWith("struct " + TYPE))
                .toList();
        assertThat(asked).hasSize(5);
        assertThat(asked).allSatisfy(row -> {
            if (row.outcome() instanceof Resolved resolved) {
                assertThat(resolved.source())
                        .isEqualTo(owner.map(CoreTarget.Module::name).orElse(""));
            } else {
                assertThat(owner).isEmpty();
            }
        });
        assertThat(rows).filteredOn(row -> !asked.contains(row)).isNotEmpty().allSatisfy(row -> assertThat(
                        row.outcome())
                .isInstanceOfSatisfying(Resolved.class, resolved -> assertThat(resolved.source())
                        .isEqualTo(CoreTarget.VMLINUX)));
        reportUnlessOfModule(owner, reporter);
    }

    @Test
    void withTypesOfTheCallersNoModuleIsLookedAt(TestReporter reporter) {
        Optional<CoreTarget.Module> owner = owner();
        boolean own =
                owner.filter(module -> module.name().equals(CoreTarget.VMLINUX)).isPresent();
        assertThat(answers(LoadOptions.DEFAULTS.withKernelBtf(KernelBtf.get()))).containsEntry("exists", own ? 1L : 0L);
        owner.ifPresent(module -> assertThat(answers(LoadOptions.DEFAULTS.withKernelBtf(module.btf())))
                .containsEntry("exists", 1L));
        reportUnlessOfModule(owner, reporter);
    }
}
