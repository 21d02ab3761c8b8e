package io.jbpf.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.btf.Btf;
import io.jbpf.relocation.CoreResolution;
import io.jbpf.relocation.CoreResolution.Poisoned;
import io.jbpf.relocation.CoreResolution.Resolved;
import io.jbpf.relocation.FailedRelocation;
import io.jbpf.testkit.TestObjects;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is listed of core.bpf.c's relocations is what linking does with them. */
final class CoreListingTest {
    private final ObjectSpec spec = TestObjects.read("core");
    private final Btf kernel = TestObjects.read("core_kernel").btf().orElseThrow();
    private final List<CoreResolution> listed = spec.coreRelocations(() -> kernel);

    private List<CoreResolution> in(String program) {
        return listed.stream().filter(row -> row.function().equals(program)).toList();
    }

    @Test
    void eachRelocationIsListedOnceInTheOrderOfTheFile() {
        assertThat(listed.stream().map(CoreResolution::function).distinct())
                .containsExactlyElementsOf(spec.programs().keySet());
        assertThat(in("fields"))
                .extracting(CoreResolution::toString)
                .containsExactly(
                        "<byte_off> [2] struct task.first (0:0): 0 -> 8",
                        "<byte_off> [2] struct task.moved (0:3): 48 -> 216",
                        "<byte_off> [2] struct task.leaves[2].b (0:1:2:1): 24 -> 72",
                        "<byte_off> [2] struct task.parent (0:2): 40 -> 160",
                        "<byte_off> [2] struct task.comm[3] (0:11:3): 83 -> 175",
                        "<byte_off> [2] struct task.inside_anonymous (0:12): 96 -> 168",
                        "<byte_off> [2] struct task.either.parts[1] (0:10:1:1): 77 -> 205",
                        "<byte_off> [2] struct task.moved (0:3): 48 -> 216");
        assertThat(in("fields"))
                .extracting(CoreResolution::instruction)
                .isSorted()
                .startsWith(0, 4);
    }

    @Test
    void questionsAboutTypesAndEnumsAreAnsweredToo() {
        assertThat(in("types")).extracting(CoreResolution::kind).startsWith("type_exists", "type_exists", "type_size");
        assertThat(in("types").get(1).outcome()).isEqualTo(new Resolved(0, "", "", List.of()));
        assertThat(in("enums").get(1)).asString().contains("<enumval_value>", "enum state::STATE_BUSY", ": 1 -> 2");
    }

    @Test
    void whatLinkingPoisonsIsListedWithTheSameReason() {
        for (ProgramSpec program : spec.programs().values()) {
            List<FailedRelocation> failed = spec.link(program, new LinkTarget() {
                        @Override
                        public int mapDescriptor(String mapName) {
                            return 3;
                        }

                        @Override
                        public Btf kernelBtf() {
                            return kernel;
                        }
                    })
                    .failedRelocations();
            assertThat(in(program.name()).stream()
                            .filter(row -> row.outcome() instanceof Poisoned)
                            .map(row -> row.instruction() + " " + row.subject() + " " + row.outcome()))
                    .containsExactlyElementsOf(failed.stream()
                            .map(f -> f.instruction() + " " + f.subject() + " "
                                    + new Poisoned(f.reason(), f.candidates()))
                            .toList());
        }
        assertThat(listed.stream().filter(row -> row.outcome() instanceof Poisoned))
                .extracting(CoreResolution::function)
                .containsExactly("resized_signed", "gone", "enum_gone", "ambiguous");
    }

    @Test
    void severalCandidatesAreAllNamed() {
        assertThat(in("agreeing").get(0).outcome()).isInstanceOfSatisfying(Resolved.class, resolved -> {
            assertThat(resolved.candidates()).hasSize(2);
            assertThat(resolved.found()).isEqualTo(resolved.candidates().get(0));
        });
        assertThat(in("ambiguous").get(0).outcome())
                .isInstanceOfSatisfying(Poisoned.class, poisoned -> assertThat(poisoned.candidates())
                        .hasSize(2));
    }

    @Test
    void anObjectThatAsksNothingNeedsNoKernel() {
        assertThat(TestObjects.read("linking").coreRelocations(() -> {
                    throw new AssertionError("asked for the kernel's types");
                }))
                .isEmpty();
    }
}
