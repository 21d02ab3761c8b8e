package io.jbpf.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.jbpf.BpfObject;
import io.jbpf.KernelObjects;
import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfKind;
import io.jbpf.inspect.Disassembly.Row;
import io.jbpf.inspect.Disassembly.Source;
import io.jbpf.kernel.BtfInfo;
import io.jbpf.kernel.KernelBtf;
import io.jbpf.object.ObjectSpec;
import io.jbpf.program.BpfProgram;
import io.jbpf.program.ProgramCode;
import io.jbpf.program.ProgramInfo;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.TestPrograms;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

@KernelTest
class DisassemblyTest {
    private static final List<String> SOURCE = lines(Path.of("src", "test", "bpf", "inspect.bpf.c"));

    private final BpfObject object = BpfObject.load(TestObjects.read("inspect"));
    private final BpfProgram program = object.program("looks_up");

    @AfterEach
    void removeAll() {
        object.close();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void instructionsStandBesideTheLinesTheyCameFrom() {
        Disassembly disassembly = Disassembly.of(program);

        assertThat(disassembly.rows())
                .extracting(Row::function)
                .filteredOn(Optional::isPresent)
                .containsExactly(Optional.of("looks_up"), Optional.of("doubled"));
        List<Source> sources = disassembly.rows().stream()
                .flatMap(row -> row.source().stream())
                .toList();
        assertThat(sources).isNotEmpty().allSatisfy(source -> {
            assertThat(source.file()).endsWith("inspect.bpf.c");
            assertThat(SOURCE.get(source.line() - 1)).containsIgnoringWhitespaces(source.text());
        });
        assertThat(sources).extracting(Source::text).contains("return value * 2;", "return doubled(number);");
    }

    @Test
    void theyNameTheMapsAndFunctionsOfThisKernel() {
        List<String> text =
                Disassembly.of(program).rows().stream().map(Row::text).toList();

        int flows = object.map("flows").info().id();
        assertThat(text).anyMatch(line -> line.endsWith("= map[id:" + flows + "]"));
        int data = object.map(".data").info().id();
        assertThat(text).anyMatch(line -> line.contains("= map[id:" + data + "][0]+"));
        // The verifier may have put the lookup of a hash in the place of the helper that asks which kind of map it is.
        assertThat(text).anyMatch(line -> line.matches("\\(85\\) call \\w*map_lookup_elem#-?\\d+"));
        assertThat(text).anyMatch(line -> line.matches("\\(85\\) call pc\\+\\d+#bpf_prog_[0-9a-f]{16}_(F|doubled)"));
        assertThat(text).endsWith("(95) exit");
    }

    @Test
    void codeHasWhatTheInfoCounts() {
        ProgramInfo info = program.info();
        ProgramCode code = program.code();

        assertThat(code.instructions()).hasSize(info.translatedSize() / 8);
        assertThat(code.functions()).hasSize(2);
        assertThat(code.functions().get(0).index()).isZero();
        assertThat(code.lines()).isNotEmpty();
        assertThat(code.jited()).hasSize(2);
        assertThat(code.jited().stream()
                        .mapToInt(function -> function.code().remaining())
                        .sum())
                .isEqualTo(info.jitedSize());
    }

    @Test
    void aProgramWithoutTypesHasItsInstructionsAlone() {
        try (BpfProgram plain = TestPrograms.owned(TestPrograms.schedCls("plain", 2))) {
            assertThat(Disassembly.of(plain).rows())
                    .extracting(Row::text, Row::function, Row::source)
                    .containsExactly(
                            tuple("(b7) r0 = 2", Optional.empty(), Optional.empty()),
                            tuple("(95) exit", Optional.empty(), Optional.empty()));
        }
    }

    @Test
    void infoSaysWhoLoadedItAndWhen() throws IOException {
        ProgramInfo info = program.info();
        Duration uptime = Duration.ofMillis((long)
                (Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ", -1)[0]) * 1000));

        assertThat(info.userId()).isZero();
        assertThat(info.gplCompatible()).isTrue();
        assertThat(info.loadTime()).isBetween(uptime.minusMinutes(5), uptime.plusSeconds(1));
        assertThat(info.attachBtfId()).isZero();
        assertThat(program.lockedMemory().orElseThrow()).isGreaterThanOrEqualTo(4096);
        assertThat(object.map("flows").state().lockedMemory().orElseThrow()).isPositive();
        assertThat(object.map("flows").state().frozen()).isFalse();
        assertThat(object.map(".rodata").state().frozen()).isTrue();
    }

    @Test
    void theKernelsBtfIsListedToo(TestReporter reporter) {
        List<BtfInfo> kernels =
                KernelObjects.btfs().stream().filter(BtfInfo::kernel).toList();
        if (kernels.isEmpty()) {
            KernelSupport.lacks(reporter, "ids for the BTF of the kernel and its modules (Linux 5.11)");
            return;
        }
        assertThat(kernels).allSatisfy(info -> {
            Btf types = BtfInfo.typesOf(info.id());
            if (info.name().equals("vmlinux")) {
                assertThat(types).isSameAs(KernelBtf.get());
            } else {
                assertThat(types.base()).containsSame(KernelBtf.get());
                assertThat(types.lastId())
                        .isEqualTo(KernelBtf.module(info.name()).lastId());
            }
        });
        assertThat(kernels).extracting(BtfInfo::name).contains("vmlinux");
    }

    @Test
    void whatAProgramIsLoadedForIsInTheKernelsTypes(TestReporter reporter) {
        ObjectSpec spec = TestObjects.read("links").withProgram("on_btf_tracepoint", each -> each.withAutoload(true));
        try (BpfObject traced = BpfObject.load(spec)) {
            ProgramInfo info = traced.program("on_btf_tracepoint").info();
            if (info.attachBtfObjectId() == 0) {
                KernelSupport.lacks(reporter, "telling what a program is loaded for (Linux 5.18)");
                return;
            }
            assertThat(BtfInfo.typesOf(info.attachBtfObjectId()).typeName(info.attachBtfId()))
                    .isEqualTo("btf_trace_sys_enter");
        }
    }

    @Test
    void btfIsListedAndOpenedById() {
        int id = program.info().btfId();
        BtfInfo info = BtfInfo.byId(id);

        assertThat(info.id()).isEqualTo(id);
        assertThat(info.kernel()).isFalse();
        assertThat(info.name()).isEmpty();
        assertThat(KernelObjects.btfs()).contains(info);
        assertThat(BtfInfo.typesOf(id).find("flow", BtfKind.STRUCT)).isPresent();
    }
}
