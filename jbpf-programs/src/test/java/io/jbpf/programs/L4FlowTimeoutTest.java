package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.TypedMap;
import io.jbpf.netlink.Direction;
import io.jbpf.netlink.IpPrefix;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.testkit.KernelTest;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * How long an entry is believed, in each state. Nobody waits: the time of the entry's last packet is set back. No socket is
 * in the network namespace, so what no entry lets in is dropped.
 */
@KernelTest
@Tag("l4-firewall")
class L4FlowTimeoutTest {
    private static final FirewallRules NOTHING =
            new FirewallRules(PortSet.empty(), PortSet.empty(), DefaultAction.BLOCK);

    private static final InetAddress POD = IpPrefix.parse("198.18.0.2/32").address();
    private static final InetAddress PEER = IpPrefix.parse("198.18.0.1/32").address();
    private static final int OWN = 40_000;
    private static final int SERVER = 443;
    private static final int SYN_ACK = Frame.SYN | Frame.ACK;

    private static final int NEXT = -1;
    private static final int DROP = 2;

    /** The program reads the clock of the last tick. */
    private static final Duration A_TICK = Duration.ofSeconds(1);

    /** Longer than this machine may be busy elsewhere. */
    private static final Duration MARGIN = Duration.ofSeconds(20);

    private final NetworkNamespace namespace = NetworkNamespace.create();
    private final L4Datapath datapath = L4Datapath.create(DatapathOptions.SINGLE);
    private final FirewallSlot slot = datapath.claim(7, true);

    L4FlowTimeoutTest() {
        slot.maps().makeTables(NOTHING);
        slot.maps().put(NOTHING);
    }

    @AfterEach
    void close() {
        slot.close();
        datapath.close();
        namespace.close();
    }

    private int run(Direction direction, Frame frame) {
        byte[] bytes = frame.bytes();
        return namespace.call(
                () -> slot.stubs().get(direction).testRun(bytes, 1).returned());
    }

    private void out(Frame frame) {
        assertThat(run(Direction.EGRESS, frame)).isEqualTo(NEXT);
    }

    private void in(Frame frame) {
        assertThat(run(Direction.INGRESS, frame)).isEqualTo(NEXT);
    }

    private static Frame tcpOut(int flags) {
        return Frame.between(POD, PEER).tcp(OWN, SERVER, flags);
    }

    private static Frame tcpIn(int flags) {
        return Frame.between(PEER, POD).tcp(SERVER, OWN, flags);
    }

    private static Frame udpOut() {
        return Frame.between(POD, PEER).udp(OWN, SERVER);
    }

    private static Frame udpIn() {
        return Frame.between(PEER, POD).udp(SERVER, OWN);
    }

    /** How a state comes about, how long it lasts, and a packet that it lets in. */
    private record State(Stream<Runnable> steps, Duration timeout, Frame answer) {}

    static Stream<Arguments> states() {
        return Stream.of("opening", "established", "closed by the pod", "closed by the peer", "reset", "udp")
                .map(Arguments::of);
    }

    private State state(String name) {
        Runnable opened = () -> out(tcpOut(Frame.SYN));
        Runnable answered = () -> in(tcpIn(SYN_ACK));
        return switch (name) {
            case "opening" -> new State(Stream.of(opened), Duration.ofMinutes(2), tcpIn(Frame.ACK));
            case "established" -> new State(Stream.of(opened, answered), Duration.ofHours(1), tcpIn(Frame.ACK));
            case "closed by the pod" ->
                new State(
                        Stream.of(opened, answered, () -> out(tcpOut(Frame.FIN | Frame.ACK))),
                        Duration.ofMinutes(1),
                        tcpIn(Frame.ACK));
            case "closed by the peer" ->
                new State(
                        Stream.of(opened, answered, () -> in(tcpIn(Frame.FIN | Frame.ACK))),
                        Duration.ofMinutes(1),
                        tcpIn(Frame.ACK));
            case "reset" ->
                new State(
                        Stream.of(opened, answered, () -> out(tcpOut(Frame.RST))),
                        Duration.ofMinutes(1),
                        tcpIn(Frame.ACK));
            case "udp" -> new State(Stream.of(() -> out(udpOut())), Duration.ofMinutes(3), udpIn());
            default -> throw new IllegalArgumentException(name);
        };
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("states")
    void anEntryIsBelievedUntilItsStateTimesOut(String name) {
        State state = state(name);
        state.steps().forEach(Runnable::run);
        setBack(flows(), state.timeout().minus(MARGIN));
        assertThat(run(Direction.INGRESS, state.answer())).isEqualTo(NEXT);
        setBack(flows(), state.timeout().plus(A_TICK));
        assertThat(run(Direction.INGRESS, state.answer())).isEqualTo(DROP);
    }

    @Test
    void whatComesInKeepsAnEstablishedConnectionAndNothingElse() {
        for (String name : List.of("established", "closed by the pod", "udp")) {
            State state = state(name);
            state.steps().forEach(Runnable::run);
            setBack(flows(), state.timeout().minus(MARGIN));
            long before = seen();
            assertThat(run(Direction.INGRESS, state.answer())).isEqualTo(NEXT);
            assertThat(seen() > before).as(name).isEqualTo(name.equals("established"));
            forget();
        }
    }

    @Test
    void whatThePodSendsKeepsAUdpFlow() {
        out(udpOut());
        setBack(flows(), Duration.ofSeconds(170));
        out(udpOut());
        setBackFurther(flows(), Duration.ofSeconds(150));
        in(udpIn());
        setBackFurther(flows(), Duration.ofMinutes(1));
        assertThat(run(Direction.INGRESS, udpIn())).isEqualTo(DROP);
    }

    @Test
    void anEntryOfAnotherFlowUnderTheSameKeyIsNotBelieved() {
        out(udpOut());
        assertThat(run(Direction.INGRESS, udpIn())).isEqualTo(NEXT);
        states(flows()).entries().forEach((key, state) -> {
            state[state.length - Flow.BYTES]++;
            states(flows()).put(key, state);
        });
        assertThat(run(Direction.INGRESS, udpIn())).isEqualTo(DROP);
        out(udpOut());
        assertThat(run(Direction.INGRESS, udpIn())).isEqualTo(NEXT);
    }

    @Test
    void laterFragmentsFollowTheFirstForHalfAMinute() {
        FirewallRules allowed = new FirewallRules(PortSet.of(SERVER), PortSet.empty(), DefaultAction.BLOCK);
        slot.maps().put(allowed);
        Frame first = Frame.ipv4Fragment(0x2000).udp(SERVER);
        Frame later = Frame.ipv4Fragment(1).udp(SERVER);
        in(first);
        setBack(datagrams(), Duration.ofSeconds(10));
        in(later);
        setBack(datagrams(), Duration.ofSeconds(30).plus(A_TICK));
        assertThat(run(Direction.INGRESS, later)).isEqualTo(DROP);
        assertThat(slot.maps().stats().unreadable().packets()).isEqualTo(1);
    }

    private BpfMap flows() {
        return datapath.tables().get(0);
    }

    private BpfMap datagrams() {
        return datapath.tables().get(1);
    }

    private long seen() {
        return states(flows()).entries().values().stream()
                .mapToLong(L4FlowTimeoutTest::seen)
                .findFirst()
                .orElseThrow();
    }

    private void forget() {
        TypedMap<ByteBuffer, byte[]> entries = states(flows());
        entries.entries().keySet().forEach(entries::delete);
    }

    /** A table as bytes. */
    private static TypedMap<ByteBuffer, byte[]> states(BpfMap table) {
        int size = table.info().keySize();
        Codec<ByteBuffer> key = Codec.of(size, (bytes, to) -> to.put(bytes.duplicate()), from -> {
            byte[] copy = new byte[size];
            from.get(copy);
            return ByteBuffer.wrap(copy);
        });
        return table.typed(key, Codec.bytes(table.valueBytes()));
    }

    private static long seen(byte[] state) {
        return ByteBuffer.wrap(state).order(ByteOrder.nativeOrder()).getLong(0);
    }

    /** As if each entry's last packet had come so long ago: seen_ns comes first in both tables. */
    static void setBack(BpfMap table, Duration ago) {
        setSeen(table, state -> System.nanoTime() - ago.toNanos());
    }

    private static void setBackFurther(BpfMap table, Duration by) {
        setSeen(table, state -> seen(state) - by.toNanos());
    }

    private interface Change {
        long of(byte[] state);
    }

    private static void setSeen(BpfMap table, Change change) {
        TypedMap<ByteBuffer, byte[]> entries = states(table);
        Map<ByteBuffer, byte[]> all = entries.entries();
        assertThat(all).isNotEmpty();
        all.forEach((key, state) -> {
            ByteBuffer.wrap(state).order(ByteOrder.nativeOrder()).putLong(0, change.of(state));
            entries.put(key, state);
        });
    }
}
