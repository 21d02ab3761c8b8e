package io.jbpf;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.kernel.BtfInfo;
import io.jbpf.link.FoundLink;
import io.jbpf.link.LinkInfo;
import io.jbpf.map.BpfMap;
import io.jbpf.map.MapInfo;
import io.jbpf.program.BpfProgram;
import io.jbpf.program.ProgramInfo;
import io.jbpf.sys.Bpf;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntFunction;

/** What is loaded in the kernel now, whoever loaded it. Needs CAP_SYS_ADMIN. */
public final class KernelObjects {
    private KernelObjects() {}

    /** {@return the programs, by rising id; Linux 4.13} */
    public static List<ProgramInfo> programs() {
        return programsAfter(0);
    }

    /**
     * The programs that were loaded after one, as long as ids have not begun anew: the kernel gives the next higher one until
     * there is none.
     *
     * @param after the id of a program, which may be gone by now
     * @return programs by rising id; Linux 4.13
     */
    public static List<ProgramInfo> programsAfter(int after) {
        return list(Bpf.Kind.PROGRAM, after, id -> {
            try (BpfProgram program = BpfProgram.openById(id)) {
                return program.info();
            }
        });
    }

    /** {@return the maps, by rising id; Linux 4.13} */
    public static List<MapInfo> maps() {
        return list(Bpf.Kind.MAP, 0, id -> {
            try (BpfMap map = BpfMap.openById(id)) {
                return map.info();
            }
        });
    }

    /** {@return the links, by rising id; Linux 5.8} */
    public static List<LinkInfo> links() {
        return list(Bpf.Kind.LINK, 0, id -> {
            try (FoundLink link = FoundLink.openById(id)) {
                return link.info();
            }
        });
    }

    /** {@return the BTF that it holds, its own among it, by rising id; Linux 5.4} */
    public static List<BtfInfo> btfs() {
        return list(Bpf.Kind.BTF, 0, BtfInfo::byId);
    }

    private static <T> List<T> list(Bpf.Kind kind, int after, IntFunction<T> read) {
        List<T> found = new ArrayList<>();
        Bpf bpf = Bpf.host();
        for (OptionalInt id = bpf.nextId(kind, after); id.isPresent(); id = bpf.nextId(kind, id.getAsInt())) {
            try {
                found.add(read.apply(id.getAsInt()));
            } catch (SystemCallException e) {
                // Gone between the listing and the opening (ENOENT), or a link that is still being made (EAGAIN,
                // kernel/bpf/syscall.c: bpf_link_by_id): it is not there.
                if (!e.errno().equals(Errno.ENOENT) && !e.errno().equals(Errno.EAGAIN)) {
                    throw e;
                }
            }
        }
        return List.copyOf(found);
    }
}
