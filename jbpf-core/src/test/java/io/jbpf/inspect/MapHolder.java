package io.jbpf.inspect;

import io.jbpf.map.BpfMap;
import io.jbpf.testkit.HoldingProcess;
import java.io.IOException;
import java.nio.file.Path;

/** Another process that holds a pinned map. */
final class MapHolder {
    private MapHolder() {}

    @SuppressWarnings("try") // held, not used
    public static void main(String[] arguments) throws IOException {
        try (BpfMap map = BpfMap.openPinned(Path.of(arguments[0]))) {
            HoldingProcess.hold();
        }
    }
}
