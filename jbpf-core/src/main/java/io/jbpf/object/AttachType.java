package io.jbpf.object;

import java.util.Optional;

/**
 * Where a program is attached: {@code enum bpf_attach_type} of linux/bpf.h. Each constant tells the first Linux that
 * has it.
 */
public enum AttachType {
    /** {@code BPF_CGROUP_INET_INGRESS}: packets coming in to a cgroup (Linux 4.10). */
    CGROUP_INET_INGRESS(0),
    /** {@code BPF_CGROUP_INET_EGRESS}: packets going out of a cgroup (4.10). */
    CGROUP_INET_EGRESS(1),
    /** {@code BPF_CGROUP_INET_SOCK_CREATE}: sockets made in a cgroup (4.10). */
    CGROUP_INET_SOCK_CREATE(2),
    /** {@code BPF_CGROUP_SOCK_OPS}: TCP events of a cgroup (4.13). */
    CGROUP_SOCK_OPS(3),
    /** {@code BPF_SK_SKB_STREAM_PARSER}: finds message boundaries in a stream, for a sockmap (4.14). */
    SK_SKB_STREAM_PARSER(4),
    /** {@code BPF_SK_SKB_STREAM_VERDICT}: judges messages of a stream, for a sockmap (4.14). */
    SK_SKB_STREAM_VERDICT(5),
    /** {@code BPF_CGROUP_DEVICE}: device access of a cgroup (4.15). */
    CGROUP_DEVICE(6),
    /** {@code BPF_SK_MSG_VERDICT}: judges sent messages, for a sockmap (4.17). */
    SK_MSG_VERDICT(7),
    /** {@code BPF_CGROUP_INET4_BIND}: bind() to an IPv4 address (4.17). */
    CGROUP_INET4_BIND(8),
    /** {@code BPF_CGROUP_INET6_BIND}: bind() to an IPv6 address (4.17). */
    CGROUP_INET6_BIND(9),
    /** {@code BPF_CGROUP_INET4_CONNECT}: connect() to an IPv4 address (4.17). */
    CGROUP_INET4_CONNECT(10),
    /** {@code BPF_CGROUP_INET6_CONNECT}: connect() to an IPv6 address (4.17). */
    CGROUP_INET6_CONNECT(11),
    /** {@code BPF_CGROUP_INET4_POST_BIND}: after bind() to an IPv4 address (4.17). */
    CGROUP_INET4_POST_BIND(12),
    /** {@code BPF_CGROUP_INET6_POST_BIND}: after bind() to an IPv6 address (4.17). */
    CGROUP_INET6_POST_BIND(13),
    /** {@code BPF_CGROUP_UDP4_SENDMSG}: sending a UDP message over IPv4 (4.18). */
    CGROUP_UDP4_SENDMSG(14),
    /** {@code BPF_CGROUP_UDP6_SENDMSG}: sending a UDP message over IPv6 (4.18). */
    CGROUP_UDP6_SENDMSG(15),
    /** {@code BPF_LIRC_MODE2}: infrared signals (4.18). */
    LIRC_MODE2(16),
    /** {@code BPF_FLOW_DISSECTOR}: the flow of a packet (4.20). */
    FLOW_DISSECTOR(17),
    /** {@code BPF_CGROUP_SYSCTL}: sysctl access of a cgroup (5.2). */
    CGROUP_SYSCTL(18),
    /** {@code BPF_CGROUP_UDP4_RECVMSG}: receiving a UDP message over IPv4 (5.2). */
    CGROUP_UDP4_RECVMSG(19),
    /** {@code BPF_CGROUP_UDP6_RECVMSG}: receiving a UDP message over IPv6 (5.2). */
    CGROUP_UDP6_RECVMSG(20),
    /** {@code BPF_CGROUP_GETSOCKOPT}: getsockopt() (5.3). */
    CGROUP_GETSOCKOPT(21),
    /** {@code BPF_CGROUP_SETSOCKOPT}: setsockopt() (5.3). */
    CGROUP_SETSOCKOPT(22),
    /** {@code BPF_TRACE_RAW_TP}: a BTF-typed raw tracepoint (5.5). */
    TRACE_RAW_TP(23),
    /** {@code BPF_TRACE_FENTRY}: entry of a kernel function (5.5). */
    TRACE_FENTRY(24),
    /** {@code BPF_TRACE_FEXIT}: exit of a kernel function (5.5). */
    TRACE_FEXIT(25),
    /** {@code BPF_MODIFY_RETURN}: between entry and body of a kernel function, whose result it may set (5.7). */
    MODIFY_RETURN(26),
    /** {@code BPF_LSM_MAC}: a hook of the Linux security modules (5.7). */
    LSM_MAC(27),
    /** {@code BPF_TRACE_ITER}: an iterator over kernel objects (5.8). */
    TRACE_ITER(28),
    /** {@code BPF_CGROUP_INET4_GETPEERNAME}: getpeername() on IPv4 (5.8). */
    CGROUP_INET4_GETPEERNAME(29),
    /** {@code BPF_CGROUP_INET6_GETPEERNAME}: getpeername() on IPv6 (5.8). */
    CGROUP_INET6_GETPEERNAME(30),
    /** {@code BPF_CGROUP_INET4_GETSOCKNAME}: getsockname() on IPv4 (5.8). */
    CGROUP_INET4_GETSOCKNAME(31),
    /** {@code BPF_CGROUP_INET6_GETSOCKNAME}: getsockname() on IPv6 (5.8). */
    CGROUP_INET6_GETSOCKNAME(32),
    /** {@code BPF_XDP_DEVMAP}: an entry of a devmap (5.8). */
    XDP_DEVMAP(33),
    /** {@code BPF_CGROUP_INET_SOCK_RELEASE}: closing of a socket (5.9). */
    CGROUP_INET_SOCK_RELEASE(34),
    /** {@code BPF_XDP_CPUMAP}: an entry of a cpumap (5.9). */
    XDP_CPUMAP(35),
    /** {@code BPF_SK_LOOKUP}: looking up a listening socket (5.9). */
    SK_LOOKUP(36),
    /** {@code BPF_XDP}: a network device's XDP hook (5.9). */
    XDP(37),
    /** {@code BPF_SK_SKB_VERDICT}: judges packets without parsing, for a sockmap (5.13). */
    SK_SKB_VERDICT(38),
    /** {@code BPF_SK_REUSEPORT_SELECT}: choosing a socket that shares a port (5.14). */
    SK_REUSEPORT_SELECT(39),
    /** {@code BPF_SK_REUSEPORT_SELECT_OR_MIGRATE}: the same, or moving a connection to another one (5.14). */
    SK_REUSEPORT_SELECT_OR_MIGRATE(40),
    /** {@code BPF_PERF_EVENT}: a perf event, by link (5.15). */
    PERF_EVENT(41),
    /** {@code BPF_TRACE_KPROBE_MULTI}: many kernel probes at once (5.18). */
    TRACE_KPROBE_MULTI(42),
    /** {@code BPF_LSM_CGROUP}: a hook of the Linux security modules, for one cgroup (6.0). */
    LSM_CGROUP(43),
    /** {@code BPF_STRUCT_OPS}: a kernel interface (5.6; as a link 6.4). */
    STRUCT_OPS(44),
    /** {@code BPF_NETFILTER}: a netfilter hook (6.4). */
    NETFILTER(45),
    /** {@code BPF_TCX_INGRESS}: packets coming in to a network device (6.6). */
    TCX_INGRESS(46),
    /** {@code BPF_TCX_EGRESS}: packets going out of a network device (6.6). */
    TCX_EGRESS(47),
    /** {@code BPF_TRACE_UPROBE_MULTI}: many user-space probes at once (6.6). */
    TRACE_UPROBE_MULTI(48),
    /** {@code BPF_CGROUP_UNIX_CONNECT}: connect() on a Unix socket (6.7). */
    CGROUP_UNIX_CONNECT(49),
    /** {@code BPF_CGROUP_UNIX_SENDMSG}: sending a message on a Unix socket (6.7). */
    CGROUP_UNIX_SENDMSG(50),
    /** {@code BPF_CGROUP_UNIX_RECVMSG}: receiving a message on a Unix socket (6.7). */
    CGROUP_UNIX_RECVMSG(51),
    /** {@code BPF_CGROUP_UNIX_GETPEERNAME}: getpeername() on a Unix socket (6.7). */
    CGROUP_UNIX_GETPEERNAME(52),
    /** {@code BPF_CGROUP_UNIX_GETSOCKNAME}: getsockname() on a Unix socket (6.7). */
    CGROUP_UNIX_GETSOCKNAME(53),
    /** {@code BPF_NETKIT_PRIMARY}: a netkit device's primary side (6.7). */
    NETKIT_PRIMARY(54),
    /** {@code BPF_NETKIT_PEER}: a netkit device's peer side (6.7). */
    NETKIT_PEER(55),
    /** {@code BPF_TRACE_KPROBE_SESSION}: entry and exit of kernel functions as one session (6.10). */
    TRACE_KPROBE_SESSION(56),
    /** {@code BPF_TRACE_UPROBE_SESSION}: entry and exit of user-space functions as one session (6.13). */
    TRACE_UPROBE_SESSION(57),
    /** {@code BPF_TRACE_FSESSION}: entry and exit of kernel functions by BTF, as one session (7.0). */
    TRACE_FSESSION(58),
    /** {@code BPF_TRACE_FENTRY_MULTI}: many kernel functions' entries by BTF at once, which are told on attaching (7.2). */
    TRACE_FENTRY_MULTI(59),
    /** {@code BPF_TRACE_FEXIT_MULTI}: many kernel functions' exits by BTF at once (7.2). */
    TRACE_FEXIT_MULTI(60),
    /** {@code BPF_TRACE_FSESSION_MULTI}: entry and exit of many kernel functions by BTF at once, as one session (7.2). */
    TRACE_FSESSION_MULTI(61);

    private final int number;

    AttachType(int number) {
        this.number = number;
    }

    /** {@return the kernel's number} */
    public int number() {
        return number;
    }

    /** {@return the kernel's name, such as {@code BPF_CGROUP_INET_EGRESS}} */
    public String kernelName() {
        return "BPF_" + name();
    }

    /**
     * The constant with a number.
     *
     * @param number the kernel's number
     * @return the constant; empty for a number that this library does not know
     */
    public static Optional<AttachType> of(int number) {
        // Numbers are given out one by one and never taken back: the place is the number.
        return number >= 0 && number < values().length ? Optional.of(values()[number]) : Optional.empty();
    }
}
