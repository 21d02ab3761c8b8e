package io.jbpf.link;

import io.jbpf.map.BpfMap;
import io.jbpf.sys.Fd;
import io.jbpf.sys.LinkParameters;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;
import java.nio.file.Path;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/**
 * What an iterator goes through, where its type leaves a choice: {@code union bpf_iter_link_info} of linux/bpf.h. What it
 * names must be open when it is used.
 */
public final class IteratorTarget {
    /** All there is: what the kernel does if it is told nothing. */
    public static final IteratorTarget ALL = new IteratorTarget(call -> call.applyAsInt(LinkParameters.NONE), "");

    private final ToIntFunction<ToIntFunction<LinkParameters>> use;
    private final String description;

    private final Predicate<IteratorLink.Info> taken;

    private IteratorTarget(ToIntFunction<ToIntFunction<LinkParameters>> use, String description) {
        this(use, description, info -> true);
    }

    private IteratorTarget(
            ToIntFunction<ToIntFunction<LinkParameters>> use, String description, Predicate<IteratorLink.Info> taken) {
        this.use = use;
        this.description = description;
        this.taken = taken;
    }

    /** {@return the elements of a map: {@code iter/bpf_map_elem} (Linux 5.9), {@code iter/bpf_sk_storage_map}} */
    public static IteratorTarget map(BpfMap map) {
        return new IteratorTarget(
                call -> with(map.fd(), number -> call.applyAsInt(parameters(MapInfo.LAYOUT, MapInfo.MAP_FD, number))),
                map.toString());
    }

    /** {@return the threads of one process: {@code iter/task}, {@code iter/task_file}, {@code iter/task_vma}; Linux 6.1} */
    public static IteratorTarget process(int pid) {
        return new IteratorTarget(
                call -> call.applyAsInt(parameters(TaskInfo.LAYOUT, TaskInfo.PID, pid)), "process " + pid);
    }

    /** {@return one thread: {@code iter/task}, {@code iter/task_file}, {@code iter/task_vma}; Linux 6.1} */
    public static IteratorTarget thread(int tid) {
        return new IteratorTarget(
                call -> call.applyAsInt(parameters(TaskInfo.LAYOUT, TaskInfo.TID, tid)),
                "thread " + tid,
                info -> info.threadId() == tid);
    }

    /** Which cgroups, and in what order: {@code enum bpf_cgroup_iter_order}. */
    public enum CgroupOrder {
        /** It alone. */
        SELF_ONLY(1),
        /** It, then those below it, each before its own descendants. */
        DESCENDANTS_PRE(2),
        /** Those below it, each after its own descendants, then it. */
        DESCENDANTS_POST(3),
        /** It, then those above it up to the root. */
        ANCESTORS_UP(4);

        private final int number;

        CgroupOrder(int number) {
            this.number = number;
        }
    }

    /**
     * The cgroups around one: {@code iter/cgroup}, Linux 6.1.
     *
     * @param cgroup a directory in a cgroup v2 hierarchy
     * @param order which, and in what order
     */
    public static IteratorTarget cgroup(Path cgroup, CgroupOrder order) {
        return new IteratorTarget(
                call -> {
                    try (Fd directory = CgroupLink.open(cgroup)) {
                        return with(
                                directory,
                                number -> call.applyAsInt(
                                        LinkParameters.iterator(NativeMemory.allocate(CgroupInfo.LAYOUT.size())
                                                .set(CgroupInfo.ORDER, order.number)
                                                .set(CgroupInfo.CGROUP_FD, number))));
                    }
                },
                "cgroup " + cgroup);
    }

    private static int with(Fd fd, ToIntFunction<Integer> call) {
        int number = fd.acquire();
        try {
            return call.applyAsInt(number);
        } finally {
            fd.release();
        }
    }

    private static LinkParameters parameters(StructLayout layout, Field field, int value) {
        return LinkParameters.iterator(NativeMemory.allocate(layout.size()).set(field, value));
    }

    /** Makes a system call with the parameters; what they name stays open as long. */
    int use(ToIntFunction<LinkParameters> call) {
        return use.applyAsInt(call);
    }

    /**
     * Whether a link goes through this target and nothing else. A thread's number is where an older kernel, which knows maps
     * alone, looks for a map's descriptor, and iterators through tasks do not look at all.
     */
    boolean isTakenBy(IteratorLink.Info info) {
        return taken.test(info);
    }

    /** {@return what it is, in words; empty for {@link #ALL}} */
    @Override
    public String toString() {
        return description;
    }

    private static final class MapInfo {
        static final StructLayout LAYOUT = new StructLayout("bpf_iter_link_info.map");
        static final Field MAP_FD = LAYOUT.u32("map_fd");

        private MapInfo() {}
    }

    private static final class CgroupInfo {
        static final StructLayout LAYOUT = new StructLayout("bpf_iter_link_info.cgroup");
        static final Field ORDER = LAYOUT.u32("order");
        static final Field CGROUP_FD = LAYOUT.u32("cgroup_fd");

        static {
            LAYOUT.u64("cgroup_id");
        }

        private CgroupInfo() {}
    }

    private static final class TaskInfo {
        static final StructLayout LAYOUT = new StructLayout("bpf_iter_link_info.task");
        static final Field TID = LAYOUT.u32("tid");
        static final Field PID = LAYOUT.u32("pid");

        static {
            LAYOUT.u32("pid_fd");
        }

        private TaskInfo() {}
    }
}
