package io.jbpf.object;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a section's name says about the programs in it: the names libbpf 1.8 knows, and what they mean there.
 *
 * @param name the section's name; a target may follow after a slash if {@code takesTarget}
 * @param takesTarget whether {@code name/target} is the same rule
 * @param type the program type
 * @param attachType the attach type, if the name tells one
 * @param attachTypeOptional whether the kernel must not be told the attach type where it does not know it
 * @param sleepable whether the program may sleep
 * @param frags whether an XDP program understands packets in several buffers
 * @param attachesToBtf whether the target is a function or type of the kernel that must be known when loading
 */
record SectionRule(
        String name,
        boolean takesTarget,
        ProgramType type,
        Optional<AttachType> attachType,
        boolean attachTypeOptional,
        boolean sleepable,
        boolean frags,
        boolean attachesToBtf) {
    // Name (with + if a target may follow), program type, attach type or -, and flags:
    // o = attach type optional, s = sleepable, f = XDP frags, b = attaches to a BTF type.
    private static final String TABLE = """
            socket SOCKET_FILTER -
            sk_reuseport/migrate SK_REUSEPORT SK_REUSEPORT_SELECT_OR_MIGRATE
            sk_reuseport SK_REUSEPORT SK_REUSEPORT_SELECT
            kprobe+ KPROBE -
            uprobe+ KPROBE -
            uprobe.s+ KPROBE - s
            kretprobe+ KPROBE -
            uretprobe+ KPROBE -
            uretprobe.s+ KPROBE - s
            kprobe.multi+ KPROBE TRACE_KPROBE_MULTI
            kretprobe.multi+ KPROBE TRACE_KPROBE_MULTI
            kprobe.session+ KPROBE TRACE_KPROBE_SESSION
            uprobe.multi+ KPROBE TRACE_UPROBE_MULTI
            uretprobe.multi+ KPROBE TRACE_UPROBE_MULTI
            uprobe.session+ KPROBE TRACE_UPROBE_SESSION
            uprobe.multi.s+ KPROBE TRACE_UPROBE_MULTI s
            uretprobe.multi.s+ KPROBE TRACE_UPROBE_MULTI s
            uprobe.session.s+ KPROBE TRACE_UPROBE_SESSION s
            ksyscall+ KPROBE -
            kretsyscall+ KPROBE -
            usdt+ KPROBE -
            usdt.s+ KPROBE - s
            tc/ingress SCHED_CLS TCX_INGRESS
            tc/egress SCHED_CLS TCX_EGRESS
            tcx/ingress SCHED_CLS TCX_INGRESS
            tcx/egress SCHED_CLS TCX_EGRESS
            tc SCHED_CLS -
            classifier SCHED_CLS -
            action SCHED_ACT -
            netkit/primary SCHED_CLS NETKIT_PRIMARY
            netkit/peer SCHED_CLS NETKIT_PEER
            tracepoint+ TRACEPOINT -
            tp+ TRACEPOINT -
            tracepoint.s+ TRACEPOINT - s
            tp.s+ TRACEPOINT - s
            raw_tracepoint+ RAW_TRACEPOINT -
            raw_tp+ RAW_TRACEPOINT -
            raw_tracepoint.s+ RAW_TRACEPOINT - s
            raw_tp.s+ RAW_TRACEPOINT - s
            raw_tracepoint.w+ RAW_TRACEPOINT_WRITABLE -
            raw_tp.w+ RAW_TRACEPOINT_WRITABLE -
            tp_btf+ TRACING TRACE_RAW_TP b
            tp_btf.s+ TRACING TRACE_RAW_TP bs
            fentry+ TRACING TRACE_FENTRY b
            fmod_ret+ TRACING MODIFY_RETURN b
            fexit+ TRACING TRACE_FEXIT b
            fentry.s+ TRACING TRACE_FENTRY bs
            fmod_ret.s+ TRACING MODIFY_RETURN bs
            fexit.s+ TRACING TRACE_FEXIT bs
            fsession+ TRACING TRACE_FSESSION b
            fsession.s+ TRACING TRACE_FSESSION bs
            fsession.multi+ TRACING TRACE_FSESSION_MULTI
            fsession.multi.s+ TRACING TRACE_FSESSION_MULTI s
            fentry.multi+ TRACING TRACE_FENTRY_MULTI
            fexit.multi+ TRACING TRACE_FEXIT_MULTI
            fentry.multi.s+ TRACING TRACE_FENTRY_MULTI s
            fexit.multi.s+ TRACING TRACE_FEXIT_MULTI s
            freplace+ EXT - b
            lsm+ LSM LSM_MAC b
            lsm.s+ LSM LSM_MAC bs
            lsm_cgroup+ LSM LSM_CGROUP b
            iter+ TRACING TRACE_ITER b
            iter.s+ TRACING TRACE_ITER bs
            syscall SYSCALL - s
            xdp.frags/devmap XDP XDP_DEVMAP f
            xdp/devmap XDP XDP_DEVMAP
            xdp.frags/cpumap XDP XDP_CPUMAP f
            xdp/cpumap XDP XDP_CPUMAP
            xdp.frags XDP XDP f
            xdp XDP XDP o
            perf_event PERF_EVENT -
            lwt_in LWT_IN -
            lwt_out LWT_OUT -
            lwt_xmit LWT_XMIT -
            lwt_seg6local LWT_SEG6LOCAL -
            sockops SOCK_OPS CGROUP_SOCK_OPS o
            sk_skb/stream_parser SK_SKB SK_SKB_STREAM_PARSER o
            sk_skb/stream_verdict SK_SKB SK_SKB_STREAM_VERDICT o
            sk_skb/verdict SK_SKB SK_SKB_VERDICT o
            sk_skb SK_SKB -
            sk_msg SK_MSG SK_MSG_VERDICT o
            lirc_mode2 LIRC_MODE2 LIRC_MODE2 o
            flow_dissector FLOW_DISSECTOR FLOW_DISSECTOR o
            cgroup_skb/ingress CGROUP_SKB CGROUP_INET_INGRESS o
            cgroup_skb/egress CGROUP_SKB CGROUP_INET_EGRESS o
            cgroup/skb CGROUP_SKB -
            cgroup/sock_create CGROUP_SOCK CGROUP_INET_SOCK_CREATE
            cgroup/sock_release CGROUP_SOCK CGROUP_INET_SOCK_RELEASE
            cgroup/sock CGROUP_SOCK CGROUP_INET_SOCK_CREATE o
            cgroup/post_bind4 CGROUP_SOCK CGROUP_INET4_POST_BIND
            cgroup/post_bind6 CGROUP_SOCK CGROUP_INET6_POST_BIND
            cgroup/bind4 CGROUP_SOCK_ADDR CGROUP_INET4_BIND
            cgroup/bind6 CGROUP_SOCK_ADDR CGROUP_INET6_BIND
            cgroup/connect4 CGROUP_SOCK_ADDR CGROUP_INET4_CONNECT
            cgroup/connect6 CGROUP_SOCK_ADDR CGROUP_INET6_CONNECT
            cgroup/connect_unix CGROUP_SOCK_ADDR CGROUP_UNIX_CONNECT
            cgroup/sendmsg4 CGROUP_SOCK_ADDR CGROUP_UDP4_SENDMSG
            cgroup/sendmsg6 CGROUP_SOCK_ADDR CGROUP_UDP6_SENDMSG
            cgroup/sendmsg_unix CGROUP_SOCK_ADDR CGROUP_UNIX_SENDMSG
            cgroup/recvmsg4 CGROUP_SOCK_ADDR CGROUP_UDP4_RECVMSG
            cgroup/recvmsg6 CGROUP_SOCK_ADDR CGROUP_UDP6_RECVMSG
            cgroup/recvmsg_unix CGROUP_SOCK_ADDR CGROUP_UNIX_RECVMSG
            cgroup/getpeername4 CGROUP_SOCK_ADDR CGROUP_INET4_GETPEERNAME
            cgroup/getpeername6 CGROUP_SOCK_ADDR CGROUP_INET6_GETPEERNAME
            cgroup/getpeername_unix CGROUP_SOCK_ADDR CGROUP_UNIX_GETPEERNAME
            cgroup/getsockname4 CGROUP_SOCK_ADDR CGROUP_INET4_GETSOCKNAME
            cgroup/getsockname6 CGROUP_SOCK_ADDR CGROUP_INET6_GETSOCKNAME
            cgroup/getsockname_unix CGROUP_SOCK_ADDR CGROUP_UNIX_GETSOCKNAME
            cgroup/sysctl CGROUP_SYSCTL CGROUP_SYSCTL
            cgroup/getsockopt CGROUP_SOCKOPT CGROUP_GETSOCKOPT
            cgroup/setsockopt CGROUP_SOCKOPT CGROUP_SETSOCKOPT
            cgroup/dev CGROUP_DEVICE CGROUP_DEVICE o
            sk_lookup SK_LOOKUP SK_LOOKUP
            struct_ops+ STRUCT_OPS - b
            struct_ops.s+ STRUCT_OPS - bs
            netfilter NETFILTER NETFILTER
            """;

    private static final Map<String, SectionRule> RULES = rules();

    /** The rule for a section's name, without a leading question mark. */
    static Optional<SectionRule> find(String sectionName) {
        SectionRule exact = RULES.get(sectionName);
        if (exact != null) {
            return Optional.of(exact);
        }
        int slash = sectionName.indexOf('/');
        SectionRule prefix = slash < 0 ? null : RULES.get(sectionName.substring(0, slash));
        return Optional.ofNullable(prefix).filter(SectionRule::takesTarget);
    }

    /** The names of all rules, without targets. */
    static Set<String> names() {
        return RULES.keySet();
    }

    /** What follows the rule's name and a slash; empty if nothing does. */
    String target(String sectionName) {
        return sectionName.length() > name.length() ? sectionName.substring(name.length() + 1) : "";
    }

    private static Map<String, SectionRule> rules() {
        Map<String, SectionRule> rules = new HashMap<>();
        TABLE.lines().forEach(line -> {
            String[] word = line.split(" ", 4);
            boolean takesTarget = word[0].endsWith("+");
            String name = takesTarget ? word[0].substring(0, word[0].length() - 1) : word[0];
            String flags = word.length > 3 ? word[3] : "";
            rules.put(
                    name,
                    new SectionRule(
                            name,
                            takesTarget,
                            ProgramType.valueOf(word[1]),
                            word[2].equals("-") ? Optional.empty() : Optional.of(AttachType.valueOf(word[2])),
                            flags.contains("o"),
                            flags.contains("s"),
                            flags.contains("f"),
                            flags.contains("b")));
        });
        return Map.copyOf(rules);
    }
}
