package io.jbpf.sys;

import io.jbpf.error.Errno;
import io.jbpf.error.PinnedKindException;
import io.jbpf.error.SystemCallException;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * bpf(2), a method per command. What makes or names a kernel object throws {@link SystemCallException} with the activity
 * it is told; the element operations, which run millions of times and fail as a matter of course (ENOENT), answer the
 * negative errno and allocate nothing.
 */
public final class Bpf {
    /** One attr per thread: the kernel has copied it by the time the call returns. */
    private static final ThreadLocal<NativeMemory> ATTR =
            ThreadLocal.withInitial(() -> NativeMemory.allocate(BpfAttr.SIZE));

    private final SystemCalls calls;
    private final LinkCalls links;

    private Bpf(SystemCalls calls) {
        this.calls = calls;
        this.links = new LinkCalls(this);
    }

    /** {@return bpf(2) by way of those system calls} */
    public static Bpf with(SystemCalls calls) {
        return new Bpf(calls);
    }

    /** {@return bpf(2) of the running kernel} */
    public static Bpf host() {
        SystemCalls calls = SystemCalls.host();
        return calls == Host.CALLS ? Host.INSTANCE : new Bpf(calls);
    }

    private static final class Host {
        static final SystemCalls CALLS = LibcSystemCalls.Holder.INSTANCE;
        static final Bpf INSTANCE = new Bpf(CALLS);

        private Host() {}
    }

    /** {@return the system calls these go through} */
    public SystemCalls calls() {
        return calls;
    }

    /** {@return the commands on links and on attachments that are none} */
    public LinkCalls links() {
        return links;
    }

    // ---- maps

    /** What BPF_MAP_CREATE is told; {@code 0} for whatever does not apply. */
    public record MapDefinition(
            String name,
            int type,
            int keySize,
            int valueSize,
            int maxEntries,
            int flags,
            int innerMapFd,
            int numaNode,
            int btfFd,
            int btfKeyTypeId,
            int btfValueTypeId,
            long mapExtra,
            int kernelValueTypeId,
            int kernelBtfFd) {
        /** A map whose value is no type of the kernel's. */
        public MapDefinition(
                String name,
                int type,
                int keySize,
                int valueSize,
                int maxEntries,
                int flags,
                int innerMapFd,
                int numaNode,
                int btfFd,
                int btfKeyTypeId,
                int btfValueTypeId,
                long mapExtra) {
            this(
                    name,
                    type,
                    keySize,
                    valueSize,
                    maxEntries,
                    flags,
                    innerMapFd,
                    numaNode,
                    btfFd,
                    btfKeyTypeId,
                    btfValueTypeId,
                    mapExtra,
                    0,
                    0);
        }
    }

    /** {@code BPF_F_VTYPE_BTF_OBJ_FD}: the value's type is a module's, which a descriptor tells (Linux 6.9). */
    private static final int VALUE_TYPE_OF_MODULE = 1 << 15;

    /** BPF_MAP_CREATE; answers the descriptor or the negative errno, since the caller has fall-backs to try. */
    public int mapCreate(MapDefinition map) {
        NativeMemory attr = attr(BpfAttr.MapCreate.LAYOUT)
                .set(BpfAttr.MapCreate.MAP_TYPE, map.type())
                .set(BpfAttr.MapCreate.KEY_SIZE, map.keySize())
                .set(BpfAttr.MapCreate.VALUE_SIZE, map.valueSize())
                .set(BpfAttr.MapCreate.MAX_ENTRIES, map.maxEntries())
                .set(BpfAttr.MapCreate.MAP_FLAGS, map.flags() | (map.kernelBtfFd() == 0 ? 0 : VALUE_TYPE_OF_MODULE))
                .set(BpfAttr.MapCreate.INNER_MAP_FD, map.innerMapFd())
                .set(BpfAttr.MapCreate.NUMA_NODE, map.numaNode())
                .set(BpfAttr.MapCreate.MAP_NAME, map.name())
                .set(BpfAttr.MapCreate.BTF_FD, map.btfFd())
                .set(BpfAttr.MapCreate.BTF_KEY_TYPE_ID, map.btfKeyTypeId())
                .set(BpfAttr.MapCreate.BTF_VALUE_TYPE_ID, map.btfValueTypeId())
                .set(BpfAttr.MapCreate.BTF_VMLINUX_VALUE_TYPE_ID, map.kernelValueTypeId())
                .set(BpfAttr.MapCreate.MAP_EXTRA, map.mapExtra())
                .set(BpfAttr.MapCreate.VALUE_TYPE_BTF_OBJ_FD, map.kernelBtfFd());
        return call(BpfCommand.BPF_MAP_CREATE, attr, BpfAttr.MapCreate.LAYOUT);
    }

    /** BPF_MAP_LOOKUP_ELEM: copies the value of a key; answers 0 or the negative errno. */
    public int mapLookup(int mapFd, long key, long value, long flags) {
        return element(BpfCommand.BPF_MAP_LOOKUP_ELEM, mapFd, key, value, flags);
    }

    /** The same, with addresses that are prepared. */
    public int mapLookup(int mapFd, ElementAttr element, long flags) {
        return element(BpfCommand.BPF_MAP_LOOKUP_ELEM, mapFd, element, flags);
    }

    /**
     * BPF_MAP_LOOKUP_AND_DELETE_ELEM: takes an element out (queues and stacks Linux 4.20, hash tables 5.14); answers 0 or
     * the negative errno.
     */
    public int mapTake(int mapFd, long key, long value, long flags) {
        return element(BpfCommand.BPF_MAP_LOOKUP_AND_DELETE_ELEM, mapFd, key, value, flags);
    }

    /** BPF_MAP_UPDATE_ELEM with BPF_ANY, BPF_NOEXIST or BPF_EXIST, and BPF_F_LOCK; answers 0 or the negative errno. */
    public int mapUpdate(int mapFd, long key, long value, long flags) {
        return element(BpfCommand.BPF_MAP_UPDATE_ELEM, mapFd, key, value, flags);
    }

    /** The same, with addresses that are prepared. */
    public int mapUpdate(int mapFd, ElementAttr element, long flags) {
        return element(BpfCommand.BPF_MAP_UPDATE_ELEM, mapFd, element, flags);
    }

    /** BPF_MAP_DELETE_ELEM; answers 0 or the negative errno. */
    public int mapDelete(int mapFd, ElementAttr element) {
        // Whatever lies behind the key has to be zero: the kernel is not shown it.
        int size = BpfAttr.MapElement.VALUE.offset();
        return calls.bpf(BpfCommand.BPF_MAP_DELETE_ELEM.number(), element.prepare(mapFd, 0), size);
    }

    /** BPF_MAP_DELETE_ELEM; answers 0 or the negative errno. */
    public int mapDelete(int mapFd, long key) {
        return element(BpfCommand.BPF_MAP_DELETE_ELEM, mapFd, key, 0, 0);
    }

    /** BPF_MAP_GET_NEXT_KEY; a key address of 0 asks for the first; answers 0 or the negative errno. */
    public int mapNextKey(int mapFd, long key, long nextKey) {
        return element(BpfCommand.BPF_MAP_GET_NEXT_KEY, mapFd, key, nextKey, 0);
    }

    /** BPF_MAP_FREEZE (Linux 5.2): no more writes from user space; answers 0 or the negative errno. */
    public int mapFreeze(int mapFd) {
        NativeMemory attr = attr(BpfAttr.MapElement.LAYOUT).set(BpfAttr.MapElement.MAP_FD, mapFd);
        return call(BpfCommand.BPF_MAP_FREEZE, attr, BpfAttr.MapElement.LAYOUT);
    }

    /** The commands on many elements at once. */
    public enum Batch {
        /** Copies elements (Linux 5.6). */
        LOOKUP(BpfCommand.BPF_MAP_LOOKUP_BATCH),
        /** Takes elements out (Linux 5.6). */
        TAKE(BpfCommand.BPF_MAP_LOOKUP_AND_DELETE_BATCH),
        /** Sets elements (Linux 5.6). */
        UPDATE(BpfCommand.BPF_MAP_UPDATE_BATCH),
        /** Removes elements (Linux 5.6). */
        DELETE(BpfCommand.BPF_MAP_DELETE_BATCH);

        private final BpfCommand command;

        Batch(BpfCommand command) {
            this.command = command;
        }

        /** {@return the call as error messages name it} */
        public String call() {
            return command.call();
        }
    }

    /**
     * What came of a batch.
     *
     * @param result 0 or the negative errno
     * @param count how many elements were done, also when it failed half-way; where the kernel did not get as far as to
     *     count, it is as many as were asked for
     */
    public record BatchResult(int result, int count) {}

    /**
     * BPF_MAP_*_BATCH. With a count of 0 the kernel does nothing, and tells only whether it could.
     *
     * @param position for lookups, where the last batch ended, and where the kernel puts where this one does: a key, or
     *     four bytes if that is more
     * @param first whether this is the first batch, and {@code position} only for writing
     */
    public BatchResult mapBatch(
            Batch batch, int mapFd, long position, boolean first, long keys, long values, int count, long flags) {
        NativeMemory attr = attr(BpfAttr.MapBatch.LAYOUT)
                .set(BpfAttr.MapBatch.IN_BATCH, first ? 0 : position)
                .set(BpfAttr.MapBatch.OUT_BATCH, position)
                .set(BpfAttr.MapBatch.KEYS, keys)
                .set(BpfAttr.MapBatch.VALUES, values)
                .set(BpfAttr.MapBatch.COUNT, count)
                .set(BpfAttr.MapBatch.MAP_FD, mapFd)
                .set(BpfAttr.MapBatch.ELEM_FLAGS, flags);
        // Not repeated on EAGAIN: part of it may be done.
        int result = calls.bpf(batch.command.number(), attr.address(), BpfAttr.MapBatch.LAYOUT.size());
        return new BatchResult(result, attr.getInt(BpfAttr.MapBatch.COUNT));
    }

    private int element(BpfCommand command, int mapFd, ElementAttr element, long flags) {
        return calls.bpf(command.number(), element.prepare(mapFd, flags), ElementAttr.SIZE);
    }

    private int element(BpfCommand command, int mapFd, long key, long value, long flags) {
        NativeMemory attr = ATTR.get();
        attr.set(BpfAttr.MapElement.MAP_FD, mapFd)
                .set(BpfAttr.MapElement.KEY, key)
                .set(BpfAttr.MapElement.VALUE, value)
                .set(BpfAttr.MapElement.FLAGS, flags);
        // Padding behind map_fd keeps what an earlier command left there: the kernel looks at it for none of these.
        return calls.bpf(command.number(), attr.address(), ElementAttr.SIZE);
    }

    // ---- programs and BTF

    /** What BPF_PROG_LOAD is told; {@code 0} or nothing for whatever does not apply. */
    public record ProgramDefinition(
            String name,
            int type,
            NativeMemory instructions,
            String licence,
            int kernelVersion,
            int flags,
            int expectedAttachType,
            int btfFd,
            NativeMemory funcInfo,
            int funcInfoRecordSize,
            NativeMemory lineInfo,
            int lineInfoRecordSize,
            int attachBtfId,
            int attachFd,
            NativeMemory fdArray) {
        /** A program that calls no function of a module. */
        public ProgramDefinition(
                String name,
                int type,
                NativeMemory instructions,
                String licence,
                int kernelVersion,
                int flags,
                int expectedAttachType,
                int btfFd,
                NativeMemory funcInfo,
                int funcInfoRecordSize,
                NativeMemory lineInfo,
                int lineInfoRecordSize,
                int attachBtfId,
                int attachFd) {
            this(
                    name,
                    type,
                    instructions,
                    licence,
                    kernelVersion,
                    flags,
                    expectedAttachType,
                    btfFd,
                    funcInfo,
                    funcInfoRecordSize,
                    lineInfo,
                    lineInfoRecordSize,
                    attachBtfId,
                    attachFd,
                    NativeMemory.allocate(0));
        }
    }

    /**
     * BPF_PROG_LOAD; answers the descriptor or the negative errno.
     *
     * @param log where the verifier writes; empty memory for no log
     * @param logLevel 0 for no log, 1 for the usual one, 2 for every path, 4 for statistics alone
     */
    public int programLoad(ProgramDefinition program, NativeMemory log, int logLevel) {
        NativeMemory licence = NativeMemory.cString(program.licence());
        NativeMemory attr = attr(BpfAttr.ProgLoad.LAYOUT)
                .set(BpfAttr.ProgLoad.PROG_TYPE, program.type())
                .set(BpfAttr.ProgLoad.INSN_CNT, program.instructions().size() / 8)
                .set(BpfAttr.ProgLoad.INSNS, program.instructions().address())
                .set(BpfAttr.ProgLoad.LICENSE, licence.address())
                .set(BpfAttr.ProgLoad.LOG_LEVEL, logLevel)
                .set(BpfAttr.ProgLoad.LOG_SIZE, logLevel == 0 ? 0 : log.size())
                .set(BpfAttr.ProgLoad.LOG_BUF, logLevel == 0 ? 0 : log.address())
                .set(BpfAttr.ProgLoad.KERN_VERSION, program.kernelVersion())
                .set(BpfAttr.ProgLoad.PROG_FLAGS, program.flags())
                .set(BpfAttr.ProgLoad.PROG_NAME, program.name())
                .set(BpfAttr.ProgLoad.EXPECTED_ATTACH_TYPE, program.expectedAttachType())
                .set(BpfAttr.ProgLoad.PROG_BTF_FD, program.btfFd())
                .set(BpfAttr.ProgLoad.ATTACH_BTF_ID, program.attachBtfId())
                .set(BpfAttr.ProgLoad.ATTACH_PROG_FD, program.attachFd())
                .set(
                        BpfAttr.ProgLoad.FD_ARRAY,
                        program.fdArray().size() == 0 ? 0 : program.fdArray().address());
        if (program.btfFd() != 0 && program.funcInfo().size() > 0) {
            attr.set(BpfAttr.ProgLoad.FUNC_INFO_REC_SIZE, program.funcInfoRecordSize())
                    .set(BpfAttr.ProgLoad.FUNC_INFO, program.funcInfo().address())
                    .set(BpfAttr.ProgLoad.FUNC_INFO_CNT, program.funcInfo().size() / program.funcInfoRecordSize());
        }
        if (program.btfFd() != 0 && program.lineInfo().size() > 0) {
            attr.set(BpfAttr.ProgLoad.LINE_INFO_REC_SIZE, program.lineInfoRecordSize())
                    .set(BpfAttr.ProgLoad.LINE_INFO, program.lineInfo().address())
                    .set(BpfAttr.ProgLoad.LINE_INFO_CNT, program.lineInfo().size() / program.lineInfoRecordSize());
        }
        return call(BpfCommand.BPF_PROG_LOAD, attr, BpfAttr.ProgLoad.LAYOUT);
    }

    /** BPF_BTF_LOAD (Linux 4.18); answers the descriptor or the negative errno. */
    public int btfLoad(NativeMemory btf, NativeMemory log, int logLevel) {
        NativeMemory attr = attr(BpfAttr.BtfLoad.LAYOUT)
                .set(BpfAttr.BtfLoad.BTF, btf.address())
                .set(BpfAttr.BtfLoad.BTF_SIZE, btf.size())
                .set(BpfAttr.BtfLoad.BTF_LOG_BUF, logLevel == 0 ? 0 : log.address())
                .set(BpfAttr.BtfLoad.BTF_LOG_SIZE, logLevel == 0 ? 0 : log.size())
                .set(BpfAttr.BtfLoad.BTF_LOG_LEVEL, logLevel);
        return call(BpfCommand.BPF_BTF_LOAD, attr, BpfAttr.BtfLoad.LAYOUT);
    }

    /**
     * What BPF_PROG_TEST_RUN is told; empty memory and 0 for whatever does not apply.
     *
     * @param context where the context is, and where the kernel leaves that of a SYSCALL program
     * @param cpu where to run it, with {@code BPF_F_TEST_RUN_ON_CPU}
     */
    public record TestRun(
            NativeMemory data,
            NativeMemory dataOut,
            NativeMemory context,
            NativeMemory contextOut,
            int repeat,
            int flags,
            int cpu,
            int batchSize) {
        /** One run with a context alone. */
        public static TestRun once(NativeMemory context) {
            NativeMemory none = NativeMemory.allocate(0);
            return new TestRun(none, none, context, none, 0, 0, 0, 0);
        }
    }

    /** What came of it: what the program returned, how long one run took on average, and how much was written. */
    public record TestRunResult(int returned, int nanoseconds, int dataSize, int contextSize) {}

    /** BPF_PROG_TEST_RUN (Linux 4.12). */
    public TestRunResult programTestRun(Fd program, TestRun run) {
        int fd = program.acquire();
        try {
            NativeMemory attr = attr(BpfAttr.TestRun.LAYOUT)
                    .set(BpfAttr.TestRun.PROG_FD, fd)
                    .set(BpfAttr.TestRun.DATA_SIZE_IN, run.data().size())
                    .set(BpfAttr.TestRun.DATA_IN, addressOrNull(run.data()))
                    .set(BpfAttr.TestRun.DATA_SIZE_OUT, run.dataOut().size())
                    .set(BpfAttr.TestRun.DATA_OUT, addressOrNull(run.dataOut()))
                    .set(BpfAttr.TestRun.CTX_SIZE_IN, run.context().size())
                    .set(BpfAttr.TestRun.CTX_IN, addressOrNull(run.context()))
                    .set(BpfAttr.TestRun.CTX_SIZE_OUT, run.contextOut().size())
                    .set(BpfAttr.TestRun.CTX_OUT, addressOrNull(run.contextOut()))
                    .set(BpfAttr.TestRun.REPEAT, run.repeat())
                    .set(BpfAttr.TestRun.FLAGS, run.flags())
                    .set(BpfAttr.TestRun.CPU, run.cpu())
                    .set(BpfAttr.TestRun.BATCH_SIZE, run.batchSize());
            int result = call(BpfCommand.BPF_PROG_TEST_RUN, attr, BpfAttr.TestRun.LAYOUT);
            check(result, "run " + program.what(), BpfCommand.BPF_PROG_TEST_RUN);
            return new TestRunResult(
                    attr.getInt(BpfAttr.TestRun.RETVAL),
                    attr.getInt(BpfAttr.TestRun.DURATION),
                    attr.getInt(BpfAttr.TestRun.DATA_SIZE_OUT),
                    attr.getInt(BpfAttr.TestRun.CTX_SIZE_OUT));
        } finally {
            Reference.reachabilityFence(run);
            program.release();
        }
    }

    private static long addressOrNull(NativeMemory memory) {
        return memory.size() == 0 ? 0 : memory.address();
    }

    // ---- pins

    /** BPF_OBJ_PIN: gives the object a name in a bpffs that keeps it alive. */
    public void pin(Fd object, String path) {
        int fd = object.acquire();
        try {
            NativeMemory name = NativeMemory.cString(path);
            NativeMemory attr = attr(BpfAttr.Obj.LAYOUT)
                    .set(BpfAttr.Obj.PATHNAME, name.address())
                    .set(BpfAttr.Obj.BPF_FD, fd);
            int result = call(BpfCommand.BPF_OBJ_PIN, attr, BpfAttr.Obj.LAYOUT);
            if (result < 0) {
                throw PinRefusal.of(
                        calls, "pin " + object.what() + " at " + path, BpfCommand.BPF_OBJ_PIN, path, result);
            }
        } finally {
            object.release();
        }
    }

    /**
     * BPF_OBJ_GET: opens what is pinned at a path, if it is of a kind.
     *
     * @throws PinnedKindException if it is of another, as far as /proc tells
     */
    public Fd openPinned(Path path, Kind kind) {
        Fd opened = openPinned(path.toString(), "the " + kind.noun() + " pinned at " + path);
        return opened.orClose(fd -> {
            DescriptorKind.of(fd).filter(found -> found != kind).ifPresent(found -> {
                throw new PinnedKindException(path, kind.noun(), found.noun());
            });
            return fd;
        });
    }

    /** BPF_OBJ_GET: opens what is pinned at a path, of whatever kind. */
    public Fd openPinned(String path, String what) {
        NativeMemory name = NativeMemory.cString(path);
        NativeMemory attr = attr(BpfAttr.Obj.LAYOUT).set(BpfAttr.Obj.PATHNAME, name.address());
        int result = call(BpfCommand.BPF_OBJ_GET, attr, BpfAttr.Obj.LAYOUT);
        if (result < 0) {
            throw PinRefusal.of(calls, "open " + what, BpfCommand.BPF_OBJ_GET, path, result);
        }
        return own(result, what);
    }

    // ---- ids and info

    /** The kinds of object that have ids. */
    public enum Kind {
        /** Programs (Linux 4.13). */
        PROGRAM(BpfCommand.BPF_PROG_GET_NEXT_ID, BpfCommand.BPF_PROG_GET_FD_BY_ID),
        /** Maps (Linux 4.13). */
        MAP(BpfCommand.BPF_MAP_GET_NEXT_ID, BpfCommand.BPF_MAP_GET_FD_BY_ID),
        /** Links (Linux 5.8). */
        LINK(BpfCommand.BPF_LINK_GET_NEXT_ID, BpfCommand.BPF_LINK_GET_FD_BY_ID),
        /** BTF (by id Linux 4.18, listed from 5.4). */
        BTF(BpfCommand.BPF_BTF_GET_NEXT_ID, BpfCommand.BPF_BTF_GET_FD_BY_ID);

        private final BpfCommand nextId;
        private final BpfCommand fdById;

        Kind(BpfCommand nextId, BpfCommand fdById) {
            this.nextId = nextId;
            this.fdById = fdById;
        }

        String noun() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** BPF_*_GET_NEXT_ID: the smallest id above one, or nothing when there is none. Needs CAP_SYS_ADMIN. */
    public OptionalInt nextId(Kind kind, int after) {
        NativeMemory attr = attr(BpfAttr.ById.LAYOUT).set(BpfAttr.ById.ID, after);
        int result = call(kind.nextId, attr, BpfAttr.ById.LAYOUT);
        if (result == -Errno.ENOENT.number()) {
            return OptionalInt.empty();
        }
        check(result, "list " + kind.noun() + "s", kind.nextId);
        return OptionalInt.of(attr.getInt(BpfAttr.ById.NEXT_ID));
    }

    /** BPF_*_GET_FD_BY_ID. Needs CAP_SYS_ADMIN. */
    public Fd openById(Kind kind, int id) {
        String what = kind.noun() + " " + id;
        NativeMemory attr = attr(BpfAttr.ById.LAYOUT).set(BpfAttr.ById.ID, id);
        return own(check(call(kind.fdById, attr, BpfAttr.ById.LAYOUT), "open " + what, kind.fdById), what);
    }

    /** BPF_OBJ_GET_INFO_BY_FD: fills the struct, whose size says how much of it is wanted. */
    public void info(Fd object, NativeMemory into) {
        int fd = object.acquire();
        try {
            NativeMemory attr = attr(BpfAttr.Info.LAYOUT)
                    .set(BpfAttr.Info.BPF_FD, fd)
                    .set(BpfAttr.Info.INFO_LEN, into.size())
                    .set(BpfAttr.Info.INFO, into.address());
            check(
                    call(BpfCommand.BPF_OBJ_GET_INFO_BY_FD, attr, BpfAttr.Info.LAYOUT),
                    "read the info of " + object.what(),
                    BpfCommand.BPF_OBJ_GET_INFO_BY_FD);
        } finally {
            object.release();
        }
    }

    /** BPF_ENABLE_STATS of the run time (Linux 5.8): a descriptor that keeps them on, or the negative errno. */
    public int enableRunTimeStatistics() {
        // BPF_STATS_RUN_TIME is 0
        NativeMemory attr = attr(BpfAttr.EnableStats.LAYOUT);
        return call(BpfCommand.BPF_ENABLE_STATS, attr, BpfAttr.EnableStats.LAYOUT);
    }

    /**
     * BPF_PROG_BIND_MAP (Linux 5.10): a map lives as long as a program, as if that used it; answers 0, also if it does so
     * already, or the negative errno.
     */
    public int programBindMap(Fd program, Fd map) {
        int programFd = program.acquire();
        try {
            int mapFd = map.acquire();
            try {
                NativeMemory attr = attr(BpfAttr.ProgramBindMap.LAYOUT)
                        .set(BpfAttr.ProgramBindMap.PROG_FD, programFd)
                        .set(BpfAttr.ProgramBindMap.MAP_FD, mapFd);
                return call(BpfCommand.BPF_PROG_BIND_MAP, attr, BpfAttr.ProgramBindMap.LAYOUT);
            } finally {
                map.release();
            }
        } finally {
            program.release();
        }
    }

    /** {@return an owner for a descriptor these calls have made} */
    public Fd own(int fd, String what) {
        return Fd.own(calls, fd, what);
    }

    static NativeMemory attr(StructLayout layout) {
        return attr(layout.size());
    }

    static NativeMemory attr(int size) {
        return ATTR.get().clear(size);
    }

    /** EINTR and EAGAIN: the verifier was interrupted by a signal (BPF_PROG_LOAD) and wants to be asked again. */
    int call(BpfCommand command, NativeMemory attr, StructLayout layout) {
        return call(command, attr, layout.size());
    }

    int call(BpfCommand command, NativeMemory attr, int size) {
        int result;
        int left = 5;
        do {
            result = calls.bpf(command.number(), attr.address(), size);
        } while (result == -Errno.EAGAIN.number() && --left > 0);
        return result;
    }

    static int check(int result, String activity, BpfCommand command) {
        if (result < 0) {
            Errno errno = new Errno(-result);
            throw new SystemCallException(activity, command.call(), errno, BpfHints.hint(command, errno));
        }
        return result;
    }
}
