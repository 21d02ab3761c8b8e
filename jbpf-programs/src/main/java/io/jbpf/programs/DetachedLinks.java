package io.jbpf.programs;

import io.jbpf.BpfObject;
import io.jbpf.LoadOptions;
import io.jbpf.error.BpfException;
import io.jbpf.link.IteratorLink;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which TCX links of the machine are attached to nothing any more, in one pass of the kernel's over all links: tcx_links.bpf.c,
 * which is loaded at the first look. Wants CAP_PERFMON and CAP_BPF, or CAP_SYS_ADMIN. Safe for use by many threads.
 */
final class DetachedLinks implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DetachedLinks.class);
    private static final String PROGRAM = "detached_links";

    /** Where it was refused once it is not tried again. */
    private boolean tried;

    private @Nullable BpfObject object;
    private @Nullable IteratorLink iterator;

    /**
     * {@return the ids of such links; nothing where this kernel, or this process's privileges, do not let the iterator in}
     *
     * @throws BpfException if the pass fails
     */
    synchronized Optional<Set<Integer>> look() {
        if (!tried) {
            tried = true;
            load();
        }
        return iterator == null ? Optional.empty() : Optional.of(ids(iterator));
    }

    private void load() {
        try {
            object = BpfObject.load(Bytecode.TCX_LINKS.spec(), LoadOptions.DEFAULTS);
            iterator = IteratorLink.attach(object.program(PROGRAM));
        } catch (BpfException e) {
            LOG.debug("Links are to be looked at one by one: {}", e.getMessage());
            close();
        }
    }

    private static Set<Integer> ids(IteratorLink iterator) {
        Set<Integer> ids = new HashSet<>();
        byte[] id = new byte[Integer.BYTES];
        try (InputStream written = iterator.run()) {
            while (written.readNBytes(id, 0, id.length) == id.length) {
                ids.add(ByteBuffer.wrap(id).order(ByteOrder.nativeOrder()).getInt());
            }
            return ids;
        } catch (IOException e) {
            throw new BpfException("which links are attached to nothing cannot be read", e);
        }
    }

    @Override
    public synchronized void close() {
        tried = true;
        if (iterator != null) {
            iterator.close();
            iterator = null;
        }
        if (object != null) {
            object.close();
            object = null;
        }
    }
}
