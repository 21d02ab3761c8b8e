/**
 * Two finished programs with typed faces: their bytecode comes with the jar, nobody needs a compiler.
 *
 * <p>{@link io.jbpf.programs.SyscallCounter} counts the system calls of whole cgroups, or of a process and its children,
 * exactly: per process and per kind of call. What is counted is a {@link io.jbpf.programs.SyscallFilter}; names and
 * numbers of both architectures are in {@link io.jbpf.programs.Syscalls}.
 *
 * <p>{@link io.jbpf.programs.L4Firewall} judges the TCP and UDP packets that enter network interfaces by
 * {@link io.jbpf.programs.FirewallRules}, lets the answers to own connections in, and counts what it did in
 * {@link io.jbpf.programs.FirewallStats}. Many of them share one program and its tables: an
 * {@link io.jbpf.programs.L4Datapath}, which can live in a directory of a bpffs as well, and its firewalls with it.
 *
 * <p>The C sources are in {@code src/main/bpf} of this module, each with an account of how it works. The classes here
 * own what they load: closing one detaches and frees everything it made, and nothing else. A counter that is opened with a
 * directory of a bpffs lives there instead: it counts on when it is closed or its process is killed, whoever opens the
 * directory next adopts it, and {@link io.jbpf.programs.SyscallCounter#remove} ends it.
 */
@NullMarked
package io.jbpf.programs;

import org.jspecify.annotations.NullMarked;
