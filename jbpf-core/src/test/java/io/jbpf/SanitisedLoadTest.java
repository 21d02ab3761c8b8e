package io.jbpf;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.LoadReport.ProgramTrial;
import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfFeature;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfSanitiser;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.kernel.KernelConfig;
import io.jbpf.kernel.KernelTypes;
import io.jbpf.map.MapInfo;
import io.jbpf.object.MapSpec;
import io.jbpf.object.ObjectSpec;
import io.jbpf.probe.BtfProbe;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.NativeMemory;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.Tool;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every test object, as a kernel would get it that lacks a feature of BTF. The running kernel has them all, and takes what
 * is left without: a kernel that lacks more takes no less.
 */
@KernelTest
@Tag(KernelSupport.SIMULATED)
class SanitisedLoadTest {
    private static final Set<BtfFeature> ALL = EnumSet.allOf(BtfFeature.class);
    private static final int LOG_SIZE = 1 << 16;
    private static final LoadOptions OPTIONS =
            LoadOptions.DEFAULTS.withKernelConfig(KernelConfig.parse("test", "CONFIG_NOBODY_HAS_THIS=7"));

    /** What no loader may read, for the sake of the tests that it does not. */
    private static final Set<String> REFUSED = Set.of("legacy_maps", "misplaced_values", "static_map", "two_arenas");

    /** Their types say what the verifier shall do: which function catches exceptions, which argument is the context. */
    private static final Set<String> MEANT_FOR_THE_VERIFIER = Set.of("exceptions", "context_arguments");

    /** All that can be read. */
    private static List<ObjectSpec> objects() {
        return TestObjects.names().stream()
                .filter(name -> !REFUSED.contains(name))
                .map(TestObjects::read)
                .toList();
    }

    /** Each feature alone, all together, and what kernels lacked one after the other. */
    static Stream<Set<BtfFeature>> lacking() {
        List<Set<BtfFeature>> lacking = new ArrayList<>();
        ALL.forEach(feature -> lacking.add(EnumSet.of(feature)));
        ALL.forEach(feature -> lacking.add(EnumSet.range(feature, BtfFeature.QUESTION_MARK_DATASEC)));
        return lacking.stream().distinct();
    }

    @ParameterizedTest
    @MethodSource("lacking")
    void theKernelTakesTheTypesOfEveryObjectWithoutWhatItLacks(Set<BtfFeature> lacking) {
        boolean used = false;
        for (ObjectSpec spec : objects()) {
            used |= assertTaken(spec, lacking);
        }
        if (!lacking.equals(Set.of(BtfFeature.ENUM64)) && !lacking.equals(Set.of(BtfFeature.QUESTION_MARK_DATASEC))) {
            assertThat(used).as("some object needs it").isTrue();
        }
    }

    /** Whether anything had to be changed. */
    private static boolean assertTaken(ObjectSpec spec, Set<BtfFeature> lacking) {
        byte[] original = spec.kernelBtf().orElseThrow();
        byte[] left = BtfSanitiser.sanitise(Btf.parse(spec.name(), original), without(lacking));
        NativeMemory log = NativeMemory.allocate(LOG_SIZE);
        int fd = Bpf.host().btfLoad(NativeMemory.copyOf(left), log, 1);
        assertThat(fd).as("%s: %s", spec.name(), log.cString(0, LOG_SIZE)).isNotNegative();
        Bpf.host().own(fd, "sanitised BTF").close();

        Btf before = Btf.parse(spec.name(), original);
        Btf after = Btf.parse(spec.name(), left);
        assertSameLayout(before, after);
        for (MapSpec map : spec.maps().values()) {
            for (int id : new int[] {map.keyTypeId(), map.valueTypeId()}) {
                if (id != 0) {
                    assertThat(after.sizeOf(id))
                            .as("%s of %s", map, spec.name())
                            .isEqualTo(before.sizeOf(id));
                }
            }
        }
        for (int id = 1; id <= before.lastId(); id++) {
            if (!before.type(id).equals(after.type(id))) {
                return true;
            }
        }
        return false;
    }

    private static void assertSameLayout(Btf before, Btf after) {
        for (int id = 1; id <= before.lastId(); id++) {
            if (before.type(id) instanceof Struct struct) {
                assertThat(after.type(id)).isEqualTo(struct);
                for (Member member : struct.members()) {
                    assertThat(after.sizeOf(member.typeId()))
                            .as("'%s' of '%s'", member.name(), struct.name())
                            .isEqualTo(before.sizeOf(member.typeId()));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("lacking")
    void whateverLoadsWithAllTypesLoadsWithoutSome(Set<BtfFeature> lacking) {
        for (ObjectSpec spec : objects()) {
            if (MEANT_FOR_THE_VERIFIER.contains(spec.name())) {
                continue;
            }
            Map<String, String> whole = refusals(spec, Optional.empty());
            Map<String, String> left = refusals(spec, Optional.of(without(lacking)));
            // The kernel knows a callback by its function's type, and so would a kernel that lacks those lack
            // callbacks.
            left.values()
                    .removeIf(
                            refusal -> lacking.contains(BtfFeature.FUNC) && refusal.contains("missing btf func_info"));
            left.keySet().removeAll(whole.keySet());
            assertThat(left).as("%s without %s", spec.name(), lacking).isEmpty();
        }
    }

    /** Why programs and maps do not load, by their names. */
    private static Map<String, String> refusals(ObjectSpec spec, Optional<Set<BtfFeature>> features) {
        ObjectSpec unpinned = spec;
        for (String map : spec.maps().keySet()) {
            unpinned = unpinned.withMap(map, m -> m.withPinnedByName(false));
        }
        LoadReport report = new ObjectLoad(unpinned, OPTIONS, features).report();
        Map<String, String> refusals = new TreeMap<>();
        report.refusedMaps()
                .forEach((map, refusal) -> refusals.put("map " + map, String.valueOf(refusal.getMessage())));
        for (ProgramTrial trial : report.programs()) {
            trial.refusal()
                    .ifPresent(refusal ->
                            refusals.put("program " + trial.program().name(), String.valueOf(refusal.getMessage())));
        }
        return refusals;
    }

    @Test
    void mapsAndProgramsReferToTheTypesThatAreLeft() {
        ObjectSpec spec = TestObjects.read("types");
        Btf whole = spec.btf().orElseThrow();
        int number = whole.find("double", BtfKind.FLOAT).orElseThrow();
        try (BpfObject object =
                new ObjectLoad(spec, LoadOptions.DEFAULTS, Optional.of(without(Set.of(BtfFeature.FLOAT)))).run()) {
            MapInfo map = object.map("measured").info();
            assertThat(map.btfId()).isPositive();
            assertThat(object.program("reads").info().btfId()).isEqualTo(map.btfId());
            Btf loaded = KernelTypes.ofId(map.btfId());
            assertThat(loaded.type(number)).isEqualTo(new Struct("", 8, false, List.of()));
            assertThat(loaded.type(spec.map("measured").valueTypeId()))
                    .isEqualTo(whole.type(spec.map("measured").valueTypeId()));
        }
    }

    @Test
    @RequiresTool("clang-19")
    void theSameHoldsForTheEnumsOfANewerCompiler(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("types.o");
        Tool.run(
                "clang-19",
                "-target",
                "bpfel",
                "-mcpu=v2",
                "-O2",
                "-g",
                "-c",
                "src/test/bpf/types.bpf.c",
                "-o",
                file.toString());
        ObjectSpec spec = ObjectSpec.read(file);
        assertThat(spec.btf().orElseThrow().find("huge", BtfKind.ENUM64)).isPresent();
        for (Set<BtfFeature> lacking : lacking().toList()) {
            assertTaken(spec, lacking);
            assertThat(refusals(spec, Optional.of(without(lacking)))).isEmpty();
        }
        // This one has a bit field of 41 bits of an enum, which no kernel takes as it is.
        try (BpfObject object = BpfObject.load(spec)) {
            assertThat(object.map("by_key").info().btfId()).isPositive();
        }
    }

    /** What this kernel takes, less that. */
    private static Set<BtfFeature> without(Set<BtfFeature> lacking) {
        Set<BtfFeature> left = EnumSet.copyOf(BtfProbe.supported());
        left.removeAll(lacking);
        return left;
    }
}
