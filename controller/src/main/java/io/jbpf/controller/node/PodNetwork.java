package io.jbpf.controller.node;

import java.nio.file.Path;

/**
 * Where a pod's packets arrive.
 *
 * @param namespace a file that stands for the network namespace, good for as long as the process that it belongs to
 * @param namespaceInode the namespace's inode, the same for every process in it
 * @param interfaceName the interface as the pod sees it
 */
public record PodNetwork(Path namespace, long namespaceInode, String interfaceName) {}
