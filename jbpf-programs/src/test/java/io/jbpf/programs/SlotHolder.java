package io.jbpf.programs;

import io.jbpf.fs.BpfFs;
import io.jbpf.testkit.HoldingProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Another process that holds the first slots of a pinned datapath. */
final class SlotHolder {
    private SlotHolder() {}

    public static void main(String[] arguments) throws IOException {
        L4Datapath datapath = L4Datapath.open(BpfFs.at(Path.of(arguments[0])), DatapathOptions.DEFAULTS);
        List<FirewallSlot> held = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
            held.add(datapath.claim(i, true));
        }
        HoldingProcess.hold();
        held.forEach(FirewallSlot::close);
    }
}
