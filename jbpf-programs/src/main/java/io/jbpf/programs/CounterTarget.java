package io.jbpf.programs;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What a target of a {@link SyscallCounter} is, and what is counted of it: a cgroup or a process, one of the two is there.
 *
 * @param cgroup the cgroup's directory
 * @param pid the process's id
 * @param filter which of its calls are counted
 */
public record CounterTarget(Optional<Path> cgroup, Optional<Integer> pid, SyscallFilter filter) {}
