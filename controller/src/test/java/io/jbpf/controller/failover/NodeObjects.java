package io.jbpf.controller.failover;

import io.jbpf.KernelObjects;
import io.jbpf.error.SystemCallException;
import io.jbpf.inspect.Holders;
import io.jbpf.inspect.ObjectKind;
import io.jbpf.inspect.Pins;
import io.jbpf.link.LinkInfo;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.MapInfo;
import io.jbpf.object.MapType;
import io.jbpf.program.ProgramInfo;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The programs, maps and links of one node out of all that are in the kernel: those that are pinned in its directory or held
 * by its controller, and what these lead to.
 *
 * @param names by kind and id; of what there is one for each pod, the part of the name that tells the pod is left out
 */
record NodeObjects(Map<Id, String> names) {
    /** An object. */
    record Id(ObjectKind kind, int id) {}

    /** Those that are pinned and what they lead to. */
    static NodeObjects pinned(Path bpffs) {
        return from(Pins.below(bpffs).pins().stream()
                .map(pin -> new Id(pin.kind(), pin.id()))
                .toList());
    }

    /** Those, and what a process holds; one that is at work may for a moment hold what is not its own. */
    static NodeObjects of(Path bpffs, long controller) {
        List<Id> roots = new ArrayList<>();
        Pins.below(bpffs).pins().forEach(pin -> roots.add(new Id(pin.kind(), pin.id())));
        Holders.now().holders().stream()
                .filter(holder -> holder.pid() == controller)
                .forEach(holder -> roots.add(new Id(holder.kind(), holder.id())));
        return from(roots);
    }

    private static NodeObjects from(List<Id> roots) {
        Map<Integer, ProgramInfo> programs = new HashMap<>();
        KernelObjects.programs().forEach(program -> programs.put(program.id(), program));
        Map<Integer, MapInfo> maps = new HashMap<>();
        KernelObjects.maps().forEach(map -> maps.put(map.id(), map));
        Map<Integer, LinkInfo> links = new HashMap<>();
        KernelObjects.links().forEach(link -> links.put(link.id(), link));
        Deque<Id> open = new ArrayDeque<>(roots);
        Map<Id, String> names = new HashMap<>();
        while (!open.isEmpty()) {
            Id id = open.remove();
            if (names.containsKey(id)) {
                continue;
            }
            if (id.kind == ObjectKind.PROGRAM && programs.containsKey(id.id)) {
                ProgramInfo program = programs.get(id.id);
                names.put(id, withoutSlot(program.name()));
                program.mapIds().forEach(map -> open.add(new Id(ObjectKind.MAP, map)));
            } else if (id.kind == ObjectKind.LINK && links.containsKey(id.id)) {
                LinkInfo link = links.get(id.id);
                names.put(id, link.typeName());
                open.add(new Id(ObjectKind.PROGRAM, link.programId()));
            } else if (id.kind == ObjectKind.MAP && maps.containsKey(id.id)) {
                MapInfo map = maps.get(id.id);
                names.put(id, map.name());
                open.addAll(inside(map));
            }
        }
        return new NodeObjects(names);
    }

    /** FirewallStubs names them by their slot. */
    private static String withoutSlot(String name) {
        return name.replaceFirst("^(l4_in_|l4_out_).*", "$1");
    }

    private static Set<Id> inside(MapInfo map) {
        MapType type = MapType.of(map.typeNumber()).orElse(MapType.UNSPEC);
        if (type != MapType.ARRAY_OF_MAPS && type != MapType.PROG_ARRAY) {
            return Set.of();
        }
        Set<Id> inside = new HashSet<>();
        try (BpfMap open = BpfMap.openById(map.id())) {
            ObjectKind kind = type == MapType.PROG_ARRAY ? ObjectKind.PROGRAM : ObjectKind.MAP;
            open.typed(Codec.u32(), Codec.u32()).entries().values().forEach(id -> inside.add(new Id(kind, id)));
        } catch (SystemCallException e) {
            // It has gone since it was listed.
            return Set.of();
        }
        return inside;
    }

    /** {@return how many there are of each kind and name} */
    SortedMap<String, Integer> counts() {
        SortedMap<String, Integer> counts = new TreeMap<>();
        names.forEach((id, name) -> counts.merge(id.kind + " " + name, 1, Integer::sum));
        return counts;
    }

    /** {@return those that are in the kernel now} */
    static Set<Id> inKernel() {
        Set<Id> all = new HashSet<>();
        KernelObjects.programs().forEach(program -> all.add(new Id(ObjectKind.PROGRAM, program.id())));
        KernelObjects.maps().forEach(map -> all.add(new Id(ObjectKind.MAP, map.id())));
        KernelObjects.links().forEach(link -> all.add(new Id(ObjectKind.LINK, link.id())));
        return all;
    }
}
