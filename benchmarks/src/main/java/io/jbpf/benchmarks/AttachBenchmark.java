package io.jbpf.benchmarks;

import io.jbpf.BpfObject;
import io.jbpf.link.AttachedPrograms;
import io.jbpf.link.ClsactFilter;
import io.jbpf.link.TcxLink;
import io.jbpf.map.BpfMap;
import io.jbpf.netlink.Direction;
import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.netlink.TcFilter;
import io.jbpf.object.AttachType;
import io.jbpf.object.ObjectSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.ToIntFunction;

/**
 * Attaches a program to each of many interfaces in many namespaces, lists, updates and detaches it, at TCX and at clsact,
 * in turns with a C program that does the same with libbpf (attach_veths.c). Prints who did what in how many microseconds
 * an operation, turn by turn. Each interface has a filter of another's, which must be there in the end, and see packets.
 *
 * <p>The namespaces have no name: they are gone with this process, however it ends.
 */
public final class AttachBenchmark {
    private static final String NAME = "benchmark";

    /** Attaching to clsact takes microseconds: as often until the code of either side is warm. */
    private static final int CLSACT_ROUNDS = 20;

    private final List<Place> places = new ArrayList<>();
    private final List<String> peer;

    private AttachBenchmark(List<String> peer) {
        this.peer = peer;
    }

    /** A namespace with its veths, whose indexes follow each other. */
    private record Place(NetworkNamespace namespace, String path, int first, int last) {
        String argument() {
            return path + ":" + first + "-" + last;
        }
    }

    /** What is done with one interface, in its namespace. */
    @FunctionalInterface
    private interface Operation {
        void run(int interfaceIndex, int number);
    }

    /**
     * Runs it.
     *
     * @param arguments an object with two programs for {@code tcx/ingress}, how many namespaces, how many veths in each (an
     *     even number), how many turns, and the command that runs the C program
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        int namespaces = Integer.parseInt(arguments[1]);
        int veths = Integer.parseInt(arguments[2]);
        int turns = Integer.parseInt(arguments[3]);
        AttachBenchmark benchmark = new AttachBenchmark(List.of(arguments).subList(4, arguments.length));
        try {
            for (int i = 0; i < namespaces; i++) {
                benchmark.add(veths);
            }
            String map = benchmark.ask("foreign").get(0);
            // The peer's map and program live on in the filters; this keeps the map's id meaningful.
            try (BpfMap counter = BpfMap.openById(Integer.parseInt(map));
                    BpfObject object = BpfObject.load(ObjectSpec.read(Path.of(arguments[0])))) {
                Set<TcFilter> others = benchmark.filters();
                for (int turn = 0; turn < turns; turn++) {
                    benchmark.ask("measure").forEach(line -> System.out.println("libbpf " + line));
                    benchmark.measure(object);
                }
                if (!benchmark.filters().equals(others) || others.isEmpty()) {
                    throw new IllegalStateException("the filters of others are not what they were");
                }
                benchmark.ask("check", Integer.toString(counter.info().id()));
                System.out.println("others " + namespaces * veths + " filters of others are there and see packets");
            }
        } finally {
            benchmark.places.forEach(place -> place.namespace().close());
        }
    }

    private void add(int veths) {
        NetworkNamespace namespace = NetworkNamespace.create();
        try (RouteSocket socket = namespace.call(RouteSocket::open)) {
            List<InterfaceInfo> made = new ArrayList<>();
            for (int i = 0; i < veths; i += 2) {
                made.add(socket.interfaces().createVeth("veth" + i, "veth" + (i + 1)));
                made.add(socket.interfaces().get("veth" + (i + 1)));
            }
            made.forEach(socket.interfaces()::setUp);
            int first = made.stream().mapToInt(InterfaceInfo::index).min().orElseThrow();
            int last = made.stream().mapToInt(InterfaceInfo::index).max().orElseThrow();
            if (last - first + 1 != veths) {
                throw new IllegalStateException("the indexes do not follow each other: " + made);
            }
            places.add(new Place(namespace, path(namespace), first, last));
        }
    }

    /** Where another process finds a namespace that has no name. */
    private static String path(NetworkNamespace namespace) {
        String fd = namespace.fd().toString().replaceAll(".*\\(fd (\\d+)\\)", "$1");
        return "/proc/" + ProcessHandle.current().pid() + "/fd/" + fd;
    }

    private List<String> ask(String... what) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(peer);
        command.addAll(List.of(what));
        places.forEach(place -> command.add(place.argument()));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException(String.join(" ", what) + " failed: " + output);
        }
        return output.lines().toList();
    }

    private void measure(BpfObject object) {
        List<TcxLink> links = new ArrayList<>();
        each(
                "tcx-attach",
                (index, number) -> links.add(TcxLink.attach(object.program("first"), index, AttachType.TCX_INGRESS)));
        each(
                "tcx-list",
                (index, number) -> require(AttachedPrograms.ofTcx(index, AttachType.TCX_INGRESS)
                                .entries()
                                .size()
                        == 1));
        each("tcx-update", (index, number) -> links.get(number).update(object.program("second")));
        each("tcx-detach", (index, number) -> links.get(number).close());
        for (int round = 0; round < CLSACT_ROUNDS; round++) {
            measureClsact(object);
        }
    }

    /** With a socket for each namespace, then as often with one for each filter, as it is if the caller shares none. */
    private void measureClsact(BpfObject object) {
        List<RouteSocket> sockets = new ArrayList<>();
        List<InterfaceInfo> interfaces = new ArrayList<>();
        for (Place place : places) {
            RouteSocket socket = place.namespace().call(RouteSocket::open);
            for (int index = place.first(); index <= place.last(); index++) {
                interfaces.add(socket.interfaces().get(index));
                sockets.add(socket);
            }
        }
        measureClsact(
                object,
                "",
                (index, number) -> ClsactFilter.attach(
                        object.program("first"), sockets.get(number), interfaces.get(number), Direction.INGRESS, NAME));
        sockets.forEach(RouteSocket::close);
        measureClsact(
                object,
                "-alone",
                (index, number) -> ClsactFilter.attach(object.program("first"), index, Direction.INGRESS, NAME));
    }

    private void measureClsact(BpfObject object, String how, BiFunction<Integer, Integer, ClsactFilter> attach) {
        List<ClsactFilter> filters = new ArrayList<>();
        Operation attached = (index, number) -> filters.add(attach.apply(index, number));
        if (how.isEmpty()) {
            each("clsact-attach", this::forEach, attached);
        } else {
            each("clsact-attach" + how, attached);
        }
        each(
                "clsact-list" + how,
                this::forEach,
                (index, number) -> require(filters.get(number).before().isEmpty()));
        each("clsact-update" + how, this::forEach, (index, number) -> filters.get(number)
                .update(object.program("second")));
        each("clsact-detach" + how, this::forEach, (index, number) -> filters.get(number)
                .close());
    }

    private static void require(boolean condition) {
        if (!condition) {
            throw new IllegalStateException("what was attached is not where it belongs");
        }
    }

    private void each(String name, Operation operation) {
        each(name, this::forEachInside, operation);
    }

    private static void each(String name, ToIntFunction<Operation> walk, Operation operation) {
        long begin = System.nanoTime();
        int number = walk.applyAsInt(operation);
        System.out.printf("jbpf %s %.2f%n", name, (System.nanoTime() - begin) / 1e3 / number);
    }

    /** On this thread: a socket stays in its namespace, so nobody need enter it. */
    private int forEach(Operation operation) {
        int number = 0;
        for (Place place : places) {
            for (int index = place.first(); index <= place.last(); index++) {
                operation.run(index, number++);
            }
        }
        return number;
    }

    /** On a thread in each namespace. */
    private int forEachInside(Operation operation) {
        int number = 0;
        for (Place place : places) {
            int from = number;
            place.namespace().call(() -> {
                for (int index = place.first(); index <= place.last(); index++) {
                    operation.run(index, from + index - place.first());
                }
                return 0;
            });
            number += place.last() - place.first() + 1;
        }
        return number;
    }

    private Set<TcFilter> filters() {
        Set<TcFilter> all = new HashSet<>();
        for (Place place : places) {
            try (RouteSocket socket = place.namespace().call(RouteSocket::open)) {
                for (int index = place.first(); index <= place.last(); index++) {
                    all.addAll(socket.clsact(socket.interfaces().get(index), Direction.INGRESS)
                            .filters());
                }
            }
        }
        return all;
    }
}
