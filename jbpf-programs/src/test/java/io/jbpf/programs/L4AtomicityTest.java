package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.jbpf.fs.BpfFs;
import io.jbpf.program.BpfProgram;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestNetwork;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rules are replaced without pause, and their owner killed, under packets to a port that every rule set blocks: none
 * passes. How many is said by {@code -Djbpf.firewall.packets}, {@code -Djbpf.firewall.replacements} and {@code
 * -Djbpf.firewall.kills}.
 */
@KernelTest
class L4AtomicityTest {
    static final int PORT = 7000;

    /** Two sets that differ in all but the port. */
    static final List<FirewallRules> RULES = List.of(
            new FirewallRules(PortSet.empty(), PortSet.range(6000, 8000), DefaultAction.ALLOW),
            new FirewallRules(PortSet.range(1, PORT - 1), PortSet.range(PORT, PORT + 1), DefaultAction.BLOCK));

    private static final long PACKETS = Long.getLong("jbpf.firewall.packets", 200_000);
    private static final int REPLACEMENTS = Integer.getInteger("jbpf.firewall.replacements", 100);
    private static final int KILLS = Integer.getInteger("jbpf.firewall.kills", 2);
    private static final int RUNS_AT_ONCE = 2_000;
    private static final int MINUTES = 30;

    private final TestNetwork network = TestNetwork.create();
    private final TestNetwork.End client = network.left();
    private final TestNetwork.End pod = network.right();
    private final BpfFs directory = BpfFs.mounted()
            .subdirectory("jbpf-atomicity-test-" + ProcessHandle.current().pid());
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicLong sent = new AtomicLong();

    @AfterEach
    void close() throws IOException {
        over.set(true);
        threads.shutdownNow();
        Pins.removeAll(directory);
        network.close();
    }

    private L4Firewall attach(L4Datapath datapath, FirewallHook hook) {
        return pod.namespace()
                .call(() -> datapath.attachPinned(
                        directory,
                        RULES.get(0),
                        FirewallOptions.DEFAULTS.withHook(hook),
                        List.of(pod.interfaceInfo())));
    }

    /** Real packets, to a socket that waits for them. */
    private Future<?> sendAlways(DatagramSocket from) {
        return threads.submit(() -> {
            DatagramPacket packet = new DatagramPacket(new byte[10], 10, pod.ipv4(), PORT);
            while (!over.get()) {
                from.send(packet);
                sent.incrementAndGet();
            }
            return 0;
        });
    }

    /** Packets of the program's own, TCP and UDP, many at a time. */
    private Future<?> run(byte[] frame, AtomicLong count) {
        return threads.submit(() -> {
            try (BpfProgram ingress = BpfProgram.openPinned(directory.pin("stub_ingress"))) {
                while (!over.get()) {
                    ingress.testRun(frame, RUNS_AT_ONCE);
                    count.addAndGet(RUNS_AT_ONCE);
                }
            }
            return 0;
        });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("io.jbpf.programs.HooksHere#all")
    void noPacketMeetsHalfARuleSetOrNone(FirewallHook hook) throws Exception {
        try (L4Datapath datapath = L4Datapath.open(directory, DatapathOptions.SINGLE);
                L4Firewall firewall = attach(datapath, hook);
                DatagramSocket from = client.datagrams(0);
                DatagramSocket there = pod.datagrams(PORT)) {
            AtomicLong ran = new AtomicLong();
            List<Future<?>> tasks = new ArrayList<>();
            tasks.add(sendAlways(from));
            tasks.add(run(Frame.ipv4().udp(PORT).bytes(), ran));
            tasks.add(run(Frame.ipv6().tcp(PORT).bytes(), ran));
            int replacements = 0;
            while (replacements < REPLACEMENTS || sent.get() + ran.get() < PACKETS) {
                firewall.update(RULES.get(++replacements % RULES.size()));
            }
            over.set(true);
            for (Future<?> task : tasks) {
                task.get(1, TimeUnit.MINUTES);
            }
            Waits.until(() -> firewall.stats().blocked().packets() >= sent.get() + ran.get());
            assertThat(firewall.stats().allowed()).isEqualTo(Traffic.NONE);
            assertThat(firewall.stats().unreadable()).isEqualTo(Traffic.NONE);
            assertNothingArrived(there);
            firewall.remove();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("io.jbpf.programs.HooksHere#all")
    void noPacketPassesWhileTheOwnerIsKilledAndTheNextOneTakesOver(FirewallHook hook) throws Exception {
        try (L4Datapath datapath = L4Datapath.open(directory, DatapathOptions.SINGLE)) {
            attach(datapath, hook).close();
        }
        try (DatagramSocket from = client.datagrams(0);
                DatagramSocket there = pod.datagrams(PORT)) {
            Future<?> sending = sendAlways(from);
            for (int kill = 0; kill < KILLS; kill++) {
                Process owner = pod.namespace().call(() -> FirewallOwner.start(directory));
                try {
                    // Killed in the middle of replacements, at another place each time.
                    FirewallOwner.awaitReplacements(owner, 3 + kill % 5);
                } finally {
                    owner.destroyForcibly();
                }
                assertThat(owner.waitFor(MINUTES, TimeUnit.MINUTES)).isTrue();
            }
            try (L4Datapath datapath = L4Datapath.open(directory, DatapathOptions.SINGLE);
                    L4Firewall last = pod.namespace().call(() -> datapath.adopt(directory, FirewallOptions.DEFAULTS)
                            .orElseThrow())) {
                over.set(true);
                sending.get(1, TimeUnit.MINUTES);
                Waits.until(() -> last.stats().blocked().packets() == sent.get());
                assertThat(last.stats().allowed()).isEqualTo(Traffic.NONE);
                assertNothingArrived(there);
                last.remove();
            }
        }
    }

    private static void assertNothingArrived(DatagramSocket there) throws IOException {
        there.setSoTimeout(1);
        DatagramPacket packet = new DatagramPacket(new byte[10], 10);
        assertThat(catchThrowable(() -> there.receive(packet))).isInstanceOf(SocketTimeoutException.class);
    }
}
