package io.jbpf.link;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.object.AttachType;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import java.nio.file.Path;

/**
 * A program at a hook of a cgroup without a link, beside the programs of others ({@code BPF_F_ALLOW_MULTI}): for kernels
 * that have no {@link CgroupLink}. {@code BPF_PROG_ATTACH}, Linux 4.15.
 *
 * <p>It is no kernel object: it cannot be pinned and needs no pin. The cgroup holds it, so it stays when the process dies,
 * until the cgroup is removed. Closing it detaches this program and no other. Modes in which a cgroup has one program that
 * the next one replaces are not offered: there a detach removes whatever is in place. Safe for use by many threads.
 */
public final class CgroupAttachment implements Link {
    private static final int BPF_F_ALLOW_MULTI = 1 << 1;
    private static final int BPF_F_REPLACE = 1 << 2;
    private static final String CALL = "bpf(BPF_PROG_ATTACH)";

    private final Fd cgroup;
    private final AttachType attachType;
    private Fd program;
    private boolean closed;

    private CgroupAttachment(Fd cgroup, AttachType attachType, Fd program) {
        this.cgroup = cgroup;
        this.attachType = attachType;
        this.program = program;
    }

    /**
     * Attaches a program behind those that are there. Needs CAP_NET_ADMIN.
     *
     * @param program loaded for the attach type; the attachment keeps it alive
     * @param cgroup a directory in a cgroup v2 hierarchy
     * @param attachType the hook
     * @throws SystemCallException EINVAL if this program is there already, EPERM also if one is that tolerates no other
     */
    public static CgroupAttachment attach(BpfProgram program, Path cgroup, AttachType attachType) {
        Fd directory = CgroupLink.open(cgroup);
        try {
            Fd held = program.fd().duplicate();
            try {
                CgroupAttachment attachment = new CgroupAttachment(directory, attachType, held);
                attachment.put(held, BPF_F_ALLOW_MULTI, 0);
                return attachment;
            } catch (RuntimeException | Error e) {
                held.close();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            directory.close();
            throw e;
        }
    }

    private void put(Fd which, int flags, int replaced) {
        int target = cgroup.acquire();
        try {
            int result =
                    Bpf.with(cgroup.calls()).links().programAttach(which, target, attachType.number(), flags, replaced);
            if (result < 0) {
                throw Refusal.call(
                        which.what() + " to " + attachType + " of " + cgroup.what(),
                        CALL,
                        result,
                        CgroupLink.hint(new Errno(-result)));
            }
        } finally {
            cgroup.release();
        }
    }

    @Override
    public synchronized String description() {
        return program.what() + " at " + attachType + " of " + cgroup.what();
    }

    /**
     * Puts another program in this one's place, at once. Linux 5.6.
     *
     * @param replacement of the same type, loaded for the same attach type
     * @throws SystemCallException ENOENT if this one is no longer there, or another refusal; the old program goes on
     */
    public synchronized void update(BpfProgram replacement) {
        Fd next = replacement.fd().duplicate();
        try {
            int replaced = program.acquire();
            try {
                put(next, BPF_F_ALLOW_MULTI | BPF_F_REPLACE, replaced);
            } finally {
                program.release();
            }
        } catch (RuntimeException | Error e) {
            next.close();
            throw e;
        }
        program.close();
        program = next;
    }

    /** Detaches this program and no other. It may be gone already, and so may the cgroup. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try (Fd ourProgram = program;
                Fd ourCgroup = cgroup) {
            int target = ourCgroup.acquire();
            try {
                int result = Bpf.with(ourCgroup.calls()).links().programDetach(ourProgram, target, attachType.number());
                if (result < 0 && result != -Errno.ENOENT.number() && result != -Errno.EBADF.number()) {
                    throw new SystemCallException(
                            "detach " + description(), "bpf(BPF_PROG_DETACH)", new Errno(-result));
                }
            } finally {
                ourCgroup.release();
            }
        }
    }

    @Override
    public String toString() {
        return description();
    }
}
