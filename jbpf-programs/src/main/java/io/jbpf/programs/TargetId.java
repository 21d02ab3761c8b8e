package io.jbpf.programs;

/**
 * A target of a {@link SyscallCounter}: a cgroup with all below it, or a process with its children.
 *
 * @param number its place in the program's table; free again after {@link SyscallCounter#unwatch}
 */
public record TargetId(int number) {}
