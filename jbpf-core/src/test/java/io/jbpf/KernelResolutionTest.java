package io.jbpf;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.ExternResolution.Missing;
import io.jbpf.ExternResolution.Outcome;
import io.jbpf.ExternResolution.Symbol;
import io.jbpf.ExternResolution.Typed;
import io.jbpf.ExternResolution.Unresolved;
import io.jbpf.ExternResolution.Value;
import io.jbpf.btf.BtfKind;
import io.jbpf.kernel.KernelBtf;
import io.jbpf.kernel.KernelConfig;
import io.jbpf.kernel.KernelSymbols;
import io.jbpf.kernel.KernelVersion;
import io.jbpf.object.ObjectSpec;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

@KernelTest
class KernelResolutionTest {
    private static Map<String, Outcome> externs(String object) {
        return KernelResolution.of(TestObjects.read(object)).externs().stream()
                .collect(Collectors.toMap(found -> found.extern().name(), ExternResolution::outcome));
    }

    @Test
    void configurationIsToldAsTheKernelWritesIt() {
        Map<String, Outcome> externs = externs("externs");
        KernelConfig config = KernelConfig.host();
        for (String option : Set.of("CONFIG_HZ", "CONFIG_BPF_SYSCALL", "CONFIG_CC_VERSION_TEXT")) {
            assertThat(externs)
                    .containsEntry(option, new Value(config.value(option).orElseThrow()));
        }
        assertThat(externs)
                .containsEntry("LINUX_KERNEL_VERSION", new Value(Integer.toString(KernelVersion.code())))
                .containsEntry("CONFIG_NOBODY_HAS_THIS", new Missing());
        boolean wrapped = KernelSymbols.exist(Set.of("__x64_sys_bpf", "__arm64_sys_bpf"));
        assertThat(externs).containsEntry("LINUX_HAS_SYSCALL_WRAPPER", new Value(wrapped ? "y" : "n"));
        assertUnresolved(externs.get("LINUX_HAS_BPF_COOKIE"), "takes loading a program");
    }

    @Test
    void variablesFunctionsAndSymbolsAreToldWithTheirPlace() {
        Map<String, Outcome> externs = externs("externs");
        // Linux 6.2; before it, a strong function that is not there.
        OptionalInt lock = KernelBtf.get().find("bpf_rcu_read_lock", BtfKind.FUNC);
        if (lock.isPresent()) {
            assertThat(externs).containsEntry("bpf_rcu_read_lock", new Typed("vmlinux", lock.getAsInt()));
        } else {
            assertUnresolved(externs.get("bpf_rcu_read_lock"), "neither this kernel nor a loaded module");
        }
        assertThat(externs)
                .containsEntry(
                        "_stext",
                        new Symbol(OptionalLong.of(Objects.requireNonNull(
                                KernelSymbols.addresses(Set.of("_stext")).get("_stext")))))
                .containsEntry("nobody_has_this_symbol", new Missing())
                .containsEntry("nobody_has_this_variable", new Missing())
                .containsEntry("nobody_has_this_function", new Missing());
        assertUnresolved(externs.get("nobody_has_this_symbol_either"), "/proc/kallsyms");
    }

    @Test
    void aStrongOptionThatIsNotSetIsARowToo() {
        assertUnresolved(externs("externs_strong").get("CONFIG_NOBODY_HAS_THIS"), "declare it __weak");
    }

    private static void assertUnresolved(@Nullable Outcome outcome, String reason) {
        assertThat(outcome).isInstanceOfSatisfying(Unresolved.class, unresolved -> assertThat(unresolved.reason())
                .hasMessageContaining(reason));
    }

    @Test
    void anObjectThatRefersToNothingHasNothingToResolve() {
        ObjectSpec spec = TestObjects.read("maps");
        assertThat(KernelResolution.of(spec).externs()).isEmpty();
        assertThat(KernelResolution.of(spec).coreRelocations()).isEmpty();
    }
}
