package io.jbpf.link;

import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import java.nio.file.Path;

/**
 * A link that is a kernel object with a descriptor: it can be pinned, and outlives this process if it is. Linux 5.7
 * (raw tracepoints before that have a descriptor but no pin).
 */
public abstract sealed class KernelLink implements Link
        permits RawTracepointLink,
                TracingLink,
                CgroupLink,
                XdpLink,
                IteratorLink,
                TcxLink,
                PerfEventLink,
                KprobeMultiLink,
                UprobeMultiLink,
                NetnsLink,
                NetfilterLink,
                StructOpsLink,
                NetkitLink,
                SockmapLink,
                FoundLink {
    private final Fd fd;

    KernelLink(Fd fd) {
        this.fd = fd;
    }

    /**
     * Opens a link by its pin, as a link of its kind: {@code if (KernelLink.openPinned(pin) instanceof XdpLink xdp)}. One of
     * a kind that this version does not know is a {@link FoundLink}. Linux 5.8, which tells the kind.
     *
     * @param path where it is pinned, in a bpffs
     * @throws io.jbpf.error.PinnedKindException if something else than a link is pinned there
     * @throws SystemCallException if nothing is pinned there, or it is not ours to open
     */
    public static KernelLink openPinned(Path path) {
        return ofItsKind(Bpf.host().openPinned(path, Bpf.Kind.LINK));
    }

    /**
     * Opens a link of a known kind by its pin. Linux 5.8.
     *
     * @param path where it is pinned, in a bpffs
     * @param kind the link's class
     * @throws BpfException if what is pinned there is a link of another kind
     * @throws io.jbpf.error.PinnedKindException if something else than a link is pinned there
     * @throws SystemCallException if nothing is pinned there, or it is not ours to open
     */
    public static <T extends KernelLink> T openPinned(Path path, Class<T> kind) {
        return as(kind, openPinned(path));
    }

    /**
     * Opens a link by its id, as a link of its kind. Needs CAP_SYS_ADMIN. Linux 5.8.
     *
     * @throws SystemCallException if there is none of that id
     */
    public static KernelLink openById(int id) {
        return ofItsKind(Bpf.host().openById(Bpf.Kind.LINK, id));
    }

    /**
     * Opens a link of a known kind by its id. Needs CAP_SYS_ADMIN. Linux 5.8.
     *
     * @param id as {@link LinkInfo#id} tells it
     * @param kind the link's class
     * @throws BpfException if it is a link of another kind
     * @throws SystemCallException if there is none of that id
     */
    public static <T extends KernelLink> T openById(int id, Class<T> kind) {
        return as(kind, openById(id));
    }

    private static KernelLink ofItsKind(Fd fd) {
        try {
            return switch (RawLinkInfo.read(fd).type()) {
                case RawTracepointLink.TYPE -> new RawTracepointLink(fd);
                case TracingLink.TYPE -> new TracingLink(fd);
                case CgroupLink.TYPE -> new CgroupLink(fd);
                case IteratorLink.TYPE -> new IteratorLink(fd);
                case XdpLink.TYPE -> new XdpLink(fd);
                case TcxLink.TYPE -> new TcxLink(fd);
                case PerfEventLink.TYPE -> new FoundPerfEventLink(fd);
                case KprobeMultiLink.TYPE -> new KprobeMultiLink(fd);
                case UprobeMultiLink.TYPE -> new UprobeMultiLink(fd);
                case NetnsLink.TYPE -> new NetnsLink(fd);
                case NetfilterLink.TYPE -> new NetfilterLink(fd);
                case StructOpsLink.TYPE -> new StructOpsLink(fd);
                case NetkitLink.TYPE -> new NetkitLink(fd);
                case SockmapLink.TYPE -> new SockmapLink(fd);
                default -> new FoundLink(fd);
            };
        } catch (RuntimeException | Error e) {
            fd.close();
            throw e;
        }
    }

    private static <T extends KernelLink> T as(Class<T> kind, KernelLink link) {
        if (kind.isInstance(link)) {
            return kind.cast(link);
        }
        try (link) {
            throw new BpfException(link.description() + " is a link of type "
                    + link.info().typeName() + ", not a " + kind.getSimpleName());
        }
    }

    @Override
    public String description() {
        return fd.what();
    }

    /** {@return what the kernel says of the link; Linux 5.8} */
    public LinkInfo info() {
        return LinkInfo.read(fd);
    }

    /**
     * Gives the link a name in a bpffs: the attachment goes on after {@link #close} and after this process.
     *
     * @throws SystemCallException EEXIST if the name is taken
     */
    public void pin(Path path) {
        bpf().pin(fd, path.toString());
    }

    /**
     * Puts another program in this one's place, at once: no packet or event meets neither, or both.
     *
     * @param program of the same type, loaded for the same attach type
     * @throws UnsupportedFeatureException where the kind cannot: tracepoints, probes, tracing and netfilter
     * @throws SystemCallException if the program does not fit; ENOLINK if what the link hung on is gone
     */
    public void update(BpfProgram program) {
        int result = bpf().links().replace(fd, program.fd());
        if (result < 0) {
            throw notReplaced(program, new Errno(-result));
        }
    }

    private BpfException notReplaced(BpfProgram program, Errno errno) {
        String hint = "";
        if (errno.equals(Errno.EINVAL)) {
            hint =
                    "the program is of another type or for another attach type, or links of this kind keep their program";
        } else if (errno.equals(Errno.ENOLINK)) {
            hint = "what the link hung on is gone, or the link was detached";
        }
        SystemCallException refusal = new SystemCallException(
                "put program '" + program.name() + "' into " + fd.what(), "bpf(BPF_LINK_UPDATE)", errno, hint);
        // kernel/bpf/syscall.c, link_update: a kind without update_prog is EINVAL, netfilter says EOPNOTSUPP.
        boolean cannot = errno.equals(Errno.EINVAL) || errno.equals(Errno.EOPNOTSUPP);
        return cannot && !replaceable()
                ? new UnsupportedFeatureException("replacing the program of a " + kind() + " link", "", refusal)
                : refusal;
    }

    /** Whether links of this kind can get another program. */
    boolean replaceable() {
        return true;
    }

    private String kind() {
        return getClass().getSimpleName().replaceFirst("Link$", "");
    }

    /**
     * Ends the attachment whoever else holds the link: pins and other descriptors keep a link that does nothing any more.
     * Linux 5.9.
     *
     * @throws UnsupportedFeatureException where the kind cannot: tracepoints, probes, tracing and iterators end when nobody
     *     holds them
     * @throws SystemCallException if the kernel refuses otherwise
     */
    public void detach() {
        int result = bpf().links().detach(fd);
        if (result < 0) {
            Errno errno = new Errno(-result);
            SystemCallException refusal =
                    new SystemCallException("detach " + fd.what(), "bpf(BPF_LINK_DETACH)", errno, "");
            if (errno.equals(Errno.EOPNOTSUPP)) {
                throw new UnsupportedFeatureException("detaching a " + kind() + " link that others hold", "", refusal);
            }
            throw errno.equals(Errno.EINVAL)
                    ? new UnsupportedFeatureException("detaching links", "5.9", refusal)
                    : refusal;
        }
    }

    @Override
    public void close() {
        fd.close();
    }

    /** The descriptor, for what is told the kernel of the link. */
    Fd fd() {
        return fd;
    }

    @Override
    public String toString() {
        return fd.toString();
    }

    private Bpf bpf() {
        return Bpf.with(fd.calls());
    }
}
