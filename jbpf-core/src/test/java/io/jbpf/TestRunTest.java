package io.jbpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.BpfException;
import io.jbpf.error.SystemCallException;
import io.jbpf.map.BpfMap;
import io.jbpf.map.PossibleCpus;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.object.ProgramType;
import io.jbpf.probe.KernelProbes;
import io.jbpf.program.TestRun;
import io.jbpf.program.TestRunOptions;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.Waits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

@KernelTest
class TestRunTest {
    /** {@code offsetof(struct __sk_buff, ...)}. */
    private static final int MARK = 8;

    private static final int CB = 48;
    private static final int SK_BUFF = 192;

    private static BpfObject load(String name) {
        return BpfObject.load(TestObjects.read("test_run").withProgram(name, program -> program.withAutoload(true)));
    }

    private static byte[] words(long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.nativeOrder());
        for (long value : values) {
            bytes.putLong(value);
        }
        return bytes.array();
    }

    @Test
    void aPacketProgramGetsItsContextAndGivesItBack() {
        ByteBuffer context =
                ByteBuffer.allocate(SK_BUFF).order(ByteOrder.nativeOrder()).putInt(MARK, 41);
        try (BpfObject object = load("marks")) {
            TestRun run = object.program("marks")
                    .testRun(TestRunOptions.packet(new byte[100]).withContext(context.array()));
            assertThat(run.returned()).isEqualTo(41);
            assertThat(run.context().getInt(MARK)).isEqualTo(42);
            assertThat(run.context().getInt(CB)).isEqualTo(100);
            assertThat(run.data().remaining()).isEqualTo(100);
        }
    }

    @Test
    void aPacketComesBackShorterOrLonger() {
        byte[] packet = new byte[64];
        for (int i = 0; i < packet.length; i++) {
            packet[i] = (byte) i;
        }
        try (BpfObject object = load("shortens")) {
            ByteBuffer shorter = object.program("shortens").testRun(packet, 1).data();
            assertThat(shorter.remaining()).isEqualTo(50);
            assertThat(shorter.get(0)).isEqualTo((byte) 14);
        }
        try (BpfObject object = load("lengthens")) {
            TestRun run = object.program("lengthens").testRun(packet, 1);
            assertThat(run.data().remaining()).isEqualTo(78);
            assertThat(run.data().get(14 + 5)).isEqualTo((byte) 5);
            assertThat(run.context().remaining()).isZero();
        }
    }

    @Test
    void aRawTracepointRunsWithArgumentsOnACpuOfChoice() {
        try (BpfObject object = load("adds")) {
            int cpu = PossibleCpus.count() > 1 ? 1 : 0;
            TestRun run = object.program("adds")
                    .testRun(TestRunOptions.context(words(40, 2)).onCpu(cpu));
            assertThat(run.returned()).isEqualTo(42);
            assertThat(object.variable("seen_cpu").get()).isEqualTo(cpu);
            assertThatThrownBy(() -> object.program("adds").testRun(new byte[64], 1))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("EINVAL");
        }
    }

    @Test
    void aSyscallProgramWritesItsContext(TestReporter reporter) {
        if (KernelProbes.programType(ProgramType.SYSCALL).isUnsupported()) {
            assertThatThrownBy(() -> load("squares").close())
                    .isInstanceOf(BpfException.class)
                    .hasMessageContaining("BPF_PROG_TYPE_SYSCALL");
            KernelSupport.lacks(reporter, "SYSCALL programs (5.14)");
            return;
        }
        try (BpfObject object = load("squares")) {
            TestRun run = object.program("squares").testRun(TestRunOptions.context(words(12, 0)));
            assertThat(run.returned()).isEqualTo(1);
            assertThat(run.context().getLong(Long.BYTES)).isEqualTo(144);
        }
    }

    @Test
    void aMapLivesAsLongAsTheProgramItIsBoundTo() {
        int id;
        try (BpfObject object = load("marks")) {
            try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_bound", MapType.ARRAY, 4, 4, 1))) {
                id = map.info().id();
                object.program("marks").bind(map);
                object.program("marks").bind(map);
            }
            BpfMap.openById(id).close();
        }
        Waits.until(() -> KernelObjects.maps().stream().noneMatch(map -> map.id() == id));
    }

    @Test
    void whatCannotBeRunIsRefusedBeforeItIsTried() {
        TestRunOptions context = TestRunOptions.context(new byte[8]);
        assertThatThrownBy(() -> context.withRepeat(2)).isInstanceOf(IllegalArgumentException.class);
        TestRunOptions packet = TestRunOptions.packet(new byte[64]);
        assertThatThrownBy(() -> packet.withRepeat(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
