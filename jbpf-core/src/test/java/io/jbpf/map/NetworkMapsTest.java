package io.jbpf.map;

import static io.jbpf.map.SpecialMaps.load;
import static io.jbpf.map.SpecialMaps.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.BpfObject;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.object.AttachType;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.probe.KernelProbes;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.SystemCalls;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestCgroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@KernelTest
class NetworkMapsTest {
    private static final int AF_INET = 2;
    private static final int AF_XDP = 44;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_RAW = 3;
    private static final int SOL_SOCKET = 1;
    private static final int SO_REUSEPORT = 15;
    private static final int SO_COOKIE = 57;
    private static final int SOL_XDP = 283;
    private static final int XDP_RX_RING = 2;
    private static final int XDP = 6;
    private static final int XDP_PASS = 2;
    private static final int XDP_REDIRECT = 4;

    private final SystemCalls calls = SystemCalls.host();

    private static NativeMemory localhost(int port) {
        NativeMemory address = NativeMemory.allocate(16);
        address.buffer().putShort(0, (short) AF_INET);
        address.buffer()
                .duplicate()
                .order(ByteOrder.BIG_ENDIAN)
                .putShort(2, (short) port)
                .putInt(4, 0x7f00_0001);
        return address;
    }

    private Fd socket(int domain, int type) {
        int fd = calls.socket(domain, type, 0);
        assertThat(fd).isPositive();
        return Fd.own(calls, fd, "a socket");
    }

    /** With a ring for receiving, without which newer kernels take none into a map. */
    private Fd xdpSocket() {
        Fd socket = socket(AF_XDP, SOCK_RAW);
        NativeMemory entries = NativeMemory.allocate(4);
        entries.buffer().putInt(0, 64);
        assertThat(calls.setsockopt(socket.acquire(), SOL_XDP, XDP_RX_RING, entries.address(), 4))
                .isZero();
        socket.release();
        return socket;
    }

    private long cookie(int socket) {
        NativeMemory cookie = NativeMemory.allocate(8);
        NativeMemory length = NativeMemory.allocate(4);
        length.buffer().putInt(0, 8);
        assertThat(calls.getsockopt(socket, SOL_SOCKET, SO_COOKIE, cookie.address(), length.address()))
                .isZero();
        return cookie.buffer().getLong(0);
    }

    @ParameterizedTest
    @EnumSource(
            value = MapType.class,
            names = {"SOCKMAP", "SOCKHASH"})
    @SuppressWarnings("try") // closed in the middle: that is the point
    void aConnectedSocketGoesIntoAMapAndLeavesItWhenClosed(MapType type, TestReporter reporter) throws Exception {
        if (KernelSupport.isMissing(KernelProbes.mapType(type), type.kernelName(), reporter)) {
            return;
        }
        try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_sockets", type, 4, 8, 4));
                ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Fd client = socket(AF_INET, SOCK_STREAM);
                Fd unconnected = socket(AF_INET, SOCK_STREAM)) {
            SocketMap<Integer> sockets = SocketMap.of(map, Codec.u32());
            NativeMemory address = localhost(server.getLocalPort());
            int descriptor = client.acquire();
            assertThat(calls.connect(descriptor, address.address(), address.size()))
                    .isZero();
            try (Socket accepted = server.accept()) {
                assertThat(accepted.isConnected()).isTrue();
                assertThat(sockets.put(1, descriptor, UpdateMode.ANY)).isTrue();
                assertThat(sockets.put(1, descriptor, UpdateMode.IF_ABSENT)).isFalse();
                assertThat(sockets.cookie(1)).hasValue(cookie(descriptor));
                assertThat(sockets.cookie(2)).isEmpty();
                assertThat(sockets.delete(1)).isTrue();
                assertThat(sockets.delete(1)).isFalse();
                assertThat(sockets.put(1, descriptor, UpdateMode.ANY)).isTrue();
                assertThatThrownBy(() -> sockets.put(2, unconnected.acquire(), UpdateMode.ANY))
                        .isInstanceOf(SystemCallException.class);
                unconnected.release();
                client.release();
                client.close();
                assertThat(sockets.cookie(1)).isEmpty();
            }
        }
    }

    @Test
    void aBoundSocketGoesIntoAReuseportArray() {
        try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_reuse", MapType.REUSEPORT_SOCKARRAY, 4, 8, 4));
                Fd socket = socket(AF_INET, SOCK_DGRAM);
                Fd unbound = socket(AF_INET, SOCK_DGRAM)) {
            SocketMap<Integer> sockets = SocketMap.of(map, Codec.u32());
            int descriptor = socket.acquire();
            NativeMemory one = NativeMemory.allocate(4);
            one.buffer().putInt(0, 1);
            assertThat(calls.setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, one.address(), 4))
                    .isZero();
            NativeMemory address = localhost(0);
            assertThat(calls.bind(descriptor, address.address(), address.size()))
                    .isZero();
            assertThat(sockets.put(3, descriptor, UpdateMode.ANY)).isTrue();
            assertThat(sockets.cookie(3)).hasValue(cookie(descriptor));
            assertThat(sockets.delete(3)).isTrue();
            assertThat(sockets.cookie(3)).isEmpty();
            assertThatThrownBy(() -> sockets.put(2, unbound.acquire(), UpdateMode.ANY))
                    .isInstanceOf(SystemCallException.class);
            unbound.release();
            socket.release();
        }
    }

    @Test
    void anXdpSocketGoesIntoAnXskmap(TestReporter reporter) {
        if (KernelSupport.isMissing(KernelProbes.mapType(MapType.XSKMAP), "AF_XDP maps (4.18)", reporter)) {
            return;
        }
        try (BpfObject object = load(Set.of("queues"), Set.of("redirects_to_queue"));
                Fd xdp = xdpSocket();
                Fd other = xdpSocket();
                Fd udp = socket(AF_INET, SOCK_DGRAM)) {
            SocketMap<Integer> sockets = SocketMap.of(object.map("queues"), Codec.u32());
            assertThat(run(object, "redirects_to_queue")).isEqualTo(XDP_PASS);
            assertThat(sockets.put(1, xdp.acquire(), UpdateMode.ANY)).isTrue();
            assertThat(run(object, "redirects_to_queue")).isEqualTo(XDP_REDIRECT);
            assertThat(sockets.put(1, other.acquire(), UpdateMode.IF_ABSENT)).isFalse();
            assertThatThrownBy(() -> sockets.put(2, udp.acquire(), UpdateMode.ANY))
                    .isInstanceOfSatisfying(SystemCallException.class, e -> assertThat(e.errno())
                            .isEqualTo(Errno.EOPNOTSUPP));
            assertThat(sockets.delete(1)).isTrue();
            assertThat(sockets.put(1, xdp.acquire(), UpdateMode.IF_PRESENT)).isFalse();
            xdp.release();
            xdp.release();
            other.release();
            udp.release();
        }
    }

    private record XdpProgram(Fd fd) implements DescriptorOwner, AutoCloseable {
        @Override
        public void close() {
            fd.close();
        }
    }

    private static int loadPass(AttachType attachType) {
        NativeMemory pass = NativeMemory.allocate(16);
        // r0 = XDP_PASS; exit
        pass.buffer().put(0, (byte) 0xb7).putInt(4, 2).put(8, (byte) 0x95);
        NativeMemory nothing = NativeMemory.allocate(0);
        return Bpf.host()
                .programLoad(
                        new Bpf.ProgramDefinition(
                                "jbpf_pass",
                                XDP,
                                pass,
                                "GPL",
                                0,
                                0,
                                attachType.number(),
                                0,
                                nothing,
                                0,
                                nothing,
                                0,
                                0,
                                0),
                        nothing,
                        0);
    }

    private static int id(Fd program) {
        NativeMemory info = NativeMemory.allocate(8);
        Bpf.host().info(program, info);
        return info.buffer().getInt(4);
    }

    @Test
    void aProgramRedirectsToADevice() {
        try (BpfObject object = load(Set.of("devices"), Set.of("redirects_to_device"))) {
            assertThat(run(object, "redirects_to_device")).isEqualTo(XDP_PASS);
            DeviceMap.of(object.map("devices")).put(2, 1);
            assertThat(run(object, "redirects_to_device")).isEqualTo(XDP_REDIRECT);
        }
    }

    @Test
    void aProgramRedirectsToACpu() {
        try (BpfObject object = load(Set.of("cpus"), Set.of("redirects_to_cpu"))) {
            assertThat(run(object, "redirects_to_cpu")).isEqualTo(XDP_PASS);
            CpuMap.of(object.map("cpus")).put(0, 64);
            assertThat(run(object, "redirects_to_cpu")).isEqualTo(XDP_REDIRECT);
        }
    }

    @Test
    void aProgramFindsASocketInASockmap(TestReporter reporter) throws Exception {
        if (KernelSupport.isMissing(KernelProbes.mapType(MapType.SOCKMAP), "sockmaps", reporter)) {
            return;
        }
        try (BpfObject object = load(Set.of("streams"), Set.of("finds_socket"));
                ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Fd client = socket(AF_INET, SOCK_STREAM)) {
            NativeMemory address = localhost(server.getLocalPort());
            int descriptor = client.acquire();
            try (Socket accepted = connect(descriptor, address, server)) {
                assertThat(accepted.isConnected()).isTrue();
                assertThat(run(object, "finds_socket")).isZero();
                SocketMap.of(object.map("streams"), Codec.u32()).put(1, descriptor, UpdateMode.ANY);
                assertThat(run(object, "finds_socket")).isEqualTo(1);
            } finally {
                client.release();
            }
        }
    }

    private Socket connect(int descriptor, NativeMemory address, ServerSocket server) throws IOException {
        assertThat(calls.connect(descriptor, address.address(), address.size())).isZero();
        return server.accept();
    }

    @ParameterizedTest
    @EnumSource(
            value = MapType.class,
            names = {"DEVMAP", "DEVMAP_HASH"})
    void aDeviceHasItsInterfaceAndProgram(MapType type) {
        int loopback = 1;
        try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_devices", type, 4, 8, 4));
                BpfMap narrow = BpfMap.create(MapSpec.of("jbpf_narrow", type, 4, 4, 4));
                XdpProgram program =
                        new XdpProgram(Bpf.host().own(loadPass(AttachType.XDP_DEVMAP), "program 'jbpf_pass'"))) {
            DeviceMap devices = DeviceMap.of(map);
            assertThat(devices.get(2)).isEmpty();
            devices.put(2, loopback);
            assertThat(devices.get(2)).contains(new DeviceMap.Device(loopback, 0));
            devices.put(2, loopback, program);
            assertThat(devices.get(2)).contains(new DeviceMap.Device(loopback, id(program.fd())));
            assertThat(devices.delete(2)).isTrue();
            assertThat(devices.get(2)).isEmpty();
            assertThatThrownBy(() -> devices.put(1, Integer.MAX_VALUE)).isInstanceOf(SystemCallException.class);
            DeviceMap.of(narrow).put(3, loopback);
            assertThat(DeviceMap.of(narrow).get(3)).contains(new DeviceMap.Device(loopback, 0));
            assertThatThrownBy(() -> DeviceMap.of(narrow).put(3, loopback, program))
                    .hasMessage("the values of map 'jbpf_narrow' have 4 bytes: no room for a program");
        }
    }

    @Test
    void aCpuHasItsQueueAndProgram() throws Exception {
        int cpu = Integer.parseInt(Files.readString(Path.of("/sys/devices/system/cpu/possible"))
                .strip()
                .split("[-,]", -1)[0]);
        try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_cpus", MapType.CPUMAP, 4, 8, 4));
                XdpProgram program =
                        new XdpProgram(Bpf.host().own(loadPass(AttachType.XDP_CPUMAP), "program 'jbpf_pass'"))) {
            CpuMap cpus = CpuMap.of(map);
            assertThat(cpus.get(cpu)).isEmpty();
            cpus.put(cpu, 192);
            assertThat(cpus.get(cpu)).contains(new CpuMap.Cpu(192, 0));
            cpus.put(cpu, 64, program);
            assertThat(cpus.get(cpu)).contains(new CpuMap.Cpu(64, id(program.fd())));
            cpus.delete(cpu);
            assertThat(cpus.get(cpu)).isEmpty();
            assertThatThrownBy(() -> cpus.put(cpu, 1_000_000)).isInstanceOf(SystemCallException.class);
        }
    }

    @Test
    void aProgramKnowsWhoIsInACgroupOfTheArray() throws Exception {
        try (BpfObject object = load(Set.of("groups"), Set.of("is_in_group"));
                OpenedObject root = OpenedObject.file(TestCgroup.root());
                TestCgroup made = TestCgroup.create();
                OpenedObject another = OpenedObject.file(made.path())) {
            FdArray groups = FdArray.of(object.map("groups"));
            groups.put(1, root);
            assertThat(object.program("is_in_group").run(new byte[0])).isEqualTo(1);
            groups.put(1, another);
            assertThat(object.program("is_in_group").run(new byte[0])).isZero();
        }
    }

    @Test
    void aCgroupGoesIntoItsArray() {
        try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_cgroups", MapType.CGROUP_ARRAY, 4, 4, 2));
                OpenedObject cgroup = OpenedObject.file(TestCgroup.root());
                OpenedObject file = OpenedObject.file(Path.of("/dev/null"))) {
            FdArray cgroups = FdArray.of(map);
            cgroups.put(1, cgroup);
            assertThat(cgroups.delete(1)).isTrue();
            assertThat(cgroups.delete(1)).isFalse();
            assertThatThrownBy(() -> cgroups.put(1, file)).isInstanceOf(SystemCallException.class);
            assertThatThrownBy(() -> cgroups.id(1)).isInstanceOf(SystemCallException.class);
        }
    }
}
