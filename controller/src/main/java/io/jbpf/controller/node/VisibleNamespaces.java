package io.jbpf.controller.node;

import io.jbpf.error.BpfException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;

/** All network namespaces that can be found on this node, whosever they are: by file, and by process. */
final class VisibleNamespaces {
    private final NetworkNamespaces namespaces;
    private final Path proc;
    private final Path netns;

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
