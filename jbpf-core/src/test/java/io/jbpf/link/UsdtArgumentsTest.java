package io.jbpf.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.BpfObject;
import io.jbpf.error.BpfException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.object.ObjectSpec;
import io.jbpf.probe.Feature;
import io.jbpf.probe.KernelProbes;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.Tool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import jnr.ffi.Platform;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A program that was written for libbpf sees what another program's probe has to say. */
@KernelTest
@SuppressWarnings("try") // a link does its work by being open
class UsdtArgumentsTest {
    private static final long COOKIE = 0x1234_5678_9abc_def0L;

    @TempDir
    Path directory;

    private static boolean isForeign(TestReporter reporter) {
        boolean foreign = Platform.getNativePlatform().getCPU() != Platform.CPU.X86_64;
        if (foreign) {
            KernelSupport.lacks(reporter, "the processor that the test's program is for");
        }
        return foreign;
    }

    /** What the places' arguments are for a number: see usdt_target.S. */
    private static long[] expected(int n) {
        return new long[] {
            -n,
            0x0101_0101_0101_0101L * n,
            -9,
            70000 & 0xffff,
            (short) (-100 * n),
            n & 0xff,
            104,
            n,
            (byte) 0x80,
            0x90,
            0,
            0
        };
    }

    private static long[] many(LinkObject object) {
        ByteBuffer bytes =
                ByteBuffer.wrap(object.object().variable("many").bytes()).order(ByteOrder.nativeOrder());
        return IntStream.range(0, 12).mapToLong(i -> bytes.getLong(i * 8)).toArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"usdt_target", "usdt_target_pie"})
    void argumentsAreThoseThatWerePassed(String name, TestReporter reporter) throws IOException {
        if (isForeign(reporter)) {
            return;
        }
        try (UsdtTarget target = UsdtTarget.start(name, directory);
                LinkObject object = LinkObject.loadFrom("usdt", "on_sample")) {
            assertThat(target.pass(1)).isZero();
            try (Link link = attach(object, target, UprobeLink.Options.ENTRY.ofProcess(target.pid()))) {
                for (int n : new int[] {1, 100, 255}) {
                    assertThat(target.pass(n)).as("semaphore").isEqualTo(2);
                    assertThat(object.get("many_count")).isEqualTo(10);
                    assertThat(many(object)).as(link.description()).containsExactly(expected(n));
                    assertThat(object.get("one")).isEqualTo(3L * n);
                    assertThat(object.get("cookie")).isEqualTo(COOKIE);
                }
                assertThat(object.get("hits")).isEqualTo(6);
            }
            assertThat(target.pass(1)).as("semaphore").isZero();
            assertThat(object.get("hits")).isEqualTo(6);
        }
    }

    private static UsdtLink attach(LinkObject object, UsdtTarget target, UprobeLink.Options options) {
        return UsdtLink.attach(
                object.program("on_sample"),
                object.object().usdtSpecs().orElseThrow(),
                target.file(),
                UsdtTarget.PROVIDER,
                UsdtTarget.PROBE,
                options.withCookie(COOKIE));
    }

    @Test
    void theSectionSaysWhereItBelongs(TestReporter reporter) throws IOException {
        if (isForeign(reporter)) {
            return;
        }
        try (UsdtTarget target = UsdtTarget.start("usdt_target", directory)) {
            ObjectSpec spec = TestObjects.read("usdt").withProgram("on_sample", p -> p.withAutoload(true)
                    .withAttachTarget(target.file() + ":jbpf:sample"));
            try (BpfObject object = BpfObject.load(spec);
                    Link link = object.attach("on_sample")) {
                target.pass(7);
                assertThat(object.variable("one").get()).as(link.description()).isEqualTo(21);
                assertThat(object.variable("cookie").get()).isZero();
            }
        }
    }

    @Test
    void entriesAreGivenBackWithTheLink(TestReporter reporter) throws IOException {
        if (isForeign(reporter)) {
            return;
        }
        try (UsdtTarget target = UsdtTarget.start("usdt_target", directory);
                LinkObject object = LinkObject.loadFrom("usdt", "on_sample")) {
            // Each takes two entries of three; without cookies it takes the addresses, too.
            String told = KernelProbes.feature(Feature.BPF_COOKIE).isSupported()
                    ? "all 3 entries of map '__bpf_usdt_specs' are taken"
                    : "is attached already: before Linux 5.15";
            for (int i = 0; i < 4; i++) {
                try (UsdtLink link = attach(object, target, UprobeLink.Options.ENTRY)) {
                    assertThat(link.probes()).hasSize(2);
                    assertThatThrownBy(() -> attach(object, target, UprobeLink.Options.ENTRY))
                            .isInstanceOf(BpfException.class)
                            .hasMessageContaining(told);
                    target.pass(2);
                    assertThat(object.get("one")).isEqualTo(6);
                    link.close();
                }
            }
            LinkObject.leavesNoDescriptor(
                    () -> attach(object, target, UprobeLink.Options.ENTRY).close());
        }
    }

    @Test
    void withoutCookiesAProcessMustBeNamedIfTheFileIsLoadedAnywhere(TestReporter reporter) throws IOException {
        if (isForeign(reporter)) {
            return;
        }
        try (UsdtTarget target = UsdtTarget.start("usdt_target_pie", directory);
                LinkObject object = LinkObject.loadFrom("usdt", "on_sample")) {
            if (KernelSupport.isMissing(
                    KernelProbes.feature(Feature.BPF_COOKIE), "attach cookies (Linux 5.15)", reporter)) {
                assertThatThrownBy(() -> attach(object, target, UprobeLink.Options.ENTRY))
                        .isInstanceOf(UnsupportedFeatureException.class)
                        .hasMessageContaining("ofProcess()")
                        .hasMessageContaining("5.15");
                assertThat(target.pass(1)).isZero();
                return;
            }
            try (Link link = attach(object, target, UprobeLink.Options.ENTRY)) {
                target.pass(5);
                assertThat(object.get("one")).as(link.description()).isEqualTo(15);
            }
        }
    }

    /** Debian's libbpf-dev; that of Debian 12 cannot read memory that two registers point to. */
    @Test
    @RequiresTool("clang-14")
    void aProgramWithTheHeaderItselfWorksUnchanged(TestReporter reporter) throws Exception {
        if (isForeign(reporter)) {
            return;
        }
        Path source = directory.resolve("probe.bpf.c");
        Files.writeString(source, """
                #include <stdbool.h>
                #include <linux/bpf.h>
                #include <linux/ptrace.h>
                #include <bpf/bpf_helpers.h>
                #include <bpf/bpf_tracing.h>
                #include <bpf/usdt.bpf.h>
                __u64 seen;
                __s64 count;
                __u64 cookie;
                SEC("usdt")
                int BPF_USDT(on_start, void *name, __u64 length, __u64 id)
                {
                    if (length != 25) /* the virtual machine has threads of its own */
                        return 0;
                    seen++;
                    count = bpf_usdt_arg_cnt(ctx);
                    cookie = bpf_usdt_cookie(ctx);
                    return 0;
                }
                char LICENSE[] SEC("license") = "GPL";
                """);
        Path object = directory.resolve("probe.bpf.o");
        Tool.run(
                "clang-14",
                "-target",
                "bpf",
                "-g",
                "-O2",
                "-D__TARGET_ARCH_x86",
                "-I/usr/include/x86_64-linux-gnu",
                "-c",
                source.toString(),
                "-o",
                object.toString());
        try (BpfObject loaded = BpfObject.load(ObjectSpec.read(object));
                Link link = UsdtLink.attach(
                        loaded.program("on_start"),
                        loaded.usdtSpecs().orElseThrow(),
                        UsdtLinkTest.libjvm(),
                        "hotspot",
                        "thread__start",
                        UprobeLink.Options.ENTRY
                                .ofProcess((int) ProcessHandle.current().pid())
                                .withCookie(COOKIE))) {
            Thread thread = new Thread(() -> {}, "a-thread-with-a-long-name");
            thread.start();
            thread.join();
            assertThat(loaded.variable("seen").get()).as(link.description()).isEqualTo(1);
            assertThat(loaded.variable("count").get()).isGreaterThanOrEqualTo(3);
            assertThat(loaded.variable("cookie").get()).isEqualTo(COOKIE);
        }
    }
}
