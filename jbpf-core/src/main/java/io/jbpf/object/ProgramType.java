package io.jbpf.object;

import java.util.Optional;

/**
 * What a program is for, and so what it gets and may do: {@code enum bpf_prog_type} of linux/bpf.h. Each constant tells the
 * first Linux that has it.
 */
public enum ProgramType {
    /** {@code BPF_PROG_TYPE_UNSPEC}: no type; such a program cannot be loaded. */
    UNSPEC(0),
    /** {@code BPF_PROG_TYPE_SOCKET_FILTER}: decides how much of a packet a socket sees (Linux 3.19). */
    SOCKET_FILTER(1),
    /** {@code BPF_PROG_TYPE_KPROBE}: runs at a kernel or user-space probe (4.1). */
    KPROBE(2),
    /** {@code BPF_PROG_TYPE_SCHED_CLS}: classifies packets in traffic control, TCX and netkit (4.1). */
    SCHED_CLS(3),
    /** {@code BPF_PROG_TYPE_SCHED_ACT}: an action of traffic control (4.1). */
    SCHED_ACT(4),
    /** {@code BPF_PROG_TYPE_TRACEPOINT}: runs at a tracepoint, with the arguments as formatted for users (4.7). */
    TRACEPOINT(5),
    /** {@code BPF_PROG_TYPE_XDP}: sees packets in the driver, before the network stack (4.8). */
    XDP(6),
    /** {@code BPF_PROG_TYPE_PERF_EVENT}: runs at a perf event (4.9). */
    PERF_EVENT(7),
    /** {@code BPF_PROG_TYPE_CGROUP_SKB}: filters the packets of a cgroup (4.10). */
    CGROUP_SKB(8),
    /** {@code BPF_PROG_TYPE_CGROUP_SOCK}: decides on sockets of a cgroup (4.10). */
    CGROUP_SOCK(9),
    /** {@code BPF_PROG_TYPE_LWT_IN}: a light-weight tunnel, packets coming in (4.10). */
    LWT_IN(10),
    /** {@code BPF_PROG_TYPE_LWT_OUT}: a light-weight tunnel, packets going out (4.10). */
    LWT_OUT(11),
    /** {@code BPF_PROG_TYPE_LWT_XMIT}: a light-weight tunnel, packets being sent (4.10). */
    LWT_XMIT(12),
    /** {@code BPF_PROG_TYPE_SOCK_OPS}: tunes TCP connections of a cgroup (4.13). */
    SOCK_OPS(13),
    /** {@code BPF_PROG_TYPE_SK_SKB}: redirects packets between sockets (4.14). */
    SK_SKB(14),
    /** {@code BPF_PROG_TYPE_CGROUP_DEVICE}: decides on device access of a cgroup (4.15). */
    CGROUP_DEVICE(15),
    /** {@code BPF_PROG_TYPE_SK_MSG}: redirects messages between sockets (4.17). */
    SK_MSG(16),
    /** {@code BPF_PROG_TYPE_RAW_TRACEPOINT}: runs at a tracepoint, with the arguments as the kernel passes them (4.17). */
    RAW_TRACEPOINT(17),
    /** {@code BPF_PROG_TYPE_CGROUP_SOCK_ADDR}: rewrites socket addresses of a cgroup (4.17). */
    CGROUP_SOCK_ADDR(18),
    /** {@code BPF_PROG_TYPE_LWT_SEG6LOCAL}: a light-weight tunnel, IPv6 segment routing (4.18). */
    LWT_SEG6LOCAL(19),
    /** {@code BPF_PROG_TYPE_LIRC_MODE2}: decodes infrared signals (4.18). */
    LIRC_MODE2(20),
    /** {@code BPF_PROG_TYPE_SK_REUSEPORT}: chooses a socket among those sharing a port (4.19). */
    SK_REUSEPORT(21),
    /** {@code BPF_PROG_TYPE_FLOW_DISSECTOR}: finds the flow a packet belongs to (4.20). */
    FLOW_DISSECTOR(22),
    /** {@code BPF_PROG_TYPE_CGROUP_SYSCTL}: decides on sysctl access of a cgroup (5.2). */
    CGROUP_SYSCTL(23),
    /** {@code BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE}: a raw tracepoint that may change its argument (5.2). */
    RAW_TRACEPOINT_WRITABLE(24),
    /** {@code BPF_PROG_TYPE_CGROUP_SOCKOPT}: decides on socket options of a cgroup (5.3). */
    CGROUP_SOCKOPT(25),
    /** {@code BPF_PROG_TYPE_TRACING}: runs at entry or exit of kernel functions, at BTF tracepoints, or as an iterator (5.5). */
    TRACING(26),
    /** {@code BPF_PROG_TYPE_STRUCT_OPS}: implements a function of a kernel interface (5.6). */
    STRUCT_OPS(27),
    /** {@code BPF_PROG_TYPE_EXT}: replaces a function of another BPF program (5.6). */
    EXT(28),
    /** {@code BPF_PROG_TYPE_LSM}: runs at a hook of the Linux security modules (5.7). */
    LSM(29),
    /** {@code BPF_PROG_TYPE_SK_LOOKUP}: chooses the socket for an incoming connection (5.9). */
    SK_LOOKUP(30),
    /** {@code BPF_PROG_TYPE_SYSCALL}: runs when asked to by bpf(BPF_PROG_TEST_RUN) (5.14). */
    SYSCALL(31),
    /** {@code BPF_PROG_TYPE_NETFILTER}: runs at a netfilter hook (6.4). */
    NETFILTER(32);

    private final int number;

    ProgramType(int number) {
        this.number = number;
    }

    /** {@return the kernel's number} */
    public int number() {
        return number;
    }

    /** {@return the kernel's name, such as {@code BPF_PROG_TYPE_SOCKET_FILTER}} */
    public String kernelName() {
        return "BPF_PROG_TYPE_" + name();
    }

    /**
     * The constant with a number.
     *
     * @param number the kernel's number
     * @return the constant; empty for a number that this library does not know
     */
    public static Optional<ProgramType> of(int number) {
        // Numbers are given out one by one and never taken back: the place is the number.
        return number >= 0 && number < values().length ? Optional.of(values()[number]) : Optional.empty();
    }
}
