import io.jbpf.BpfObject;
import io.jbpf.link.Link;
import io.jbpf.link.RawTracepointLink;
import io.jbpf.map.Codec;
import io.jbpf.object.ObjectSpec;
import java.nio.file.Path;

public class CountMine {
    public static void main(String[] args) {
        ObjectSpec spec = ObjectSpec.read(Path.of(args[0])) // plain data: no kernel needed until load
                .withVariable("watched_tgid", ProcessHandle.current().pid())
                .withVariable("watched_syscall", Long.parseLong(args[1]));
        try (BpfObject object = BpfObject.load(spec);
                Link link = RawTracepointLink.attach(object.program("on_raw_tracepoint"), "sys_enter")) {
            System.out.println("hello"); // a write(2), if that is what is counted
            long count = object.map("hits")
                    .perCpu(Codec.u32(), Codec.u64())
                    .merged(0, Long::sum)
                    .orElse(0L);
            System.out.println(link.description() + " saw " + count);
        }
    }
}
