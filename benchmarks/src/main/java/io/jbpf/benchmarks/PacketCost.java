package io.jbpf.benchmarks;

import io.jbpf.insn.Instruction;
import io.jbpf.insn.Opcodes;
import io.jbpf.link.TcxLink;
import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.netlink.IpPrefix;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.object.AttachType;
import io.jbpf.object.ProgramType;
import io.jbpf.program.AssembledProgram;
import io.jbpf.program.BpfProgram;
import io.jbpf.programs.DatapathOptions;
import io.jbpf.programs.DefaultAction;
import io.jbpf.programs.FirewallHook;
import io.jbpf.programs.FirewallOptions;
import io.jbpf.programs.FirewallRules;
import io.jbpf.programs.L4Datapath;
import io.jbpf.programs.PortSet;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * What a packet through a veth costs with nothing, with the firewall, and with nftables, in one run: the variants take
 * turns, and the best turn of each counts. Packets go to a port on which nobody reads and whose buffer is full, so that the
 * cost behind the filters is the same for all.
 */
public final class PacketCost {
    private static final int PORT = 8080;
    private static final int REPLY_PORT = 45_000;
    private static final InetAddress OUTSIDE = address("198.18.255.1");
    private static final InetAddress POD = address("198.18.255.2");

    private final NetworkNamespace outside = NetworkNamespace.create();
    private final NetworkNamespace pod = NetworkNamespace.create();
    private final InterfaceInfo podInterface;
    private final int packets;

    /** One for all, as a node has it: so that no turn begins with the loading of programs and the making of tables. */
    private final L4Datapath datapath = L4Datapath.create(DatapathOptions.SINGLE);

    private PacketCost(int packets) {
        this.packets = packets;
        try (RouteSocket left = outside.call(RouteSocket::open);
                RouteSocket right = pod.call(RouteSocket::open)) {
            InterfaceInfo made = left.interfaces().createVeth("bench-out", "bench-pod", pod);
            podInterface = right.interfaces().get("bench-pod");
            left.interfaces().addAddress(made, IpPrefix.parse("198.18.255.1/24"));
            right.interfaces().addAddress(podInterface, IpPrefix.parse("198.18.255.2/24"));
            left.interfaces().setUp(made);
            right.interfaces().setUp(podInterface);
            String podMac = podInterface.mac().orElseThrow();
            left.interfaces().addNeighbour(made, POD, podMac);
            right.interfaces()
                    .addNeighbour(
                            podInterface,
                            OUTSIDE,
                            left.interfaces().get("bench-out").mac().orElseThrow());
        }
    }

    private static InetAddress address(String text) {
        return IpPrefix.parse(text + "/32").address();
    }

    /** A way to filter, in force until closed. */
    private interface Filter {
        AutoCloseable start() throws Exception;
    }

    private Filter firewall(FirewallHook hook, FirewallRules rules) {
        return () ->
                pod.call(() -> datapath.attach(rules, FirewallOptions.DEFAULTS.withHook(hook), List.of(podInterface)));
    }

    /** What the hook itself costs: a program that accepts everything without a look. */
    private AutoCloseable emptyProgram() {
        List<Instruction> next = List.of(
                new Instruction(Opcodes.BPF_ALU64 | Opcodes.BPF_MOV, 0, 0, (short) 0, -1),
                new Instruction(Opcodes.BPF_JMP | Opcodes.BPF_EXIT, 0, 0, (short) 0, 0));
        try (BpfProgram program = new AssembledProgram(
                        "empty", ProgramType.SCHED_CLS, Optional.of(AttachType.TCX_INGRESS), "GPL", next)
                .load()) {
            return pod.call(() -> TcxLink.attach(program, podInterface.index(), AttachType.TCX_INGRESS));
        }
    }

    private Filter nftables(String ruleset) {
        return () -> {
            nft(ruleset);
            return () -> nft("flush ruleset\n");
        };
    }

    private void nft(String commands) throws IOException {
        Process nft = pod.call(() ->
                new ProcessBuilder("nft", "-f", "-").redirectErrorStream(true).start());
        nft.getOutputStream().write(commands.getBytes(StandardCharsets.UTF_8));
        nft.getOutputStream().close();
        String said = new String(nft.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (nft.waitFor() != 0) {
                throw new IllegalStateException("nft: " + said);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String ports(int count) {
        StringBuilder list = new StringBuilder();
        for (int port = 1; port <= count; port++) {
            list.append(port == 1 ? "" : ",").append(port == PORT ? 65_000 : port);
        }
        return list.toString();
    }

    private static PortSet portSet(int count) {
        return PortSet.parse(ports(count));
    }

    /** Nanoseconds a packet, from outside to a port of the pod; the pod has spoken first where it is a reply. */
    private double turn(Filter filter, int port) throws Exception {
        AutoCloseable started = filter.start();
        try (DatagramChannel in = pod.call(() -> bound(POD, port));
                DatagramChannel out = outside.call(() -> bound(OUTSIDE, 9000))) {
            in.connect(new InetSocketAddress(OUTSIDE, 9000));
            in.write(ByteBuffer.allocate(10));
            out.connect(new InetSocketAddress(POD, port));
            ByteBuffer payload = ByteBuffer.allocateDirect(10);
            send(out, payload, packets / 4);
            long start = System.nanoTime();
            send(out, payload, packets);
            return (double) (System.nanoTime() - start) / packets;
        } finally {
            started.close();
        }
    }

    private static DatagramChannel bound(InetAddress address, int port) throws IOException {
        return DatagramChannel.open().bind(new InetSocketAddress(address, port));
    }

    private static void send(DatagramChannel out, ByteBuffer payload, int times) throws IOException {
        for (int i = 0; i < times; i++) {
            out.write(payload.clear());
        }
    }

    /** A way to filter, and the best of its turns so far. */
    private static final class Variant {
        final String name;
        final Filter filter;
        final int port;
        double best = Double.POSITIVE_INFINITY;

        Variant(String name, Filter filter, int port) {
            this.name = name;
            this.filter = filter;
            this.port = port;
        }

        /** Nanoseconds more than with nothing. */
        double added(Variant nothing) {
            return best - nothing.best;
        }
    }

    private Variant tcx(String name, FirewallRules rules, int port) {
        return new Variant(name, firewall(FirewallHook.TCX, rules), port);
    }

    private void run(int turns) throws Exception {
        FirewallRules allow = new FirewallRules(portSet(8), PortSet.of(22), DefaultAction.ALLOW);
        FirewallRules block = new FirewallRules(PortSet.of(80), PortSet.empty(), DefaultAction.BLOCK);
        FirewallRules one = new FirewallRules(PortSet.empty(), portSet(1), DefaultAction.ALLOW);
        FirewallRules many = new FirewallRules(PortSet.empty(), portSet(60_000), DefaultAction.ALLOW);
        String set = "set blocked { type inet_service; elements = { 22, 1, 2, 3, 4, 5, 6, 7 }; }\n";
        String ingress = "table netdev bench { " + set
                + " chain in { type filter hook ingress device bench-pod priority 0; policy accept;\n"
                + "tcp dport @blocked drop\nudp dport @blocked drop\n}\n}\n";
        // What the firewall does with a packet beside the look-up: it counts it, by verdict and protocol.
        String counting = "table netdev bench { " + set
                + " chain in { type filter hook ingress device bench-pod priority 0; policy accept;\n"
                + "tcp dport @blocked counter drop\nudp dport @blocked counter drop\n"
                + "meta l4proto tcp counter\nmeta l4proto udp counter\n}\n}\n";
        String inet = "table inet bench { " + set + " chain in { type filter hook input priority 0; policy drop;\n"
                + "ct state established,related accept\ntcp dport 80 accept\nudp dport 80 accept\n}\n}\n";
        Variant nothing = new Variant("nothing", () -> () -> {}, PORT);
        Variant empty = new Variant("empty program, TCX", this::emptyProgram, PORT);
        Variant passOnly = tcx("pass-only, TCX", FirewallRules.allowAll(), PORT);
        Variant allowed = tcx("allowed, TCX", allow, PORT);
        Variant clsact = new Variant("allowed, clsact", firewall(FirewallHook.CLSACT, allow), PORT);
        Variant oneRule = tcx("allowed, TCX, 1 rule", one, PORT);
        Variant manyRules = tcx("allowed, TCX, 60,000 rules", many, PORT);
        Variant reply = tcx("reply by flow table, TCX", block, REPLY_PORT);
        Variant nftIngress = new Variant("nftables, ingress set", nftables(ingress), PORT);
        Variant nftCounting = new Variant("nftables, the same, counting", nftables(counting), PORT);
        Variant nftInet = new Variant("nftables, inet, conntrack", nftables(inet), REPLY_PORT);
        List<Variant> all = List.of(
                nothing, empty, passOnly, allowed, clsact, oneRule, manyRules, reply, nftIngress, nftCounting, nftInet);
        List<Variant> order = new ArrayList<>(all);
        for (int i = 0; i < turns; i++) {
            // What a variant leaves behind it is not always the same one's burden.
            Collections.shuffle(order, new Random(i));
            for (Variant each : order) {
                each.best = Math.min(each.best, turn(each.filter, each.port));
            }
        }
        for (Variant each : all) {
            System.out.printf("%-28s %8.0f ns  %+7.0f%n", each.name, each.best, each.added(nothing));
        }
        List<String> promises = List.of(
                promise("allowed through TCX", allowed.added(nothing), 60, "ns"),
                promise(
                        "allowed / nftables ingress set",
                        ratio(allowed.added(nothing), nftIngress.added(nothing)),
                        0.35,
                        "x"),
                promise("reply", reply.added(nothing), 140, "ns"),
                promise("reply / nftables conntrack", ratio(reply.added(nothing), nftInet.added(nothing)), 0.35, "x"),
                promise("60,000 rules / 1 rule", manyRules.best / oneRule.best, 1.1, "x"));
        promises.forEach(System.out::println);
        // How much of the promise the hook alone takes, and what is left of it where nftables does all that we do.
        System.out.printf(
                "       of nftables' ingress set: an empty program %.2fx; allowed, of the one that counts: %.2fx%n",
                ratio(empty.added(nothing), nftIngress.added(nothing)),
                ratio(allowed.added(nothing), nftCounting.added(nothing)));
        if (promises.stream().anyMatch(line -> line.startsWith("MISSED"))) {
            System.exit(1);
        }
    }

    /** Where the machine is too busy for nftables to cost anything, nothing can be said: not a number, which keeps nothing. */
    private static double ratio(double ours, double theirs) {
        return theirs > 0 ? ours / theirs : Double.NaN;
    }

    private static String promise(String what, double measured, double atMost, String unit) {
        return String.format(
                "%-6s %-32s %8.2f%s (at most %.2f)",
                measured <= atMost ? "kept" : "MISSED", what, measured, unit, atMost);
    }

    /** Arguments: turns, packets a turn. */
    public static void main(String[] args) throws Exception {
        PacketCost cost = new PacketCost(Integer.parseInt(args[1]));
        cost.run(Integer.parseInt(args[0]));
    }
}
