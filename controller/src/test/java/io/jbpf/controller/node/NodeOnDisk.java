package io.jbpf.controller.node;

import io.jbpf.error.BpfException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * A node's cgroup and proc file systems and its {@code /run/netns} as plain files, for tests of what is found in them. A file
 * that stands for a network namespace is a link to {@code net:[number]}.
 */
public final class NodeOnDisk {
    private static final int HOST_NETWORK = 1;

    private final Path cgroups;
    private final Path proc;
    private final Path netns;
    private final List<String> mounts = new ArrayList<>();
    private final Map<Long, List<NamespaceInterface>> networks = new ConcurrentHashMap<>();
    private final Map<Long, Long> cookies = new ConcurrentHashMap<>();
    private final AtomicInteger open = new AtomicInteger();

    /** A node with cgroups of version 2 whose pid 1, and this process, are on network 1. */
    public NodeOnDisk(Path directory) throws IOException {
        Path real = directory.toRealPath();
        cgroups = Files.createDirectory(real.resolve("cgroup"));
        proc = Files.createDirectory(real.resolve("proc"));
        netns = Files.createDirectory(real.resolve("netns"));
        network(HOST_NETWORK, "eth0");
        process("1", HOST_NETWORK, 0);
        process("self", HOST_NETWORK, 0);
        mount(cgroups, "cgroup2", "rw");
    }

    public Path cgroups() {
        return cgroups;
    }

    public Path proc() {
        return proc;
    }

    public Path netns() {
        return netns;
    }

    /** No hierarchy is mounted any more. */
    public void unmountAll() throws IOException {
        mounts.clear();
        Files.writeString(mountinfo(), "");
    }

    public Path mountinfo() {
        return proc.resolve("self/mountinfo");
    }

    /** Mounts a hierarchy. */
    public void mount(Path point, String type, String options) throws IOException {
        Files.createDirectories(point);
        mounts.add((100 + mounts.size()) + " 1 0:30 / " + point + " rw - " + type + " none " + options);
        Files.write(mountinfo(), mounts);
    }

    /** A pod of the cgroupfs driver with one process in one container. */
    public void pod(String uid, int process, int network, String... interfaces) throws IOException {
        cgroup("kubepods/burstable/pod" + uid, "");
        cgroup("kubepods/burstable/pod" + uid + "/container", process + "\n");
        network(network, interfaces);
        process(Integer.toString(process), network, process);
    }

    /** A pod on the node's own network. */
    public void hostNetworkPod(String uid, int process) throws IOException {
        pod(uid, process, HOST_NETWORK, "eth0");
    }

    /** A cgroup directory with its processes, one a line. */
    public Path cgroup(String path, String processes) throws IOException {
        Path directory = Files.createDirectories(cgroups.resolve(path));
        Files.writeString(directory.resolve("cgroup.procs"), processes);
        return directory;
    }

    /** A process in a network namespace, which began at some time. */
    public void process(String pid, int network, long started) throws IOException {
        unseenProcess(pid, started);
        Path link = Files.createDirectories(proc.resolve(pid).resolve("ns")).resolve("net");
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, Path.of("net:[" + network + "]"));
    }

    /** A process whose network namespace is not ours to look at. */
    public void unseenProcess(String pid, long started) throws IOException {
        Path directory = Files.createDirectories(proc.resolve(pid));
        Files.writeString(
                directory.resolve("stat"),
                "7 (a) (b) S 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 " + started + " 1 1 1\n");
    }

    /** A network with a loopback and some interfaces, up and without addresses. */
    public void network(int network, String... interfaces) {
        List<NamespaceInterface> all = new ArrayList<>();
        for (String name : interfaces) {
            all.add(new NamespaceInterface(all.size() + 2, name, false, true, false, Set.of()));
        }
        network(network, all.toArray(NamespaceInterface[]::new));
    }

    /** A network with a loopback and these interfaces. */
    public void network(int network, NamespaceInterface... interfaces) {
        List<NamespaceInterface> all = new ArrayList<>();
        all.add(new NamespaceInterface(1, "lo", true, true, false, Set.of(InetAddress.getLoopbackAddress())));
        all.addAll(List.of(interfaces));
        networks.put((long) network, all);
        cookies.putIfAbsent((long) network, 1000L + network);
    }

    /** Another namespace gets the inode of one that is no more. */
    public void replaceNetwork(int network, long cookie) {
        cookies.put((long) network, cookie);
    }

    /** A runtime keeps a network under a name. */
    public void name(String name, int network) throws IOException {
        Files.createSymbolicLink(netns.resolve(name), Path.of("net:[" + network + "]"));
    }

    /** {@return the way to its namespaces} */
    public NetworkNamespaces namespaces() {
        return new OnDisk();
    }

    /** {@return how many namespaces are held open} */
    public int held() {
        return open.get();
    }

    private final class OnDisk implements NetworkNamespaces {
        @Override
        public OptionalLong inode(Path path) {
            try {
                if (Files.isRegularFile(path)) {
                    return OptionalLong.of((Long) Files.getAttribute(path, "unix:ino"));
                }
                String link = Files.readSymbolicLink(path).toString();
                return OptionalLong.of(Long.parseLong(link.substring("net:[".length(), link.length() - 1)));
            } catch (IOException e) {
                return OptionalLong.empty();
            }
        }

        @Override
        public HeldNamespace open(Path path) {
            OptionalLong inode = inode(path);
            if (inode.isEmpty() || Files.isRegularFile(path)) {
                throw new BpfException(path + " is not a namespace");
            }
            open.incrementAndGet();
            return new Held(inode.getAsLong());
        }
    }

    private final class Held implements HeldNamespace {
        private final long inode;
        private final AtomicBoolean closed = new AtomicBoolean();

        private Held(long inode) {
            this.inode = inode;
        }

        @Override
        public long inode() {
            return inode;
        }

        @Override
        public NamespaceIdentity identity() {
            return new NamespaceIdentity.ByCookie(cookies.getOrDefault(inode, 0L));
        }

        @Override
        public List<NamespaceInterface> interfaces() {
            return networks.getOrDefault(inode, List.of());
        }

        @Override
        public <T> T call(Supplier<T> action) {
            return action.get();
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                open.decrementAndGet();
            }
        }
    }
}
