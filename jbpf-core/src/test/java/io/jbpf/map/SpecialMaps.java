package io.jbpf.map;

import io.jbpf.BpfObject;
import io.jbpf.object.ObjectSpec;
import io.jbpf.testkit.TestObjects;
import java.util.Set;

/** The programs and maps of special_maps.bpf.c, a few at a time: older kernels lack some. */
final class SpecialMaps {
    private SpecialMaps() {}

    static BpfObject load(Set<String> maps, Set<String> programs) {
        ObjectSpec spec = TestObjects.read("special_maps");
        for (String map : spec.maps().keySet()) {
            spec = spec.withMap(map, m -> m.withAutocreate(maps.contains(map)));
        }
        for (String program : spec.programs().keySet()) {
            spec = spec.withProgram(program, p -> p.withAutoload(programs.contains(program)));
        }
        return BpfObject.load(spec);
    }

    static int run(BpfObject object, String program) {
        return object.program(program).testRun(new byte[64], 1).returned();
    }
}
