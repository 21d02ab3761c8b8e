package io.jbpf.link;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.object.AttachType;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/**
 * A program that is called for each of many kernel objects, and whose output is read like a file: tasks, map elements,
 * sockets. {@code BPF_PROG_TYPE_TRACING} loaded for {@code BPF_TRACE_ITER}, Linux 5.8. It runs when its output is read.
 * Pinned, it is a file that anyone may read who can open it.
 */
public final class IteratorLink extends KernelLink {
    /** {@code BPF_LINK_TYPE_ITER}. */
    static final int TYPE = 4;

    private static final String PARTS = "iterators over a part of what there is";

    IteratorLink(Fd fd) {
        super(fd);
    }

    /**
     * Attaches a program to all objects of the type it was loaded for. Needs CAP_PERFMON and CAP_BPF, or CAP_SYS_ADMIN.
     *
     * @param program of type {@code TRACING}, loaded for an iterator ({@code iter/task})
     * @throws SystemCallException EINVAL if it is no iterator or goes through a map's elements (which map?)
     */
    public static IteratorLink attach(BpfProgram program) {
        return attach(program, IteratorTarget.ALL);
    }

    /**
     * Attaches a program to some objects of the type it was loaded for.
     *
     * @param program of type {@code TRACING}, loaded for an iterator
     * @param target which objects
     * @throws UnsupportedFeatureException if this kernel's iterator takes no such target
     * @throws SystemCallException as {@link #attach(BpfProgram)}, and if the target does not suit
     */
    public static IteratorLink attach(BpfProgram program, IteratorTarget target) {
        Bpf bpf = Bpf.with(program.fd().calls());
        String what = "iterator '" + program.name() + "'" + (target == IteratorTarget.ALL ? "" : " to " + target);
        int result = target.use(
                parameters -> bpf.links().create(program.fd(), 0, AttachType.TRACE_ITER.number(), 0, parameters));
        if (result >= 0) {
            IteratorLink link = new IteratorLink(bpf.own(result, what));
            if (target == IteratorTarget.ALL || target.isTakenBy(Info.of(RawLinkInfo.read(link.fd())))) {
                return link;
            }
            link.close();
            throw new UnsupportedFeatureException(PARTS, "6.1", null);
        }
        Errno errno = new Errno(-result);
        SystemCallException refusal = Refusal.call(what, Refusal.LINK_CREATE, result, hint(errno, target));
        // kernel/bpf/bpf_iter.c: what is not zero in a target that is longer than the kernel knows it is E2BIG.
        throw errno.equals(Errno.E2BIG) ? new UnsupportedFeatureException(PARTS, "6.1", refusal) : refusal;
    }

    private static String hint(Errno errno, IteratorTarget target) {
        if (errno.equals(Errno.EBADF) && target == IteratorTarget.ALL) {
            return "this iterator wants to be told the map: IteratorTarget.map()";
        }
        return errno.equals(Errno.EINVAL)
                ? "the program is no iterator, or this kernel's iterator takes no such target"
                : "";
    }

    /**
     * Starts a run through the objects: {@code BPF_ITER_CREATE}.
     *
     * @return what the program writes, as it comes; to be closed
     * @throws SystemCallException if no descriptor is left
     */
    public InputStream run() {
        Bpf bpf = Bpf.with(fd().calls());
        int result = bpf.links().iteratorCreate(fd());
        if (result < 0) {
            throw new SystemCallException("run " + fd().what(), "bpf(BPF_ITER_CREATE)", new Errno(-result));
        }
        return new IteratorRun(bpf.own(result, "a run of " + fd().what()));
    }

    /**
     * Starts a run through the objects.
     *
     * @return the lines that the program writes, in UTF-8, as they come; to be closed, unless read to its end
     * @throws SystemCallException if no descriptor is left
     */
    public Stream<String> lines() {
        BufferedReader reader = new BufferedReader(new InputStreamReader(run(), StandardCharsets.UTF_8));
        return reader.lines().onClose(() -> {
            try {
                reader.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /**
     * What the kernel says of such a link.
     *
     * @param type what it goes through: {@code task}, {@code bpf_map_elem}
     * @param mapId for those of a map's elements: the map; else 0
     * @param cgroupId for {@code cgroup}: the cgroup it starts from (Linux 6.1); else 0
     * @param threadId for tasks: the one thread (Linux 6.1), 0 for all
     * @param processId for tasks: the one process (Linux 6.1), 0 for all
     */
    public record Info(String type, int mapId, long cgroupId, int threadId, int processId) implements LinkInfo.Details {
        private static final StructLayout LAYOUT = new StructLayout("bpf_link_info.iter");
        private static final Field TARGET_NAME = LAYOUT.u64("target_name");
        private static final Field TARGET_NAME_LEN = LAYOUT.u32("target_name_len");
        private static final Field MAP_ID = LAYOUT.u32("map.map_id");
        private static final Field CGROUP_ID = LAYOUT.u64("cgroup.cgroup_id");
        /** A union with {@code cgroup}. */
        private static final Field TID = new Field("task.tid", CGROUP_ID.offset(), Integer.BYTES);

        private static final Field PID = new Field("task.pid", CGROUP_ID.offset() + Integer.BYTES, Integer.BYTES);

        static Info of(RawLinkInfo info) {
            String type = info.text(TARGET_NAME, TARGET_NAME_LEN);
            boolean cgroups = type.equals("cgroup");
            boolean tasks = type.startsWith("task");
            return new Info(
                    type,
                    info.getInt(MAP_ID),
                    cgroups ? info.get(CGROUP_ID) : 0,
                    tasks ? info.getInt(TID) : 0,
                    tasks ? info.getInt(PID) : 0);
        }

        @Override
        public String target() {
            return mapId == 0 ? type : type + " of map " + mapId;
        }
    }
}
