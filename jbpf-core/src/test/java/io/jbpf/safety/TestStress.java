package io.jbpf.safety;

import io.jbpf.KernelObjects;
import io.jbpf.map.MapInfo;
import io.jbpf.program.BpfProgram;
import io.jbpf.program.ProgramInfo;
import io.jbpf.sys.Fd;
import io.jbpf.testkit.TestPrograms;
import java.util.Set;
import java.util.TreeSet;

/** What the tests of many objects share. */
final class TestStress {
    /** What the program answers. */
    static final int ANSWER = 42;

    private TestStress() {}

    /** {@return a program of that name that answers {@link #ANSWER}} */
    static BpfProgram program(String name) {
        try (Fd loaded = TestPrograms.schedCls(name, ANSWER)) {
            return TestPrograms.owned(loaded);
        }
    }

    /** {@return what the kernel has under these names, with ids} */
    static Set<String> names(String map, String program) {
        Set<String> found = new TreeSet<>();
        for (MapInfo each : KernelObjects.maps()) {
            if (each.name().equals(map)) {
                found.add("map " + each.id());
            }
        }
        for (ProgramInfo each : KernelObjects.programs()) {
            if (each.name().equals(program)) {
                found.add("program " + each.id());
            }
        }
        return found;
    }
}
