package io.jbpf;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfBuilder;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.object.ObjectSpec;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Programs fitted to types that the caller brings, which are not those of the running kernel. */
@KernelTest
class GivenKernelBtfTest {
    private final Btf given = TestObjects.read("core_kernel").btf().orElseThrow();

    /** What a program of core.bpf.c answers when it has run. */
    private static List<Long> answers(String program, LoadOptions options) {
        ObjectSpec only = TestObjects.read("core");
        for (String name : only.programs().keySet()) {
            only = only.withProgram(name, p -> p.withAutoload(name.equals(program)));
        }
        try (BpfObject object = BpfObject.load(only, options)) {
            object.program(program).testRun(new byte[64], 1);
            ByteBuffer out = ByteBuffer.wrap(object.variable("out").bytes()).order(ByteOrder.nativeOrder());
            List<Long> answers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                answers.add(out.getLong());
            }
            return answers;
        }
    }

    @Test
    void answersComeFromTheTypesThatWereGiven() {
        assertThat(answers("numbers", LoadOptions.DEFAULTS.withKernelBtf(given)))
                .containsExactly(216L, 32L, 1L, 0L, 1L, 0L, 16L, 40L);
    }

    @Test
    void splitTypesAnswerWithTheirBases() {
        int task = given.find("task", BtfKind.STRUCT).orElseThrow();
        List<Long> base = answers("types", LoadOptions.DEFAULTS.withKernelBtf(given));
        assertThat(base.subList(0, 4)).containsExactly(1L, 0L, given.sizeOf(task), 0L);
        assertThat(base.get(5)).isEqualTo(task);

        BtfBuilder module = BtfBuilder.split(given);
        module.add(new Struct("missing", 12, false, List.of()));
        List<Long> split = answers("types", LoadOptions.DEFAULTS.withKernelBtf(module.build("module")));
        assertThat(split.subList(0, 4)).containsExactly(1L, 1L, given.sizeOf(task), 12L);
        assertThat(split.get(5)).isEqualTo(task);
    }

    @Test
    void withoutAnyTheRunningKernelAnswers() {
        assertThat(answers("types", LoadOptions.DEFAULTS).subList(0, 4)).containsExactly(0L, 0L, 0L, 0L);
    }
}
