package io.jbpf.map;

import static io.jbpf.map.SpecialMaps.load;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.BpfObject;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.object.AttachType;
import io.jbpf.object.MapType;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.SystemCalls;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestCgroup;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

@KernelTest
class StorageMapsTest {
    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;

    private static boolean isMissing(MapType type, String map, String floor, TestReporter reporter) {
        try (BpfObject object = load(Set.of(map), Set.of())) {
            assertThat(object.map(map).type()).contains(type);
            return false;
        } catch (SystemCallException e) {
            assertThat(e).hasMessageContaining("the kernel may not know maps of type " + type.kernelName());
            KernelSupport.lacks(reporter, type + " (" + floor + ")");
            return true;
        }
    }

    @Test
    void aProcessHasAValueThatProgramsSee(TestReporter reporter) {
        if (isMissing(MapType.TASK_STORAGE, "processes", "5.11", reporter)) {
            return;
        }
        try (BpfObject object = load(Set.of("processes"), Set.of("counts_in_process"));
                OpenedObject self = OpenedObject.process(ProcessHandle.current().pid())) {
            LocalStorage<Long> processes = LocalStorage.of(object.map("processes"), Codec.u64());
            assertThat(processes.lookup(self)).isEmpty();
            assertThat(object.program("counts_in_process").run(new byte[0])).isEqualTo(1);
            assertThat(processes.lookup(self)).contains(1L);
            processes.put(self, 40L);
            assertThat(object.program("counts_in_process").run(new byte[0])).isEqualTo(41);
            assertThat(processes.update(self, 1L, UpdateMode.IF_ABSENT)).isFalse();
            assertThat(processes.delete(self)).isTrue();
            assertThat(processes.delete(self)).isFalse();
            assertThat(processes.lookup(self)).isEmpty();
        }
    }

    @Test
    void aProcessThatIsNotThereIsRefused() {
        assertThatThrownBy(() -> OpenedObject.process(Integer.MAX_VALUE))
                .isInstanceOfSatisfying(
                        SystemCallException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ESRCH));
    }

    @Test
    void aSocketHasAValue() {
        SystemCalls calls = SystemCalls.host();
        try (BpfObject object = load(Set.of("sockets"), Set.of());
                Fd socket = Fd.own(calls, calls.socket(AF_INET, SOCK_DGRAM, 0), "a socket");
                Fd other = Fd.own(calls, calls.socket(AF_INET, SOCK_DGRAM, 0), "another");
                OpenedObject file = OpenedObject.file(Path.of("/dev/null"))) {
            LocalStorage<Long> sockets = LocalStorage.of(object.map("sockets"), Codec.u64());
            int descriptor = socket.acquire();
            assertThat(sockets.update(descriptor, 7L, UpdateMode.IF_ABSENT)).isTrue();
            assertThat(sockets.lookup(descriptor)).contains(7L);
            assertThat(sockets.lookup(other.acquire())).isEmpty();
            assertThat(sockets.delete(descriptor)).isTrue();
            assertThat(sockets.lookup(descriptor)).isEmpty();
            assertThatThrownBy(() -> sockets.lookup(file)).isInstanceOf(SystemCallException.class);
            socket.release();
            other.release();
        }
    }

    @Test
    void aSocketHasAValueThatProgramsSee() throws Exception {
        SystemCalls calls = SystemCalls.host();
        NativeMemory discard = NativeMemory.allocate(16);
        discard.buffer().putShort(0, (short) AF_INET);
        discard.buffer()
                .duplicate()
                .order(ByteOrder.BIG_ENDIAN)
                .putShort(2, (short) 9)
                .putInt(4, 0x7f00_0001);
        try (BpfObject object = load(Set.of("sockets"), Set.of("counts_in_socket"));
                OpenedObject cgroup = OpenedObject.file(TestCgroup.own());
                Fd attached = attach(object.program("counts_in_socket"), cgroup);
                Fd socket = Fd.own(calls, calls.socket(AF_INET, SOCK_DGRAM, 0), "a socket")) {
            assertThat(attached.isClosed()).isFalse();
            LocalStorage<Long> sockets = LocalStorage.of(object.map("sockets"), Codec.u64());
            int descriptor = socket.acquire();
            sockets.update(descriptor, 10L, UpdateMode.ANY);
            assertThat(calls.connect(descriptor, discard.address(), discard.size()))
                    .isZero();
            assertThat(calls.send(descriptor, discard.address(), 1, 0)).isEqualTo(1);
            assertThat(sockets.lookup(descriptor)).contains(11L);
            socket.release();
        }
    }

    private static Fd attach(BpfProgram program, OpenedObject cgroup) {
        int link = Descriptors.with(
                cgroup,
                target -> Bpf.host().links().create(program.fd(), target, AttachType.CGROUP_INET_EGRESS.number(), 0));
        assertThat(link).isPositive();
        return Bpf.host().own(link, "a link");
    }

    @Test
    void aFileHasAValueWhicheverDescriptorOpensIt(@TempDir Path directory, TestReporter reporter) throws Exception {
        if (isMissing(MapType.INODE_STORAGE, "inodes", "5.10", reporter)) {
            return;
        }
        Path path = Files.createFile(directory.resolve("file"));
        try (BpfObject object = load(Set.of("inodes"), Set.of());
                OpenedObject file = OpenedObject.file(path);
                OpenedObject again = OpenedObject.file(path)) {
            LocalStorage<Long> inodes = LocalStorage.of(object.map("inodes"), Codec.u64());
            try {
                inodes.put(file, 5L);
            } catch (SystemCallException e) {
                assertThat(e.errno()).isEqualTo(Errno.EBADF);
                assertThat(e).hasMessageContaining("security modules");
                KernelSupport.lacks(reporter, "BPF among the security modules (lsm=…,bpf)");
                return;
            }
            assertThat(inodes.lookup(again)).contains(5L);
            assertThat(inodes.delete(again)).isTrue();
            assertThat(inodes.lookup(file)).isEmpty();
        }
    }

    @Test
    void aFileHasAValueThatProgramsSee(@TempDir Path directory, TestReporter reporter) throws Exception {
        if (isMissing(MapType.INODE_STORAGE, "inodes", "5.10", reporter)) {
            return;
        }
        Path path = Files.createFile(directory.resolve("file"));
        Path another = Files.createFile(directory.resolve("another"));
        try (BpfObject object = load(Set.of("inodes"), Set.of("counts_in_file"));
                OpenedObject file = OpenedObject.file(path)) {
            LocalStorage<Long> inodes = LocalStorage.of(object.map("inodes"), Codec.u64());
            inodes.put(file, 5L);
            BpfProgram program = object.program("counts_in_file");
            try (Fd attached = Bpf.host().links().rawTracepointOpen(program.fd(), "", "a program")) {
                assertThat(attached.isClosed()).isFalse();
                Files.readAllBytes(path);
                Files.readAllBytes(another);
                assertThat(inodes.lookup(file)).contains(6L);
            }
            Files.readAllBytes(path);
            assertThat(inodes.lookup(file)).contains(6L);
        } catch (SystemCallException e) {
            if (e.errno().equals(Errno.EPERM)) {
                KernelSupport.lacks(reporter, "BPF LSM programs: " + e.getMessage());
                return;
            }
            assertThat(e.errno()).isEqualTo(Errno.EBADF);
            assertThat(e).hasMessageContaining("security modules");
            KernelSupport.lacks(reporter, "BPF among the security modules (lsm=…,bpf)");
        }
    }

    @Test
    void aCgroupHasAValueThatProgramsSee(TestReporter reporter) throws Exception {
        if (isMissing(MapType.CGRP_STORAGE, "cgroups", "6.2", reporter)) {
            return;
        }
        try (BpfObject object = load(Set.of("cgroups"), Set.of("counts_in_cgroup"));
                OpenedObject cgroup = OpenedObject.file(TestCgroup.own());
                TestCgroup made = TestCgroup.create();
                OpenedObject another = OpenedObject.file(made.path())) {
            LocalStorage<Long> cgroups = LocalStorage.of(object.map("cgroups"), Codec.u64());
            cgroups.put(another, 1L);
            cgroups.put(cgroup, 70L);
            assertThat(object.program("counts_in_cgroup").run(new byte[0])).isEqualTo(71);
            assertThat(cgroups.lookup(cgroup)).contains(71L);
            assertThat(cgroups.lookup(another)).contains(1L);
            assertThat(cgroups.delete(cgroup)).isTrue();
            assertThat(cgroups.lookup(cgroup)).isEmpty();
        }
    }

    @Test
    void aProgramOnACgroupHasStorageThere() throws Exception {
        try (TestCgroup cgroup = TestCgroup.create();
                BpfObject object = load(Set.of("cgroup_packets"), Set.of("counts_packets"));
                OpenedObject directory = OpenedObject.file(cgroup.path())) {
            long id = (Long) Files.getAttribute(cgroup.path(), "unix:ino");
            TypedMap<CgroupStorageKey, Long> packets =
                    object.map("cgroup_packets").typed(CgroupStorageKey.codec(), Codec.u64());
            CgroupStorageKey key = CgroupStorageKey.of(id, AttachType.CGROUP_INET_EGRESS);
            assertThat(packets.lookup(key)).isEmpty();
            try (Fd attached = attach(object.program("counts_packets"), directory)) {
                assertThat(attached.isClosed()).isFalse();
                assertThat(packets.lookup(key)).contains(0L);
                packets.put(key, 100L);
                sendsDatagrams(cgroup);
                assertThat(packets.lookup(key).orElseThrow()).isGreaterThan(100L);
                assertThat(packets.entries()).containsOnlyKeys(key);
            }
        }
    }

    private static void sendsDatagrams(TestCgroup cgroup) throws Exception {
        Process child = new ProcessBuilder("bash", "-c", "read; for i in 1 2 3; do echo > /dev/udp/127.0.0.1/9; done")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            cgroup.add(child.pid());
            child.getOutputStream().write("\n".getBytes(StandardCharsets.US_ASCII));
            child.getOutputStream().close();
            child.waitFor();
        } finally {
            child.destroyForcibly().waitFor();
        }
    }

    @Test
    void aProgramOnACgroupHasStorageThereForEachCpu() throws Exception {
        try (TestCgroup cgroup = TestCgroup.create();
                BpfObject object = load(Set.of("cgroup_cpu_packets"), Set.of("counts_packets_per_cpu"));
                OpenedObject directory = OpenedObject.file(cgroup.path());
                Fd attached = attach(object.program("counts_packets_per_cpu"), directory)) {
            assertThat(attached.isClosed()).isFalse();
            long id = (Long) Files.getAttribute(cgroup.path(), "unix:ino");
            PerCpuMap<CgroupStorageKey, Long> packets =
                    object.map("cgroup_cpu_packets").perCpu(CgroupStorageKey.codec(), Codec.u64());
            CgroupStorageKey key = CgroupStorageKey.of(id, AttachType.CGROUP_INET_EGRESS);
            assertThat(packets.lookup(key).orElseThrow()).containsOnly(0L);
            sendsDatagrams(cgroup);
            assertThat(packets.lookup(key).orElseThrow().stream()
                            .mapToLong(Long::longValue)
                            .sum())
                    .isPositive();
        }
    }
}
