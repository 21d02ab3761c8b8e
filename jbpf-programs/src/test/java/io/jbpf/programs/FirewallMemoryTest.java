package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.KernelObjects;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.program.ProgramInfo;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestCgroup;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What many firewalls take of the kernel's memory, by the memory cgroup of a process that attaches them. */
@KernelTest
@Tag(KernelSupport.SCALE)
class FirewallMemoryTest {
    private static final int FEW_PODS = 8;
    private static final int PODS = FEW_PODS + 40;
    private static final long MOST_BYTES_A_POD = 32 << 10;
    private static final int OWN_FLOWS = DatapathOptions.DEFAULTS.ownFlows();

    private static final int FEW_FLOWS = 1024;

    /** Of 150 MB. */
    private static final int TOO_MANY_FLOWS = 1 << 20;

    private static final long LITTLE = 32 << 20;

    private final NetworkNamespace namespace = NetworkNamespace.create();
    private final TestCgroup cgroup = TestCgroup.createV1("memory").orElseGet(TestCgroup::create);
    private FirewallHolder holder;

    @BeforeEach
    void open() throws IOException {
        try (RouteSocket route = namespace.call(RouteSocket::open)) {
            for (int i = 0; i < PODS; i++) {
                route.interfaces().createVeth(FirewallHolder.PREFIX + i, "peer" + i);
            }
        }
        holder = FirewallHolder.start(namespace);
        cgroup.add(holder.pid());
    }

    @AfterEach
    void close() throws IOException {
        if (holder != null) {
            holder.close();
        }
        cgroup.close();
        namespace.close();
    }

    /** Kernel memory that is charged to the cgroup. */
    private long kernelBytes() {
        Path v1 = cgroup.path().resolve("memory.kmem.usage_in_bytes");
        try {
            if (Files.exists(v1)) {
                return Long.parseLong(Files.readString(v1).strip());
            }
            return Files.readAllLines(cgroup.path().resolve("memory.stat")).stream()
                    .filter(line -> line.startsWith("kernel "))
                    .mapToLong(line -> Long.parseLong(line.substring("kernel ".length())))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFirewallTakesAtMost32KiB(FirewallHolder.Rules rules, TestReporter reporter) throws IOException {
        long before = kernelBytes();
        // A table of flows is one for all, however many they are; rules of their own are not.
        int ownFlows = rules == FirewallHolder.Rules.OTHER_PORT_BLOCKED ? FEW_FLOWS : OWN_FLOWS;
        assertThat(holder.attach(ownFlows, rules, FEW_PODS)).isEqualTo("done");
        long shared = kernelBytes();
        assertThat(holder.attach(ownFlows, rules, PODS)).isEqualTo("done");
        long bytes = (kernelBytes() - shared) / (PODS - FEW_PODS);
        reporter.publishEntry(rules.toString(), bytes + " bytes of kernel memory a firewall");
        assertThat(bytes).isPositive().isLessThanOrEqualTo(MOST_BYTES_A_POD);
        assertThat(holder.detach()).isEqualTo("done");
        // Some of it when nothing can use it any more.
        Waits.until(() -> kernelBytes() - before < MOST_BYTES_A_POD * PODS / 8);
    }

    @Test
    void withoutRoomItSaysWhatToRaiseAndLeavesNothing() throws IOException {
        Set<String> before = programs();
        Path v1 = cgroup.path().resolve("memory.limit_in_bytes");
        Files.writeString(Files.exists(v1) ? v1 : cgroup.path().resolve("memory.max"), Long.toString(LITTLE));
        assertThat(holder.attach(TOO_MANY_FLOWS, FirewallHolder.Rules.DEFAULT_BLOCK, PODS))
                .contains("ENOMEM")
                .contains("jbpf_fw_table")
                .contains("memory cgroup: raise its limit");
        // The kernel frees programs a moment later.
        Waits.until(() -> programs().equals(before));
        assertThat(holder.attach(OWN_FLOWS, FirewallHolder.Rules.DEFAULT_BLOCK, PODS))
                .isEqualTo("done");
        assertThat(programs()).hasSizeGreaterThan(before.size());
    }

    private static Set<String> programs() {
        return KernelObjects.programs().stream()
                .map(ProgramInfo::name)
                .filter(name -> name.startsWith("l4_"))
                .collect(Collectors.toSet());
    }
}
