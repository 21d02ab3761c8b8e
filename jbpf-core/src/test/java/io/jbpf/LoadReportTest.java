package io.jbpf;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.LoadReport.ProgramTrial;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.VerifierException;
import io.jbpf.fs.BpfFs;
import io.jbpf.object.ObjectSpec;
import io.jbpf.program.VerifierStatistics;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.Waits;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

@KernelTest
class LoadReportTest {
    private final ObjectSpec spec = TestObjects.read("attach");

    @Test
    void aProgramThatIsRefusedDoesNotHideWhatBecomesOfTheNext() {
        LoadReport report = BpfObject.check(spec, LoadOptions.DEFAULTS);

        assertThat(report.programs())
                .extracting(trial -> trial.program().name())
                .containsExactlyElementsOf(spec.programs().keySet());
        assertThat(report.program("reads_without_asking").refusal())
                .containsInstanceOf(VerifierException.class)
                .hasValueSatisfying(refusal -> assertThat(refusal).hasMessageContaining("invalid mem access"));
        assertThat(report.program("asks_for_a_missing_field").loaded()).isFalse();
        assertThat(report.program("on_ingress").loaded()).isTrue();
        assertThat(report.program("on_ingress").statistics()).isEmpty();
        assertThat(report.program("on_ingress").instructions()).isPositive();
    }

    @Test
    void onlyWhatWouldBeLoadedDecidesWhetherTheObjectLoads() {
        LoadReport report = BpfObject.check(spec, LoadOptions.DEFAULTS);
        assertThat(report.loaded()).isTrue();
        BpfObject.load(spec).close();

        ObjectSpec eager = spec.withProgram("reads_without_asking", program -> program.withAutoload(true));
        LoadReport refused = BpfObject.check(eager, LoadOptions.DEFAULTS);
        assertThat(refused.loaded()).isFalse();
        assertThat(refused.loadable(eager).program("reads_without_asking").autoload())
                .isFalse();
        BpfObject.load(refused.loadable(eager)).close();
    }

    @Test
    void aMapThatCannotBeMadeRefusesTheProgramsThatUseItAndNoOthers() {
        LoadReport report = BpfObject.check(spec.withMap("hits", map -> map.withMaxEntries(0)), LoadOptions.DEFAULTS);

        assertThat(report.loaded()).isFalse();
        assertThat(report.refusedMaps()).containsOnlyKeys("hits");
        assertThat(report.program("on_ingress").refusal())
                .containsInstanceOf(SystemCallException.class)
                .hasValue(report.refusedMaps().get("hits"));
        assertThat(report.program("drop_all").loaded()).isTrue();
    }

    @Test
    void theVerifierTellsWhatAProgramCostIfItIsAsked() {
        LoadReport report = BpfObject.check(spec, LoadOptions.DEFAULTS.withStatistics());

        ProgramTrial trial = report.program("on_ingress");
        VerifierStatistics statistics = trial.statistics().orElseThrow();
        assertThat(statistics.instructions().orElseThrow()).isBetween(1L, (long) trial.instructions());
        assertThat(statistics.states()).isPresent();
        assertThat(statistics.peakStates()).isPresent();
        assertThat(statistics.microseconds()).isPresent();
        assertThat(report.program("reads_without_asking").statistics()).isEmpty();
    }

    @Test
    void nothingIsLeftAndNothingIsPinned() throws Exception {
        BpfFs pins = BpfFs.mounted()
                .subdirectory("jbpf_report_" + ProcessHandle.current().pid());
        LoadOptions options = LoadOptions.DEFAULTS.withPins(pins);
        ObjectSpec pinned =
                spec.withMap("hits", map -> map.withPinnedByName(true).withName("jbpf_checked"));
        try {
            assertThat(BpfObject.check(pinned, options).loaded()).isTrue();
            assertThat(pins.pin("hits")).doesNotExist();
            Waits.until(() ->
                    KernelObjects.maps().stream().noneMatch(map -> map.name().equals("jbpf_checked")));

            BpfObject.load(pinned, options).close();
            ObjectSpec larger = pinned.withMap("hits", map -> map.withMaxEntries(64));
            assertThat(BpfObject.check(pinned, options).loaded()).isTrue();
            assertThat(BpfObject.check(larger, options).refusedMaps().get("hits"))
                    .hasMessageContaining("max entries is 3, not 64");
        } finally {
            Files.deleteIfExists(pins.pin("hits"));
            Files.delete(pins.directory());
        }
    }
}
