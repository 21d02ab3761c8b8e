package io.jbpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.link.RawTracepointLink;
import io.jbpf.object.ObjectSpec;
import io.jbpf.object.ProgramType;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.Waits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@KernelTest
class BtfTargetTest {
    private final ObjectSpec spec = TestObjects.read("btf_targets");

    private ObjectSpec only(String program) {
        ObjectSpec only = spec;
        for (String name : spec.programs().keySet()) {
            only = only.withProgram(name, p -> p.withAutoload(name.equals(program)));
        }
        return only;
    }

    @Test
    void aBtfTracepointSeesEverySwitch() {
        try (BpfObject object = BpfObject.load(spec);
                RawTracepointLink link = RawTracepointLink.attach(object.program("on_switch"), "")) {
            assertThat(link.info().typeName()).isEqualTo("raw_tracepoint");
            Waits.until(() -> object.variable("switches").get() > 0);
        }
    }

    @Test
    void anIteratorIsLoadedForItsType() {
        try (BpfObject object = BpfObject.load(only("on_task"))) {
            assertThat(object.program("on_task").type()).contains(ProgramType.TRACING);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"on_entry", "on_exit", "modifies", "on_open"})
    void functionsAndHooksAreFoundEvenWhereTheKernelForbidsThem(String program, TestReporter reporter) {
        try (BpfObject object = BpfObject.load(only(program))) {
            assertThat(object.program(program).info().id()).isPositive();
        } catch (SystemCallException e) {
            // A kernel without ftrace's direct calls, or in lockdown: everything was found, and the answer is its own.
            assertThat(e.errno()).isEqualTo(Errno.EPERM);
            KernelSupport.lacks(reporter, "direct calls of ftrace, or BPF LSM: " + e.errno());
        }
    }

    @Test
    void whatTheKernelDoesNotHaveIsNamed() {
        assertThatThrownBy(() -> BpfObject.load(only("on_nothing")))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("program 'on_nothing'")
                .hasMessageContaining("'btf_trace_nobody_has_this_tracepoint'");
        assertThatThrownBy(() -> BpfObject.load(only("in_no_module"))).hasMessageContaining("btf_trace_sched_switch");
        assertThatThrownBy(() -> BpfObject.load(only("without_target")))
                .hasMessageContaining("does not say what it is for");
        assertThatThrownBy(() -> BpfObject.load(only("better_answer")))
                .hasMessageContaining("LoadOptions.withTargetProgram()");
    }

    @Test
    void aTargetGivenInCodeServesAsWellAsOneInTheSectionsName() {
        ObjectSpec told = only("without_target")
                .withProgram("without_target", p -> p.withAttachType(io.jbpf.object.AttachType.TRACE_RAW_TP)
                        .withAttachTarget("sched_switch"));
        try (BpfObject object = BpfObject.load(told)) {
            assertThat(object.program("without_target").info().id()).isPositive();
        }
    }

    @Test
    void aReplacementIsLoadedForAFunctionOfAnotherProgram() {
        try (BpfObject target = BpfObject.load(only("asks"))) {
            assertThat(target.program("asks").testRun(new byte[64], 1).returned())
                    .isEqualTo(42);
            LoadOptions options = LoadOptions.DEFAULTS.withTargetProgram("better_answer", target.program("asks"));
            try (BpfObject object = BpfObject.load(only("better_answer"), options)) {
                assertThat(object.program("better_answer").type()).contains(ProgramType.EXT);
            } catch (SystemCallException e) {
                assertThat(e.errno()).isEqualTo(Errno.EPERM);
            }
            LoadOptions wrong = LoadOptions.DEFAULTS.withTargetProgram("on_task", target.program("asks"));
            assertThatThrownBy(() -> BpfObject.load(only("on_task"), wrong))
                    .hasMessageContaining("has no function 'task'");
        }
    }
}
