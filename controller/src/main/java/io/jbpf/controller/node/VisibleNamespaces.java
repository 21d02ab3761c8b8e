package io.jbpf.controller.node;

import io.jbpf.error.BpfException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All network namespaces that can be found on this node, whosever they are: by file, and by process. */
final class VisibleNamespaces {
    private static final Logger LOG = LoggerFactory.getLogger(VisibleNamespaces.class);
    private static final long REST_NANOS = 1_000_000_000L;

    private final NetworkNamespaces namespaces;
    private final Path proc;
    private final Path netns;
    private final Map<NamespaceIdentity, Path> known = new HashMap<>();
    private @Nullable Long lookedAt;

    /**
     * Those of a node.
     *
     * @param netns where runtimes keep files for them; it need not be there
     */
    VisibleNamespaces(NetworkNamespaces namespaces, Path proc, Path netns) {
        this.namespaces = namespaces;
        this.proc = proc;
        this.netns = netns;
    }

    /**
     * Does something for each, once. One that ends meanwhile is passed over.
     *
     * @throws BpfException if one may not be opened, or the action throws it
     */
    void forEach(Consumer<HeldNamespace> action) {
        Set<Long> seen = new HashSet<>();
        for (Path file : files()) {
            OptionalLong inode = namespaces.inode(file);
            if (inode.isPresent() && !seen.contains(inode.getAsLong())) {
                HeldNamespace namespace;
                try {
                    namespace = namespaces.open(file);
                } catch (BpfException e) {
                    // Ended since, or a file that never was one.
                    if (namespaces.inode(file).equals(inode) && file.startsWith(proc)) {
                        throw e;
                    }
                    continue;
                }
                try (namespace) {
                    if (seen.add(namespace.inode())) {
                        action.accept(namespace);
                    }
                }
            }
        }
    }

    /**
     * Opens a namespace by what tells it from others. Costs a look into each the first time, and again if it is not among those
     * that were found then, once a second at most.
     *
     * @return nothing if there is none, as when it is gone
     */
    synchronized Optional<HeldNamespace> find(NamespaceIdentity identity) {
        for (int attempt = 0; attempt < 2; attempt++) {
            Path file = known.get(identity);
            if (file != null) {
                try {
                    HeldNamespace namespace = namespaces.open(file);
                    if (namespace.identity().equals(identity)) {
                        return Optional.of(namespace);
                    }
                    namespace.close();
                } catch (BpfException e) {
                    LOG.debug("{} is passed over: {}", file, e.getMessage());
                }
            }
            long now = System.nanoTime();
            if (attempt > 0 || (lookedAt != null && now - lookedAt < REST_NANOS)) {
                break;
            }
            lookedAt = now;
            known.clear();
            look();
        }
        return Optional.empty();
    }

    private void look() {
        Set<Long> seen = new HashSet<>();
        for (Path file : files()) {
            OptionalLong inode = namespaces.inode(file);
            if (inode.isPresent() && seen.add(inode.getAsLong())) {
                try (HeldNamespace namespace = namespaces.open(file)) {
                    known.put(namespace.identity(), file);
                } catch (BpfException e) {
                    LOG.debug("{} is passed over: {}", file, e.getMessage());
                }
            }
        }
    }

    private List<Path> files() {
        List<Path> files = new ArrayList<>(list(netns, "*"));
        list(proc, "[0-9]*").forEach(process -> files.add(process.resolve("ns/net")));
        return files;
    }

    private static List<Path> list(Path directory, String names) {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, names)) {
            stream.forEach(files::add);
        } catch (IOException | DirectoryIteratorException e) {
            // No runtime has made it.
            return files;
        }
        return files;
    }
}
