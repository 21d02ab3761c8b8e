package io.jbpf;

import io.jbpf.map.BpfMap;
import io.jbpf.object.GlobalVariable;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.object.ObjectSpec;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The variables of a loaded object. A section is mapped when its first variable is asked for. */
final class LoadedVariables {
    private final ObjectSpec spec;
    private final Map<String, BpfMap> maps;
    private final Map<String, Optional<ByteBuffer>> sections = new ConcurrentHashMap<>();

    LoadedVariables(ObjectSpec spec, Map<String, BpfMap> maps) {
        this.spec = spec;
        this.maps = maps;
    }

    LoadedVariable variable(String name) {
        GlobalVariable variable = spec.variable(name);
        BpfMap section = maps.get(variable.sectionName());
        if (section == null) {
            throw new IllegalArgumentException(
                    "variable '" + name + "' is in section " + variable.sectionName() + ", which was not loaded");
        }
        Optional<ByteBuffer> memory = sections.computeIfAbsent(
                variable.sectionName(), any -> memory(spec.map(variable.sectionName()), section));
        return new LoadedVariable(
                variable, section, memory.orElse(null), spec.btf().orElse(null));
    }

    private static Optional<ByteBuffer> memory(MapSpec section, BpfMap map) {
        if (section.type() == MapType.ARENA) {
            return Optional.of(map.memory(ArenaVariables.offset(section, map), ArenaVariables.size(section), true));
        }
        return map.isMappable() ? Optional.of(map.memory(!section.frozen())) : Optional.empty();
    }
}
