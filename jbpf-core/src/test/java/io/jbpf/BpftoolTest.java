package io.jbpf;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.fs.BpfFs;
import io.jbpf.link.LinkInfo;
import io.jbpf.link.RawTracepointLink;
import io.jbpf.map.Codec;
import io.jbpf.map.MapInfo;
import io.jbpf.program.ProgramInfo;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.Tool;
import io.jbpf.testkit.Waits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** bpftool, which knows nothing of us, sees what jbpf says is there, and sees it gone. */
@KernelTest
@RequiresTool("bpftool")
class BpftoolTest {
    @Test
    void seesProgramsMapsLinksAndPinsUnderTheNamesJbpfShowsAndNothingAfterwards() throws Exception {
        BpfFs pins = BpfFs.mounted()
                .subdirectory("jbpf_bpftool_" + ProcessHandle.current().pid());
        Path programPin = pins.pin("program");
        Path mapPin = pins.pin("map");
        Path linkPin = pins.pin("link");
        ProgramInfo program;
        MapInfo map;
        LinkInfo info;
        try (BpfObject object = BpfObject.load(TestObjects.read("attach"));
                RawTracepointLink link = RawTracepointLink.attach(object.program("on_raw_tracepoint"), "sys_enter")) {
            program = object.program("on_raw_tracepoint").info();
            map = object.map("hits").info();
            info = link.info();
            object.program("on_raw_tracepoint").pin(programPin);
            object.map("hits").pin(mapPin);
            link.pin(linkPin);

            assertThat(Tool.run("bpftool", "-f", "prog", "show", "id", Integer.toString(program.id())))
                    .contains("raw_tracepoint", "name " + program.name(), "tag " + program.tag())
                    .contains("pinned " + programPin);
            assertThat(Tool.run("bpftool", "-f", "map", "show", "id", Integer.toString(map.id())))
                    .contains("percpu_array", "name " + map.name(), "key 4B", "value 8B", "max_entries 3")
                    .contains("pinned " + mapPin);
            assertThat(Tool.run("bpftool", "-f", "link", "show", "id", Integer.toString(info.id())))
                    .contains("raw_tracepoint", "prog " + program.id(), "tp 'sys_enter'")
                    .contains("pinned " + linkPin);
            // Typed by BTF: bpftool knows the map's key and value from what jbpf handed to the kernel.
            object.map("hits").perCpu(Codec.u32(), Codec.u64()).fill(0, 7L);
            assertThat(Tool.run("bpftool", "map", "dump", "pinned", mapPin.toString()))
                    .containsPattern("\"value\": 7");
        } finally {
            for (Path pin : List.of(programPin, mapPin, linkPin, pins.directory())) {
                Files.deleteIfExists(pin);
            }
        }
        Waits.until(() -> isGone("prog", program.id()) && isGone("map", map.id()) && isGone("link", info.id()));
    }

    private static boolean isGone(String kind, int id) {
        try {
            return Tool.run("bpftool", kind, "list").lines().noneMatch(line -> line.startsWith(id + ": "));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
