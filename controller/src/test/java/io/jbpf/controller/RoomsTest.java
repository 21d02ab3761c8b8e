package io.jbpf.controller;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The rooms of the controller, each importing only from those before it. */
class RoomsTest {
    private static final List<String> ROOMS = List.of(
            "text", "settings", "health", "crd", "rules", "node", "metrics", "election", "cluster", "reconcile");

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.jbpf.controller");

    @Test
    void noRoomImportsFromALaterOne() {
        for (int room = 0; room < ROOMS.size() - 1; room++) {
            String[] later = ROOMS.subList(room + 1, ROOMS.size()).stream()
                    .map(name -> "io.jbpf.controller." + name)
                    .toArray(String[]::new);
            ArchRuleDefinition.noClasses()
                    .that()
                    .resideInAPackage("io.jbpf.controller." + ROOMS.get(room))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(later)
                    .check(classes);
        }
    }

    @Test
    void onlyTheNodesRoomKnowsBpf() {
        ArchRuleDefinition.noClasses()
                .that()
                .resideOutsideOfPackage("io.jbpf.controller.node")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.jbpf.programs..", "io.jbpf.link..", "io.jbpf.map..", "io.jbpf.netlink..", "io.jbpf.error..")
                .check(classes);
    }
}
