package io.jbpf.link;

import io.jbpf.error.SystemCallException;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import java.nio.file.Path;

/**
 * A link of whatever kind that was found rather than made: by its pin or by its id. {@link KernelLink#openPinned(Path)} gives
 * links of their kind, where the kernel tells it (Linux 5.8).
 */
public final class FoundLink extends KernelLink {
    FoundLink(Fd fd) {
        super(fd);
    }

    /**
     * Opens a link by its pin.
     *
     * @param path where it is pinned, in a bpffs
     * @throws io.jbpf.error.PinnedKindException if something else than a link is pinned there
     * @throws SystemCallException if nothing is pinned there, or it is not ours to open
     */
    public static FoundLink openPinned(Path path) {
        return new FoundLink(Bpf.host().openPinned(path, Bpf.Kind.LINK));
    }

    /**
     * Opens a link by its id. Needs CAP_SYS_ADMIN. Linux 5.8.
     *
     * @throws SystemCallException if there is none of that id
     */
    public static FoundLink openById(int id) {
        return new FoundLink(Bpf.host().openById(Bpf.Kind.LINK, id));
    }
}
