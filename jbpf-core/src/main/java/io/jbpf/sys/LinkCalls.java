package io.jbpf.sys;

import java.lang.ref.Reference;

/**
 * The commands of bpf(2) that attach: links, and attachments that are none. Those with fall-backs answer the negative
 * errno, as those of {@link Bpf} do.
 */
public final class LinkCalls {
    private final Bpf bpf;

    LinkCalls(Bpf bpf) {
        this.bpf = bpf;
    }

    /** BPF_RAW_TRACEPOINT_OPEN (Linux 4.17); with an empty name for tp_btf, fentry and LSM programs. */
    public Fd rawTracepointOpen(Fd program, String tracepoint, String what) {
        return rawTracepointOpen(program, tracepoint, 0, what);
    }

    /** BPF_RAW_TRACEPOINT_OPEN with a cookie (Linux 6.10); 0 for none. */
    public Fd rawTracepointOpen(Fd program, String tracepoint, long cookie, String what) {
        int fd = program.acquire();
        try {
            NativeMemory name = NativeMemory.cString(tracepoint);
            NativeMemory attr = Bpf.attr(BpfAttr.RawTracepoint.LAYOUT)
                    .set(BpfAttr.RawTracepoint.NAME, tracepoint.isEmpty() ? 0 : name.address())
                    .set(BpfAttr.RawTracepoint.PROG_FD, fd)
                    .set(BpfAttr.RawTracepoint.COOKIE, cookie);
            int result = bpf.call(BpfCommand.BPF_RAW_TRACEPOINT_OPEN, attr, BpfAttr.RawTracepoint.LAYOUT);
            return bpf.own(Bpf.check(result, "attach " + what, BpfCommand.BPF_RAW_TRACEPOINT_OPEN), what);
        } finally {
            program.release();
        }
    }

    /**
     * BPF_LINK_CREATE (Linux 5.7); answers the descriptor or the negative errno.
     *
     * @param target a descriptor or an interface index, as the attach type has it
     */
    public int create(Fd program, int target, int attachType, int flags) {
        return create(program, target, attachType, flags, LinkParameters.NONE);
    }

    /**
     * BPF_LINK_CREATE (Linux 5.7); answers the descriptor or the negative errno.
     *
     * @param program what is attached: a program, or the map of a struct_ops
     * @param target a descriptor or an interface index, as the attach type has it
     * @param parameters what the attach type is told beyond that
     */
    public int create(Fd program, int target, int attachType, int flags, LinkParameters parameters) {
        int fd = program.acquire();
        try {
            int head = BpfAttr.LinkCreate.LAYOUT.size();
            NativeMemory attr = Bpf.attr(head + parameters.size())
                    .set(BpfAttr.LinkCreate.PROG_FD, fd)
                    .set(BpfAttr.LinkCreate.TARGET_FD, target)
                    .set(BpfAttr.LinkCreate.ATTACH_TYPE, attachType)
                    .set(BpfAttr.LinkCreate.FLAGS, flags);
            parameters.copyTo(attr, head);
            return bpf.call(BpfCommand.BPF_LINK_CREATE, attr, head + parameters.size());
        } finally {
            Reference.reachabilityFence(parameters);
            program.release();
        }
    }

    /** BPF_ITER_CREATE (Linux 5.8): one run of an iterator, to be read; answers the descriptor or the negative errno. */
    public int iteratorCreate(Fd link) {
        int fd = link.acquire();
        try {
            NativeMemory attr = Bpf.attr(BpfAttr.IterCreate.LAYOUT).set(BpfAttr.IterCreate.LINK_FD, fd);
            return bpf.call(BpfCommand.BPF_ITER_CREATE, attr, BpfAttr.IterCreate.LAYOUT);
        } finally {
            link.release();
        }
    }

    // ---- attachments that are no links

    /**
     * BPF_PROG_ATTACH (Linux 4.10); answers 0 or the negative errno.
     *
     * @param target a descriptor or an interface index, as the attach type has it
     * @param replaced the descriptor of the program to be replaced with {@code BPF_F_REPLACE} (Linux 5.6), else 0
     */
    public int programAttach(Fd program, int target, int attachType, int flags, int replaced) {
        int fd = program.acquire();
        try {
            NativeMemory attr = Bpf.attr(BpfAttr.ProgAttach.LAYOUT)
                    .set(BpfAttr.ProgAttach.TARGET_FD, target)
                    .set(BpfAttr.ProgAttach.ATTACH_BPF_FD, fd)
                    .set(BpfAttr.ProgAttach.ATTACH_TYPE, attachType)
                    .set(BpfAttr.ProgAttach.ATTACH_FLAGS, flags)
                    .set(BpfAttr.ProgAttach.REPLACE_BPF_FD, replaced);
            return bpf.call(BpfCommand.BPF_PROG_ATTACH, attr, BpfAttr.ProgAttach.LAYOUT);
        } finally {
            program.release();
        }
    }

    /** BPF_PROG_DETACH (Linux 4.10) of that program; answers 0 or the negative errno. */
    public int programDetach(Fd program, int target, int attachType) {
        int fd = program.acquire();
        try {
            NativeMemory attr = Bpf.attr(BpfAttr.ProgAttach.LAYOUT)
                    .set(BpfAttr.ProgAttach.TARGET_FD, target)
                    .set(BpfAttr.ProgAttach.ATTACH_BPF_FD, fd)
                    .set(BpfAttr.ProgAttach.ATTACH_TYPE, attachType);
            return bpf.call(BpfCommand.BPF_PROG_DETACH, attr, BpfAttr.ProgAttach.LAYOUT);
        } finally {
            program.release();
        }
    }

    /** What BPF_PROG_QUERY answers: the negative errno or 0, and how many there are, which may be more than fitted. */
    public record QueryResult(int result, int count, int attachFlags, long revision) {}

    /**
     * BPF_PROG_QUERY (Linux 4.15): what is attached somewhere.
     *
     * @param target a descriptor or an interface index, as the attach type has it
     * @param programIds room for ids, four bytes each
     * @param linkIds as much room for the ids of links (Linux 6.6), or none at all
     */
    public QueryResult programQuery(
            int target, int attachType, int flags, NativeMemory programIds, NativeMemory linkIds) {
        return programQuery(target, attachType, flags, programIds, linkIds, NativeMemory.allocate(0));
    }

    /**
     * The same, with each program's attach flags.
     *
     * @param programFlags as much room for them as for ids (Linux 6.0), or none at all
     */
    public QueryResult programQuery(
            int target,
            int attachType,
            int flags,
            NativeMemory programIds,
            NativeMemory linkIds,
            NativeMemory programFlags) {
        NativeMemory attr = Bpf.attr(BpfAttr.Query.LAYOUT)
                .set(BpfAttr.Query.TARGET_FD, target)
                .set(BpfAttr.Query.ATTACH_TYPE, attachType)
                .set(BpfAttr.Query.QUERY_FLAGS, flags)
                .set(BpfAttr.Query.PROG_IDS, programIds.address())
                .set(BpfAttr.Query.COUNT, programIds.size() / Integer.BYTES)
                .set(BpfAttr.Query.PROG_ATTACH_FLAGS, programFlags.size() == 0 ? 0 : programFlags.address())
                .set(BpfAttr.Query.LINK_IDS, linkIds.size() == 0 ? 0 : linkIds.address());
        int result = bpf.call(BpfCommand.BPF_PROG_QUERY, attr, BpfAttr.Query.LAYOUT);
        return new QueryResult(
                result,
                attr.getInt(BpfAttr.Query.COUNT),
                attr.getInt(BpfAttr.Query.ATTACH_FLAGS),
                attr.get(BpfAttr.Query.REVISION));
    }

    /** BPF_LINK_UPDATE with the descriptor of a program or of a struct_ops map; answers 0 or the negative errno. */
    public int replace(Fd link, Fd replacement) {
        int linkFd = link.acquire();
        try {
            int fd = replacement.acquire();
            try {
                NativeMemory attr = Bpf.attr(BpfAttr.LinkUpdate.LAYOUT)
                        .set(BpfAttr.LinkUpdate.LINK_FD, linkFd)
                        .set(BpfAttr.LinkUpdate.NEW_PROG_FD, fd);
                return bpf.call(BpfCommand.BPF_LINK_UPDATE, attr, BpfAttr.LinkUpdate.LAYOUT);
            } finally {
                replacement.release();
            }
        } finally {
            link.release();
        }
    }

    /** BPF_LINK_DETACH (Linux 5.9): ends the attachment whoever else holds the link; answers 0 or the negative errno. */
    public int detach(Fd link) {
        int fd = link.acquire();
        try {
            NativeMemory attr = Bpf.attr(BpfAttr.LinkDetach.LAYOUT).set(BpfAttr.LinkDetach.LINK_FD, fd);
            return bpf.call(BpfCommand.BPF_LINK_DETACH, attr, BpfAttr.LinkDetach.LAYOUT);
        } finally {
            link.release();
        }
    }
}
