package io.jbpf.controller.node;

import io.jbpf.error.BpfException;
import java.nio.file.Path;
import java.util.OptionalLong;

/** The way from files that stand for network namespaces to the namespaces. */
public interface NetworkNamespaces {
    /**
     * The inode of the file's namespace, without opening it.
     *
     * @param path {@code /run/netns/NAME} or {@code /proc/PID/ns/net}; it is not checked that it is one
     * @return nothing if it is gone, or not ours to look at
     */
    OptionalLong inode(Path path);

    /**
     * Opens a namespace.
     *
     * @param path what stands for it
     * @throws BpfException if it is gone, is no namespace, or is not ours to open
     */
    HeldNamespace open(Path path);
}
