package io.jbpf.controller.failover;

import io.jbpf.KernelObjects;
import io.jbpf.inspect.NetworkPrograms;
import io.jbpf.inspect.ObjectKind;
import io.jbpf.inspect.Pins;
import io.jbpf.link.AttachedPrograms;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.object.AttachType;
import io.jbpf.program.ProgramInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Compares what is pinned, attached and watched on the node with what these pods are to have. */
final class KernelCheck {
    private final SoakCluster cluster;
    private final SoakModel model;

    KernelCheck(SoakCluster cluster, SoakModel model) {
        this.cluster = cluster;
        this.model = model;
    }

    List<String> differences() {
        List<String> differences = new ArrayList<>(directories());
        differences.addAll(firewalls());
        differences.addAll(hooks());
        differences.addAll(counted());
        differences.addAll(maps());
        return differences;
    }

    private List<SoakPod> filteredPods() {
        return model.pods().stream()
                .filter(pod -> pod.wanted().refused().isPresent())
                .toList();
    }

    private List<SoakPod> countedPods() {
        return model.pods().stream()
                .filter(pod -> pod.wanted().syscalls().isPresent())
                .toList();
    }

    private List<String> directories() {
        Map<String, String> expected = new TreeMap<>();
        if (!countedPods().isEmpty()) {
            expected.put("counted", "");
        }
        if (!filteredPods().isEmpty()) {
            expected.put("filtered", "");
        }
        Map<String, String> actual = new TreeMap<>();
        for (Path each : list(cluster.bpffs())) {
            String name = name(each);
            // What all pods share stays when the last of them has gone.
            if (!name.equals("syscall-counter") && !name.equals("datapath")) {
                actual.put(name, "");
            }
        }
        return ApiCheck.between("directory of pins", expected, actual);
    }

    private List<String> firewalls() {
        Map<String, String> expected = new TreeMap<>();
        for (SoakPod pod : filteredPods()) {
            NodePod on = pod.node().orElseThrow();
            int index = index(on);
            expected.put(
                    pod.name + "/" + pod.uid + "_c"
                            + Long.toHexString(on.namespace().cookie().orElseThrow()) + "_" + index,
                    new TreeSet<>(List.of(
                                    "identity",
                                    "link_" + index + "_egress",
                                    "link_" + index + "_ingress",
                                    "stub_egress",
                                    "stub_ingress"))
                            .toString());
        }
        Map<String, String> actual = new TreeMap<>();
        for (Path firewall : ofPods("filtered")) {
            List<String> pins =
                    list(firewall).stream().map(KernelCheck::name).sorted().toList();
            actual.put(podOf(firewall) + "/" + name(firewall), pins.toString());
        }
        return ApiCheck.between("pins of firewall", expected, actual);
    }

    private static int index(NodePod on) {
        try (RouteSocket socket = on.namespace().call(RouteSocket::open)) {
            return socket.interfaces().get("eth0").index();
        }
    }

    /** On each interface: our two programs, by links that are pinned; or nothing. */
    private List<String> hooks() {
        Map<Integer, String> names = new HashMap<>();
        for (ProgramInfo program : KernelObjects.programs()) {
            names.put(program.id(), program.name().replaceFirst("^(l4_in_|l4_out_).*", "$1"));
        }
        TreeSet<Integer> pinned = new TreeSet<>();
        Pins.below(cluster.bpffs()).pins().stream()
                .filter(pin -> pin.kind() == ObjectKind.LINK)
                .forEach(pin -> pinned.add(pin.id()));
        Map<String, String> expected = new TreeMap<>();
        Map<String, String> actual = new TreeMap<>();
        for (SoakPod pod : model.pods()) {
            Optional<NodePod> on = pod.node();
            if (on.isEmpty()) {
                continue;
            }
            if (pod.wanted().refused().isPresent()) {
                expected.put(pod.name, "eth0: [l4_in_ pinned], [l4_out_ pinned], 0 filters");
            }
            for (NetworkPrograms.OnInterface each :
                    NetworkPrograms.in(on.get().namespace()).interfaces()) {
                actual.put(
                        pod.name,
                        each.on().name() + ": " + told(each, AttachType.TCX_INGRESS, names, pinned) + ", "
                                + told(each, AttachType.TCX_EGRESS, names, pinned) + ", "
                                + each.filters().size() + " filters");
            }
        }
        return ApiCheck.between("programs on the interface of pod", expected, actual);
    }

    private static List<String> told(
            NetworkPrograms.OnInterface at, AttachType type, Map<Integer, String> names, Set<Integer> pinned) {
        List<AttachedPrograms.Entry> entries = at.hooks().getOrDefault(type, List.of());
        return entries.stream()
                .map(entry ->
                        names.get(entry.programId()) + (pinned.contains(entry.linkId()) ? " pinned" : " unpinned"))
                .toList();
    }

    /** A record for each pod, and of cgroups watched: the pod's and its container's. */
    private List<String> counted() {
        Map<String, String> expected = new TreeMap<>();
        Map<String, String> watched = new TreeMap<>();
        for (SoakPod pod : countedPods()) {
            expected.put(pod.name, "[" + pod.uid + "]");
            Path cgroup =
                    cluster.cgroups().resolve("kubepods").resolve("besteffort").resolve("pod" + pod.uid);
            watched.put(inode(cgroup), "");
            for (Path container : list(cgroup)) {
                if (Files.isDirectory(container)) {
                    watched.put(inode(container), "");
                }
            }
        }
        Map<String, List<String>> records = new TreeMap<>();
        for (Path record : ofPods("counted")) {
            records.computeIfAbsent(podOf(record), pod -> new ArrayList<>())
                    .add(name(record).replaceFirst("_[0-9]+$", ""));
        }
        Map<String, String> actual = new TreeMap<>();
        records.forEach((pod, uids) -> actual.put(pod, uids.toString()));
        List<String> differences = new ArrayList<>(ApiCheck.between("record of counting of pod", expected, actual));
        Map<String, String> inKernel = new TreeMap<>();
        try (BpfMap map =
                BpfMap.openPinned(cluster.bpffs().resolve("syscall-counter").resolve("watched_cgroups"))) {
            map.typed(Codec.u64(), Codec.u32()).entries().keySet().forEach(id -> inKernel.put(Long.toString(id), ""));
        }
        differences.addAll(ApiCheck.between("watched cgroup", watched, inKernel));
        return differences;
    }

    private static String inode(Path path) {
        try {
            return Files.getAttribute(path, "unix:ino").toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One slot of the datapath for each firewall. */
    private List<String> maps() {
        Map<String, Long> expected = new TreeMap<>();
        Map<String, Long> actual = new TreeMap<>();
        for (String name : List.of("rules", "stats")) {
            expected.put(name, (long) filteredPods().size());
            try (BpfMap map =
                    BpfMap.openPinned(cluster.bpffs().resolve("datapath").resolve(name))) {
                actual.put(name, map.count());
            }
        }
        return ApiCheck.between("number of slots used in", expected, actual);
    }

    /** Namespace, pod, and what is the pod's. */
    private List<Path> ofPods(String top) {
        List<Path> all = new ArrayList<>();
        for (Path namespace : list(cluster.bpffs().resolve(top))) {
            for (Path pod : list(namespace)) {
                List<Path> of = list(pod);
                // A directory that is left empty is left over, too.
                all.addAll(of.isEmpty() ? List.of(pod.resolve("nothing")) : of);
            }
        }
        return all;
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }

    private static String podOf(Path ofPod) {
        return name(Objects.requireNonNull(ofPod.getParent()));
    }

    private static List<Path> list(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(directory)) {
            // Names with dots in a bpffs are the kernel's own.
            return all.filter(each -> name(each).indexOf('.') < 0).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
