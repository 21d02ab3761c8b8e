package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.object.ObjectSpec;
import io.jbpf.program.BpfProgram;
import io.jbpf.testkit.KernelTest;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Random packets under random rules: the program and a plain model of it agree on each verdict, and in the end on the
 * counts. 100,000 cases, or as many as {@code -Djbpf.firewall.cases} says.
 */
@KernelTest
class L4ModelTest {
    private static final int CASES = Integer.getInteger("jbpf.firewall.cases", 100_000);
    private static final int CASES_PER_RULES = 2_000;
    private static final long FOREVER = Long.MAX_VALUE / 2;

    /** The kernel's test run takes no shorter frames of IPv4 and of IPv6. */
    private static final int SHORTEST_IPV4 = 34;

    private static final int SHORTEST_IPV6 = 54;

    private final long seed = Long.getLong("jbpf.firewall.seed", System.nanoTime());
    private final RandomFrames frames = new RandomFrames(new Random(seed));

    @Test
    void theProgramDoesWhatTheModelSays() {
        // No socket of this machine is to be found there.
        try (NetworkNamespace namespace = NetworkNamespace.create()) {
            namespace.call(() -> {
                compare();
                return 0;
            });
        }
    }

    private void compare() {
        // Tables so large that nothing is evicted.
        DatapathOptions options = DatapathOptions.SINGLE.withOwnFlows(1 << 19);
        try (L4Datapath datapath = L4Datapath.create(options, L4ModelTest::withoutTimeouts);
                FirewallSlot slot = datapath.claim(1, true)) {
            FirewallMaps maps = slot.maps();
            BpfProgram ingress = slot.stubs().ingress();
            BpfProgram egress = slot.stubs().egress();
            PacketModel model = new PacketModel();
            Map<PacketModel.Kind, Long> kinds = new EnumMap<>(PacketModel.Kind.class);
            long passed = 0;
            FirewallRules rules = FirewallRules.allowAll();
            for (int number = 0; number < CASES; number++) {
                if (number % CASES_PER_RULES == 0) {
                    rules = frames.rules();
                    maps.makeTables(rules);
                    maps.put(rules);
                    maps.dropTables(rules);
                    model.replaced(rules);
                }
                byte[] frame = longEnough(frames.next());
                if (frames.isOutgoing()) {
                    model.outgoing(rules, frame);
                    assertThat(egress.testRun(frame, 1).returned()).isEqualTo(-1);
                    continue;
                }
                PacketModel.Verdict expected = model.incoming(rules, frame);
                boolean passes = ingress.testRun(frame, 1).returned() == -1;
                if (passes != expected.passes()) {
                    throw new AssertionError("case " + number + " of seed " + seed + ": the program "
                            + (passes ? "passes" : "drops") + " what the model calls " + expected + " under " + rules
                            + ": " + HexFormat.of().formatHex(frame));
                }
                kinds.merge(expected.kind(), 1L, Long::sum);
                passed += (passes && expected.kind() != PacketModel.Kind.OTHER) ? 1 : 0;
            }
            FirewallStats stats = maps.stats();
            assertThat(stats.tcp().packets()).isEqualTo(kinds.getOrDefault(PacketModel.Kind.TCP, 0L));
            assertThat(stats.udp().packets()).isEqualTo(kinds.getOrDefault(PacketModel.Kind.UDP, 0L));
            assertThat(stats.unreadable().packets()).isEqualTo(kinds.getOrDefault(PacketModel.Kind.UNREADABLE, 0L));
            assertThat(stats.allowed().packets()).isEqualTo(passed);
            assertThat(kinds).hasSize(PacketModel.Kind.values().length);
            assertThat(stats.blocked().packets()).isPositive();
            assertThat(model.ownLetIn()).isPositive();
            assertThat(model.fragmentsThatFollowed()).isPositive();
        }
    }

    private static ObjectSpec withoutTimeouts(ObjectSpec spec) {
        ObjectSpec without = spec;
        for (String timeout : List.of("opening_ns", "established_ns", "closing_ns", "udp_flow_ns", "fragment_ns")) {
            without = without.withVariable(timeout, FOREVER);
        }
        return without;
    }

    private static byte[] longEnough(byte[] frame) {
        int type = ((frame[12] & 0xff) << 8) | (frame[13] & 0xff);
        int shortest = type == 0x0800 ? SHORTEST_IPV4 : type == 0x86dd ? SHORTEST_IPV6 : 14;
        return frame.length < shortest ? Arrays.copyOf(frame, shortest) : frame;
    }
}
