package io.jbpf.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The house has floors: a package knows those below, never one beside or above it. */
final class FloorsTest {
    /** From the ground up. A new package gets its place here. */
    private static final List<Set<String>> FLOORS = List.of(
            Set.of("error"),
            Set.of("bytes"),
            Set.of("elf", "btf", "insn"),
            Set.of("relocation", "csource", "value"),
            Set.of("object", "sys"),
            Set.of("kernel"),
            Set.of("fs", "map", "netlink"),
            Set.of("program", "probe"),
            Set.of("link", "event"),
            Set.of("inspect"),
            Set.of(""));

    /** The floors that know no kernel: they run on any machine. */
    private static final Set<String> PURE =
            Set.of("error", "bytes", "elf", "btf", "insn", "relocation", "csource", "value", "object");

    private static final JavaClasses LIBRARY = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.jbpf");

    private static int floorOf(String name) {
        for (int floor = 0; floor < FLOORS.size(); floor++) {
            if (FLOORS.get(floor).contains(name)) {
                return floor;
            }
        }
        return -1;
    }

    /** The package's name after {@code io.jbpf.}; empty for {@code io.jbpf} itself. */
    private static String room(JavaClass type) {
        String name = type.getPackageName();
        return name.equals("io.jbpf") ? "" : name.substring("io.jbpf.".length());
    }

    private static DescribedPredicate<JavaClass> notBelow(String room) {
        return DescribedPredicate.describe(
                "of a floor that is not below '" + room + "'",
                type -> type.getPackageName().startsWith("io.jbpf")
                        && !room(type).equals(room)
                        && floorOf(room(type)) >= floorOf(room));
    }

    @Test
    void everyPackageHasItsFloor() {
        assertThat(LIBRARY.stream().filter(type -> !type.getPackageName().isEmpty()))
                .isNotEmpty()
                .allSatisfy(type -> assertThat(floorOf(room(type)))
                        .as("package of %s", type.getName())
                        .isNotNegative());
    }

    @Test
    void aPackageImportsOnlyFromFloorsBelow() {
        for (Set<String> floor : FLOORS) {
            for (String room : floor) {
                noClasses()
                        .that()
                        .resideInAPackage(room.isEmpty() ? "io.jbpf" : "io.jbpf." + room)
                        .should()
                        .dependOnClassesThat(notBelow(room))
                        .allowEmptyShould(true)
                        .check(LIBRARY);
            }
        }
    }

    @Test
    void onlyTheSeamKnowsTheNativeLibraries() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.jbpf.sys")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("jnr..", "com.kenai..")
                .check(LIBRARY);
    }

    @Test
    void thePureFloorsNeedNothingButTheJdk() {
        String[] pure = PURE.stream().map(room -> "io.jbpf." + room).toArray(String[]::new);
        classes()
                .that()
                .resideInAnyPackage(pure)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.jbpf.error",
                        "io.jbpf.bytes",
                        "io.jbpf.elf",
                        "io.jbpf.btf",
                        "io.jbpf.insn",
                        "io.jbpf.relocation",
                        "io.jbpf.csource",
                        "io.jbpf.value",
                        "io.jbpf.object",
                        "java..",
                        "org.jspecify..")
                .check(LIBRARY);
    }
}
