package io.jbpf.controller.scale;

import java.net.InetAddress;
import java.nio.file.Path;

/**
 * A pod that runs.
 *
 * @param name its name
 * @param cgroup its cgroup
 * @param container the cgroup of its container
 * @param process its process
 * @param address its address
 */
record PodOnNode(String name, Path cgroup, Path container, long process, InetAddress address) {}
