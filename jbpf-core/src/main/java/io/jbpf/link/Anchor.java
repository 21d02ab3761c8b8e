package io.jbpf.link;

import io.jbpf.program.BpfProgram;
import io.jbpf.sys.Fd;
import io.jbpf.sys.LinkParameters;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * A place among the programs that are attached to the same hook, in whose order they run: where TCX (Linux 6.6), netkit (6.7) or
 * a cgroup (6.16) puts a new one. Immutable; a link or program it names must be open when it is used.
 */
public final class Anchor {
    // linux/bpf.h
    private static final int BPF_F_BEFORE = 1 << 3;
    private static final int BPF_F_AFTER = 1 << 4;
    private static final int BPF_F_ID = 1 << 5;
    private static final int BPF_F_LINK = 1 << 13;

    /** Behind all that are there at the time: what the kernel does if it is told nothing. */
    public static final Anchor LAST = new Anchor(0, Optional.empty(), 0, 0);

    /** In front of all that are there at the time. */
    public static final Anchor FIRST = new Anchor(BPF_F_BEFORE, Optional.empty(), 0, 0);

    private final int flags;
    private final Optional<Fd> neighbour;
    private final int id;
    private final long revision;

    private Anchor(int flags, Optional<Fd> neighbour, int id, long revision) {
        this.flags = flags;
        this.neighbour = neighbour;
        this.id = id;
        this.revision = revision;
    }

    /** {@return right in front of a link's program} */
    public static Anchor before(KernelLink link) {
        return new Anchor(BPF_F_BEFORE | BPF_F_LINK, Optional.of(link.fd()), 0, 0);
    }

    /** {@return right behind a link's program} */
    public static Anchor after(KernelLink link) {
        return new Anchor(BPF_F_AFTER | BPF_F_LINK, Optional.of(link.fd()), 0, 0);
    }

    /** {@return right in front of a program that is attached without a link} */
    public static Anchor before(BpfProgram program) {
        return new Anchor(BPF_F_BEFORE, Optional.of(program.fd()), 0, 0);
    }

    /** {@return right behind a program that is attached without a link} */
    public static Anchor after(BpfProgram program) {
        return new Anchor(BPF_F_AFTER, Optional.of(program.fd()), 0, 0);
    }

    /** {@return right in front of one that {@link AttachedPrograms} has listed, whoever attached it} */
    public static Anchor before(AttachedPrograms.Entry entry) {
        return by(BPF_F_BEFORE, entry);
    }

    /** {@return right behind one that {@link AttachedPrograms} has listed, whoever attached it} */
    public static Anchor after(AttachedPrograms.Entry entry) {
        return by(BPF_F_AFTER, entry);
    }

    private static Anchor by(int side, AttachedPrograms.Entry entry) {
        return entry.linkId() == 0
                ? new Anchor(side | BPF_F_ID, Optional.empty(), entry.programId(), 0)
                : new Anchor(side | BPF_F_ID | BPF_F_LINK, Optional.empty(), entry.linkId(), 0);
    }

    /**
     * The same place, if nobody has attached or detached anything in the meantime.
     *
     * @param expected the {@linkplain AttachedPrograms#revision revision} that must still hold; else attaching is ESTALE
     */
    public Anchor ifStill(long expected) {
        return new Anchor(flags, neighbour, id, expected);
    }

    int flags() {
        return flags;
    }

    /** Makes a system call with the parameters; the neighbour's descriptor stays open as long. */
    int use(ToIntFunction<LinkParameters> call) {
        if (neighbour.isEmpty()) {
            return call.applyAsInt(LinkParameters.anchor(id, revision));
        }
        Fd fd = neighbour.get();
        int number = fd.acquire();
        try {
            return call.applyAsInt(LinkParameters.anchor(number, revision));
        } finally {
            fd.release();
        }
    }
}
