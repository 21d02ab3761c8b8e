package io.jbpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.btf.BtfKind;
import io.jbpf.error.BpfException;
import io.jbpf.error.VerifierException;
import io.jbpf.kernel.KernelBtf;
import io.jbpf.kernel.KernelConfig;
import io.jbpf.kernel.KernelSymbols;
import io.jbpf.kernel.KernelVersion;
import io.jbpf.object.ObjectSpec;
import io.jbpf.probe.Feature;
import io.jbpf.probe.KernelProbes;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

@KernelTest
class ExternsTest {
    private final ObjectSpec spec = TestObjects.read("externs");
    private final LoadOptions configured = LoadOptions.DEFAULTS.withKernelConfig(KernelConfig.parse("the test's", """
            # CONFIG_NOBODY_HAS_THIS is not set
            CONFIG_BPF=m
            CONFIG_BPF_JIT=y
            CONFIG_HZ=250
            CONFIG_ILLEGAL_POINTER_VALUE=0xdead000000000000
            CONFIG_CC_VERSION_TEXT="a compiler"
            CONFIG_BPF_SYSCALL=y
            """));

    private static int run(BpfObject object, String program) {
        return object.program(program).testRun(new byte[64], 1).returned();
    }

    @Test
    void theKernelsConfigurationIsWhatProgramsRead() {
        KernelConfig config = KernelConfig.host();
        try (BpfObject object = BpfObject.load(spec)) {
            assertThat(run(object, "reads_configuration")).isZero();
            assertThat(object.variable("version").get()).isEqualTo(KernelVersion.code());
            assertThat(object.variable("hz").get())
                    .isEqualTo(Long.parseLong(config.value("CONFIG_HZ").orElseThrow()));
            assertThat(object.variable("bpf_syscall").get()).isEqualTo(1);
            assertThat(object.variable("jit").get()).isEqualTo('y');
            assertThat(object.variable("bpf").get()).as("TRI_YES").isEqualTo(2);
            assertThat(object.variable("missing_option").get()).isEqualTo(7);
            assertThat(object.variable("cookie").get() == 1)
                    .isEqualTo(KernelProbes.feature(Feature.BPF_COOKIE).isSupported());
            assertThat(object.variable("wrapper").get() == 1)
                    .isEqualTo(KernelSymbols.exist(Set.of("__x64_sys_bpf", "__arm64_sys_bpf")));
            assertThat("\"" + new String(object.variable("compiler").bytes(), 0, 7, StandardCharsets.UTF_8))
                    .isEqualTo(
                            config.value("CONFIG_CC_VERSION_TEXT").orElseThrow().substring(0, 8));
        }
    }

    @Test
    void aConfigurationOfTheCallersGoesBeforeTheKernels() {
        try (BpfObject object = BpfObject.load(spec, configured)) {
            run(object, "reads_configuration");
            assertThat(object.variable("hz").get()).isEqualTo(250);
            assertThat(object.variable("bpf").get()).as("TRI_MODULE").isEqualTo(1);
            assertThat(object.variable("pointer_value").get()).isEqualTo(0xdead000000000000L);
            assertThat(new String(object.variable("compiler").bytes(), StandardCharsets.UTF_8))
                    .isEqualTo("a compi\0");
        }
    }

    @Test
    void aValueThatDoesNotGoIntoItsVariableIsRefused() {
        assertRefused("CONFIG_HZ=y", "'CONFIG_HZ' is y", "bool");
        assertRefused("CONFIG_HZ=99999999999", "does not fit 4 bytes");
        assertRefused("CONFIG_BPF_SYSCALL=m", "cannot say that it is a module");
        assertRefused("CONFIG_BPF_SYSCALL=7", "suits an integer");
        assertRefused("CONFIG_HZ=\"many\"", "array of char");
        assertRefused("CONFIG_CC_VERSION_TEXT=\"endless", "does not end");
        assertRefused("CONFIG_HZ=1e3", "neither a number");
    }

    private void assertRefused(String line, String... complaints) {
        LoadOptions wrong = LoadOptions.DEFAULTS.withKernelConfig(KernelConfig.parse("the test's", line));
        assertThatThrownBy(() -> BpfObject.load(spec, wrong))
                .isInstanceOf(BpfException.class)
                .hasMessageContainingAll(complaints);
    }

    @Test
    void symbolsAreAtTheAddressesTheKernelTells() {
        try (BpfObject object = BpfObject.load(spec)) {
            run(object, "reads_symbols");
            assertThat(object.variable("address").get())
                    .isEqualTo(KernelSymbols.addresses(Set.of("_stext")).get("_stext"));
            assertThat(object.variable("missing_address").get()).isZero();
        }
    }

    @Test
    void aTypedVariableIsKnownToTheVerifierByItsType(TestReporter reporter) {
        ObjectSpec typed = spec.withProgram("reads_a_variable", p -> p.withAutoload(true));
        if (KernelBtf.get().find("runqueues", BtfKind.VAR).isEmpty()) {
            KernelSupport.lacks(reporter, "variables in its BTF (pahole 1.22)");
            assertThatThrownBy(() -> BpfObject.load(typed)).hasMessageContaining("kernel variable 'runqueues'");
        } else if (KernelSymbols.exist(Set.of("runqueues"))) {
            try (BpfObject object = BpfObject.load(typed)) {
                object.program("reads_a_variable").run(new byte[0]);
                assertThat(object.variable("cpus").get()).isEqualTo(1);
            }
        } else {
            // Built without CONFIG_KALLSYMS_ALL: the verifier knows the variable that was found, but not its address.
            assertThatThrownBy(() -> BpfObject.load(typed))
                    .isInstanceOf(VerifierException.class)
                    .hasMessageContaining("address for kernel symbol 'runqueues'");
        }
    }

    @Test
    void functionsOfTheKernelAreCalledAndMissingWeakOnesAreNot(TestReporter reporter) {
        ObjectSpec calling = spec.withProgram("calls_functions", p -> p.withAutoload(true));
        if (KernelBtf.get().find("bpf_rcu_read_lock", BtfKind.FUNC).isEmpty()) {
            KernelSupport.lacks(reporter, "bpf_rcu_read_lock (Linux 6.2)");
            assertThatThrownBy(() -> BpfObject.load(calling))
                    .isInstanceOf(BpfException.class)
                    .hasMessageContaining("calls_functions")
                    .hasMessageContaining("'bpf_rcu_read_lock'");
            return;
        }
        try (BpfObject object = BpfObject.load(calling)) {
            assertThat(object.program("calls_functions").run(new byte[0])).isZero();
            assertThat(object.variable("tasks").get()).isEqualTo(1);
            assertThat(object.variable("missing_function").get()).isZero();
        }
    }

    @Test
    void eachFlavourOfAFunctionIsLookedForWithItsOwnDeclaration(TestReporter reporter) {
        ObjectSpec flavours = TestObjects.read("extern_flavours");
        if (KernelBtf.get().find("bpf_rcu_read_lock", BtfKind.FUNC).isEmpty()) {
            KernelSupport.lacks(reporter, "bpf_rcu_read_lock (Linux 6.2)");
            assertThatThrownBy(() -> BpfObject.load(flavours)).hasMessageContaining("'bpf_rcu_read_lock'");
            return;
        }
        try (BpfObject object = BpfObject.load(flavours)) {
            assertThat(object.program("calls_the_one_there_is").run(new byte[0]))
                    .isZero();
            assertThat(object.variable("with_a_number").get()).isZero();
        }
    }

    @Test
    void aCallOfAMissingWeakFunctionIsNamedWithItsLine() {
        ObjectSpec wrong = spec.withProgram("calls_a_missing_function", p -> p.withAutoload(true));
        assertThatThrownBy(() -> BpfObject.load(wrong)).isInstanceOfSatisfying(VerifierException.class, e -> {
            assertThat(e.summary()).contains("kernel function 'nobody_has_this_function'", "bpf_ksym_exists");
            assertThat(e.sourceLine()).contains("return nobody_has_this_function(1);");
        });
    }

    @Test
    void aMissingStrongSymbolIsNamed() {
        ObjectSpec wrong = spec.withProgram("needs_a_missing_symbol", p -> p.withAutoload(true));
        assertThatThrownBy(() -> BpfObject.load(wrong))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("needs_a_missing_symbol")
                .hasMessageContaining("'nobody_has_this_symbol_either'")
                .hasMessageContaining("/proc/kallsyms");
    }

    @Test
    void aMissingStrongOptionIsNamed() {
        ObjectSpec strong = TestObjects.read("externs_strong");
        assertThatThrownBy(() -> BpfObject.load(strong))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("'CONFIG_NOBODY_HAS_THIS'")
                .hasMessageContaining("__weak");
        LoadOptions given =
                LoadOptions.DEFAULTS.withKernelConfig(KernelConfig.parse("given", "CONFIG_NOBODY_HAS_THIS=5"));
        try (BpfObject object = BpfObject.load(strong, given)) {
            assertThat(run(object, "needs_an_option")).isEqualTo(5);
        }
    }
}
