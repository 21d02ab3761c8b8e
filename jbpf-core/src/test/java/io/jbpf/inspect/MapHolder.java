package io.jbpf.inspect;

import io.jbpf.map.BpfMap;
import java.io.IOException;
import java.nio.file.Path;

/** A process that opens a pinned map, says so, and holds it until it is killed or its input ends. */
final class MapHolder {
    private MapHolder() {}

    public static void main(String[] arguments) throws IOException {
        try (BpfMap map = BpfMap.openPinned(Path.of(arguments[0]))) {
            System.out.println(map.name().isEmpty() ? "nameless" : "held");
            int unused = System.in.read();
        }
    }
}
