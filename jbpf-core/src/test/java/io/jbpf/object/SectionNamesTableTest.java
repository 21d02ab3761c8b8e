package io.jbpf.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.testkit.TestObjects;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table that libbpf has in {@code section_defs[]}, name by name, and what is read of a program in such a section. */
final class SectionNamesTableTest {
    /** Name (with a plus if a target may follow), BPF_PROG_TYPE, expected attach type or 0, what else it says. */
    private static final String TABLE = """
            socket                  | SOCKET_FILTER           | 0                              |
            sk_reuseport/migrate    | SK_REUSEPORT            | SK_REUSEPORT_SELECT_OR_MIGRATE |
            sk_reuseport            | SK_REUSEPORT            | SK_REUSEPORT_SELECT            |
            kprobe+                 | KPROBE                  | 0                              |
            uprobe+                 | KPROBE                  | 0                              |
            uprobe.s+               | KPROBE                  | 0                              | SLEEPABLE
            kretprobe+              | KPROBE                  | 0                              |
            uretprobe+              | KPROBE                  | 0                              |
            uretprobe.s+            | KPROBE                  | 0                              | SLEEPABLE
            kprobe.multi+           | KPROBE                  | TRACE_KPROBE_MULTI             |
            kretprobe.multi+        | KPROBE                  | TRACE_KPROBE_MULTI             |
            kprobe.session+         | KPROBE                  | TRACE_KPROBE_SESSION           |
            uprobe.multi+           | KPROBE                  | TRACE_UPROBE_MULTI             |
            uretprobe.multi+        | KPROBE                  | TRACE_UPROBE_MULTI             |
            uprobe.session+         | KPROBE                  | TRACE_UPROBE_SESSION           |
            uprobe.multi.s+         | KPROBE                  | TRACE_UPROBE_MULTI             | SLEEPABLE
            uretprobe.multi.s+      | KPROBE                  | TRACE_UPROBE_MULTI             | SLEEPABLE
            uprobe.session.s+       | KPROBE                  | TRACE_UPROBE_SESSION           | SLEEPABLE
            ksyscall+               | KPROBE                  | 0                              |
            kretsyscall+            | KPROBE                  | 0                              |
            usdt+                   | KPROBE                  | 0                              |
            usdt.s+                 | KPROBE                  | 0                              | SLEEPABLE
            tc/ingress              | SCHED_CLS               | TCX_INGRESS                    |
            tc/egress               | SCHED_CLS               | TCX_EGRESS                     |
            tcx/ingress             | SCHED_CLS               | TCX_INGRESS                    |
            tcx/egress              | SCHED_CLS               | TCX_EGRESS                     |
            tc                      | SCHED_CLS               | 0                              |
            classifier              | SCHED_CLS               | 0                              |
            action                  | SCHED_ACT               | 0                              |
            netkit/primary          | SCHED_CLS               | NETKIT_PRIMARY                 |
            netkit/peer             | SCHED_CLS               | NETKIT_PEER                    |
            tracepoint+             | TRACEPOINT              | 0                              |
            tp+                     | TRACEPOINT              | 0                              |
            tracepoint.s+           | TRACEPOINT              | 0                              | SLEEPABLE
            tp.s+                   | TRACEPOINT              | 0                              | SLEEPABLE
            raw_tracepoint+         | RAW_TRACEPOINT          | 0                              |
            raw_tp+                 | RAW_TRACEPOINT          | 0                              |
            raw_tracepoint.s+       | RAW_TRACEPOINT          | 0                              | SLEEPABLE
            raw_tp.s+               | RAW_TRACEPOINT          | 0                              | SLEEPABLE
            raw_tracepoint.w+       | RAW_TRACEPOINT_WRITABLE | 0                              |
            raw_tp.w+               | RAW_TRACEPOINT_WRITABLE | 0                              |
            tp_btf+                 | TRACING                 | TRACE_RAW_TP                   | ATTACH_BTF
            tp_btf.s+               | TRACING                 | TRACE_RAW_TP                   | ATTACH_BTF SLEEPABLE
            fentry+                 | TRACING                 | TRACE_FENTRY                   | ATTACH_BTF
            fmod_ret+               | TRACING                 | MODIFY_RETURN                  | ATTACH_BTF
            fexit+                  | TRACING                 | TRACE_FEXIT                    | ATTACH_BTF
            fentry.s+               | TRACING                 | TRACE_FENTRY                   | ATTACH_BTF SLEEPABLE
            fmod_ret.s+             | TRACING                 | MODIFY_RETURN                  | ATTACH_BTF SLEEPABLE
            fexit.s+                | TRACING                 | TRACE_FEXIT                    | ATTACH_BTF SLEEPABLE
            fsession+               | TRACING                 | TRACE_FSESSION                 | ATTACH_BTF
            fsession.s+             | TRACING                 | TRACE_FSESSION                 | ATTACH_BTF SLEEPABLE
            fsession.multi+         | TRACING                 | TRACE_FSESSION_MULTI           |
            fsession.multi.s+       | TRACING                 | TRACE_FSESSION_MULTI           | SLEEPABLE
            fentry.multi+           | TRACING                 | TRACE_FENTRY_MULTI             |
            fexit.multi+            | TRACING                 | TRACE_FEXIT_MULTI              |
            fentry.multi.s+         | TRACING                 | TRACE_FENTRY_MULTI             | SLEEPABLE
            fexit.multi.s+          | TRACING                 | TRACE_FEXIT_MULTI              | SLEEPABLE
            freplace+               | EXT                     | 0                              | ATTACH_BTF
            lsm+                    | LSM                     | LSM_MAC                        | ATTACH_BTF
            lsm.s+                  | LSM                     | LSM_MAC                        | ATTACH_BTF SLEEPABLE
            lsm_cgroup+             | LSM                     | LSM_CGROUP                     | ATTACH_BTF
            iter+                   | TRACING                 | TRACE_ITER                     | ATTACH_BTF
            iter.s+                 | TRACING                 | TRACE_ITER                     | ATTACH_BTF SLEEPABLE
            syscall                 | SYSCALL                 | 0                              | SLEEPABLE
            xdp.frags/devmap        | XDP                     | XDP_DEVMAP                     | FRAGS
            xdp/devmap              | XDP                     | XDP_DEVMAP                     |
            xdp.frags/cpumap        | XDP                     | XDP_CPUMAP                     | FRAGS
            xdp/cpumap              | XDP                     | XDP_CPUMAP                     |
            xdp.frags               | XDP                     | XDP                            | FRAGS
            xdp                     | XDP                     | XDP                            | OPTIONAL
            perf_event              | PERF_EVENT              | 0                              |
            lwt_in                  | LWT_IN                  | 0                              |
            lwt_out                 | LWT_OUT                 | 0                              |
            lwt_xmit                | LWT_XMIT                | 0                              |
            lwt_seg6local           | LWT_SEG6LOCAL           | 0                              |
            sockops                 | SOCK_OPS                | CGROUP_SOCK_OPS                | OPTIONAL
            sk_skb/stream_parser    | SK_SKB                  | SK_SKB_STREAM_PARSER           | OPTIONAL
            sk_skb/stream_verdict   | SK_SKB                  | SK_SKB_STREAM_VERDICT          | OPTIONAL
            sk_skb/verdict          | SK_SKB                  | SK_SKB_VERDICT                 | OPTIONAL
            sk_skb                  | SK_SKB                  | 0                              |
            sk_msg                  | SK_MSG                  | SK_MSG_VERDICT                 | OPTIONAL
            lirc_mode2              | LIRC_MODE2              | LIRC_MODE2                     | OPTIONAL
            flow_dissector          | FLOW_DISSECTOR          | FLOW_DISSECTOR                 | OPTIONAL
            cgroup_skb/ingress      | CGROUP_SKB              | CGROUP_INET_INGRESS            | OPTIONAL
            cgroup_skb/egress       | CGROUP_SKB              | CGROUP_INET_EGRESS             | OPTIONAL
            cgroup/skb              | CGROUP_SKB              | 0                              |
            cgroup/sock_create      | CGROUP_SOCK             | CGROUP_INET_SOCK_CREATE        |
            cgroup/sock_release     | CGROUP_SOCK             | CGROUP_INET_SOCK_RELEASE       |
            cgroup/sock             | CGROUP_SOCK             | CGROUP_INET_SOCK_CREATE        | OPTIONAL
            cgroup/post_bind4       | CGROUP_SOCK             | CGROUP_INET4_POST_BIND         |
            cgroup/post_bind6       | CGROUP_SOCK             | CGROUP_INET6_POST_BIND         |
            cgroup/bind4            | CGROUP_SOCK_ADDR        | CGROUP_INET4_BIND              |
            cgroup/bind6            | CGROUP_SOCK_ADDR        | CGROUP_INET6_BIND              |
            cgroup/connect4         | CGROUP_SOCK_ADDR        | CGROUP_INET4_CONNECT           |
            cgroup/connect6         | CGROUP_SOCK_ADDR        | CGROUP_INET6_CONNECT           |
            cgroup/connect_unix     | CGROUP_SOCK_ADDR        | CGROUP_UNIX_CONNECT            |
            cgroup/sendmsg4         | CGROUP_SOCK_ADDR        | CGROUP_UDP4_SENDMSG            |
            cgroup/sendmsg6         | CGROUP_SOCK_ADDR        | CGROUP_UDP6_SENDMSG            |
            cgroup/sendmsg_unix     | CGROUP_SOCK_ADDR        | CGROUP_UNIX_SENDMSG            |
            cgroup/recvmsg4         | CGROUP_SOCK_ADDR        | CGROUP_UDP4_RECVMSG            |
            cgroup/recvmsg6         | CGROUP_SOCK_ADDR        | CGROUP_UDP6_RECVMSG            |
            cgroup/recvmsg_unix     | CGROUP_SOCK_ADDR        | CGROUP_UNIX_RECVMSG            |
            cgroup/getpeername4     | CGROUP_SOCK_ADDR        | CGROUP_INET4_GETPEERNAME       |
            cgroup/getpeername6     | CGROUP_SOCK_ADDR        | CGROUP_INET6_GETPEERNAME       |
            cgroup/getpeername_unix | CGROUP_SOCK_ADDR        | CGROUP_UNIX_GETPEERNAME        |
            cgroup/getsockname4     | CGROUP_SOCK_ADDR        | CGROUP_INET4_GETSOCKNAME       |
            cgroup/getsockname6     | CGROUP_SOCK_ADDR        | CGROUP_INET6_GETSOCKNAME       |
            cgroup/getsockname_unix | CGROUP_SOCK_ADDR        | CGROUP_UNIX_GETSOCKNAME        |
            cgroup/sysctl           | CGROUP_SYSCTL           | CGROUP_SYSCTL                  |
            cgroup/getsockopt       | CGROUP_SOCKOPT          | CGROUP_GETSOCKOPT              |
            cgroup/setsockopt       | CGROUP_SOCKOPT          | CGROUP_SETSOCKOPT              |
            cgroup/dev              | CGROUP_DEVICE           | CGROUP_DEVICE                  | OPTIONAL
            sk_lookup               | SK_LOOKUP               | SK_LOOKUP                      |
            struct_ops+             | STRUCT_OPS              | 0                              | ATTACH_BTF
            struct_ops.s+           | STRUCT_OPS              | 0                              | ATTACH_BTF SLEEPABLE
            netfilter               | NETFILTER               | NETFILTER                      |
            """;

    private static final ObjectSpec ALL = TestObjects.read("section_names");

    /** A line of the table. */
    private record Line(String name, boolean takesTarget, String type, String attachType, List<String> flags) {
        static Line of(String text) {
            String[] cell = text.split("\\|", -1);
            String name = cell[0].strip();
            boolean takesTarget = name.endsWith("+");
            String flags = cell.length > 3 ? cell[3].strip() : "";
            return new Line(
                    takesTarget ? name.substring(0, name.length() - 1) : name,
                    takesTarget,
                    cell[1].strip(),
                    cell[2].strip(),
                    flags.isEmpty() ? List.of() : List.of(flags.split(" ")));
        }

        Optional<AttachType> attach() {
            return attachType.equals("0") ? Optional.empty() : Optional.of(AttachType.valueOf(attachType));
        }

        boolean covers(String section) {
            return section.equals(name) || (takesTarget && section.startsWith(name + "/"));
        }

        @Override
        public String toString() {
            return name + (takesTarget ? "+" : "");
        }
    }

    static Stream<Line> table() {
        return TABLE.lines().map(Line::of);
    }

    @ParameterizedTest
    @MethodSource("table")
    void aProgramInASectionIsWhatItsNameSays(Line line) {
        List<ProgramSpec> programs = ALL.programs().values().stream()
                .filter(program -> line.covers(program.sectionName()))
                .toList();
        assertThat(programs).as("section_names.bpf.c has it").isNotEmpty();
        for (ProgramSpec program : programs) {
            assertThat(program.type()).isEqualTo(ProgramType.valueOf(line.type()));
            assertThat(program.attachType()).isEqualTo(line.attach());
            assertThat(program.sleepable()).isEqualTo(line.flags().contains("SLEEPABLE"));
            assertThat(program.flags() & 1 << 5)
                    .as("BPF_F_XDP_HAS_FRAGS")
                    .isEqualTo(line.flags().contains("FRAGS") ? 1 << 5 : 0);
            assertThat(program.attachTypeOptional()).isEqualTo(line.flags().contains("OPTIONAL"));
            assertThat(program.attachesToBtf()).isEqualTo(line.flags().contains("ATTACH_BTF"));
            assertThat(program.attachTarget().isEmpty())
                    .isEqualTo(program.sectionName().equals(line.name()));
        }
    }

    @ParameterizedTest
    @MethodSource("table")
    void aNameIsMatchedWholeOrUpToASlash(Line line) {
        assertThat(SectionRule.find(line.name())).hasValueSatisfying(rule -> {
            assertThat(rule.name()).isEqualTo(line.name());
            assertThat(rule.takesTarget()).isEqualTo(line.takesTarget());
        });
        assertThat(SectionRule.find(line.name() + "x")).isEmpty();
        assertThat(SectionRule.find(line.name() + "/a/b").map(SectionRule::name))
                .isEqualTo(line.takesTarget() ? Optional.of(line.name()) : Optional.empty());
    }

    @Test
    void everyProgramIsOfOneLineAndNoLineIsMissing() {
        Map<String, List<Line>> lines = new LinkedHashMap<>();
        ALL.programs()
                .values()
                .forEach(program -> lines.put(
                        program.sectionName(),
                        new ArrayList<>(table().filter(line -> line.covers(program.sectionName()))
                                .toList())));
        assertThat(lines).allSatisfy((section, of) -> assertThat(of).as(section).hasSize(1));
        assertThat(table().map(Line::name)).doesNotHaveDuplicates();
        assertThat(SectionRule.names())
                .containsExactlyInAnyOrderElementsOf(table().map(Line::name).toList());
    }
}
