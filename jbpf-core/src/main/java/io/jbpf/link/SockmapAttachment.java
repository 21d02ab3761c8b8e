package io.jbpf.link;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.map.BpfMap;
import io.jbpf.object.AttachType;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;

/**
 * A program for the sockets of a sockmap or sockhash without a link, for kernels that have no {@link SockmapLink}. {@code
 * BPF_PROG_ATTACH}, Linux 4.14; {@code SK_MSG} 4.17, {@code BPF_SK_SKB_VERDICT} 5.13.
 *
 * <p>It is no kernel object: it cannot be pinned and needs no pin. The map holds it, so it stays when the process dies, as
 * long as the map lives. A map has room for one of each kind, and a new one takes the place of one that was attached so:
 * whoever has the map owns what is on it. Closing it detaches this program and no other.
 */
public final class SockmapAttachment implements Link {
    private final Fd map;
    private final Fd program;
    private final AttachType attachType;
    private final String description;
    private boolean closed;

    private SockmapAttachment(Fd map, Fd program, AttachType attachType, String description) {
        this.map = map;
        this.program = program;
        this.attachType = attachType;
        this.description = description;
    }

    /**
     * Attaches a program. It is for sockets that are put into the map from now on: put them there afterwards. Needs
     * CAP_NET_ADMIN.
     *
     * @param program of type {@code SK_SKB} or {@code SK_MSG}; the attachment keeps it alive
     * @param map of type {@code SOCKMAP} or {@code SOCKHASH}; the attachment keeps it alive
     * @param attachType {@link AttachType#SK_SKB_STREAM_PARSER}, {@link AttachType#SK_SKB_STREAM_VERDICT}, {@link
     *     AttachType#SK_SKB_VERDICT} or {@link AttachType#SK_MSG_VERDICT}
     * @throws SystemCallException EBUSY if a verdict with a parser and one without would meet, or a link is there; EINVAL
     *     or EOPNOTSUPP if the program or the map does not suit, or the kernel does not know the attach type
     */
    public static SockmapAttachment attach(BpfProgram program, BpfMap map, AttachType attachType) {
        String what = SockmapLink.what(program, map, attachType);
        Fd ourMap = map.fd().duplicate();
        try {
            Fd ourProgram = program.fd().duplicate();
            try {
                int target = ourMap.acquire();
                try {
                    int result = Bpf.with(ourMap.calls())
                            .links()
                            .programAttach(ourProgram, target, attachType.number(), 0, 0);
                    if (result < 0) {
                        throw Refusal.call(what, "bpf(BPF_PROG_ATTACH)", result, SockmapLink.hint(new Errno(-result)));
                    }
                } finally {
                    ourMap.release();
                }
                return new SockmapAttachment(ourMap, ourProgram, attachType, what);
            } catch (RuntimeException | Error e) {
                ourProgram.close();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            ourMap.close();
            throw e;
        }
    }

    @Override
    public String description() {
        return description;
    }

    /** Detaches this program and no other. It may be gone already. Sockets that are in the map keep it until they leave. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try (Fd ourProgram = program;
                Fd ourMap = map) {
            int target = ourMap.acquire();
            try {
                int result = Bpf.with(ourMap.calls()).links().programDetach(ourProgram, target, attachType.number());
                if (result < 0 && result != -Errno.ENOENT.number()) {
                    throw new SystemCallException("detach " + description, "bpf(BPF_PROG_DETACH)", new Errno(-result));
                }
            } finally {
                ourMap.release();
            }
        }
    }

    @Override
    public String toString() {
        return description;
    }
}
