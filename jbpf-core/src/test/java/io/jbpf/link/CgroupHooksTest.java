package io.jbpf.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.VerifierException;
import io.jbpf.link.RawSocket.Family;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.object.AttachType;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.SystemCalls;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestCgroup;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What each hook of a cgroup does to this process, which is in the cgroup while a test runs. The sockets are in a network
 * namespace of their own, where every port and name is free.
 */
@KernelTest
@SuppressWarnings("try") // a link does its work by being open
class CgroupHooksTest {
    private static final int EPERM = -Errno.EPERM.number();
    private static final int ECONNREFUSED = 111;
    private static final int SOL_SOCKET = 1;
    private static final int SO_PRIORITY = 12;
    private static final String ASKED = "1001";
    private static final String OTHER = "1002";

    private final Path home = TestCgroup.own();
    private final TestCgroup cgroup = TestCgroup.create();
    private final NetworkNamespace namespace = NetworkNamespace.create();

    @BeforeEach
    void enter() throws IOException {
        try (RouteSocket socket = namespace.call(RouteSocket::open)) {
            socket.interfaces().setUp(socket.interfaces().get("lo"));
        }
        cgroup.add(ProcessHandle.current().pid());
    }

    @AfterEach
    void leave() throws IOException {
        Files.writeString(
                home.resolve("cgroup.procs"),
                Long.toString(ProcessHandle.current().pid()));
        cgroup.close();
        namespace.close();
    }

    private interface Work {
        void run(LinkObject object) throws IOException;
    }

    /** Runs something while a program is at a hook; it must have been called. */
    private void with(String program, AttachType hook, Work work) throws IOException {
        try (LinkObject object = LinkObject.loadFrom("cgroup_hooks", program)) {
            object.set("other_port", Short.toUnsignedInt(Short.reverseBytes(Short.parseShort(OTHER))));
            try (CgroupLink link = CgroupLink.attach(object.program(program), cgroup.path(), hook)) {
                work.run(object);
                assertThat(object.get("hits")).as(link.description()).isPositive();
                assertThat(link.info().details())
                        .isInstanceOfSatisfying(CgroupLink.Info.class, info -> assertThat(info.attachType())
                                .contains(hook));
            }
        }
    }

    private RawSocket open(Family family, int type) {
        return namespace.call(() -> RawSocket.open(family, type));
    }

    private RawSocket bound(Family family, int type, String name) {
        return namespace.call(() -> RawSocket.bound(family, type, name));
    }

    private static AttachType hook(String pattern, Family family) {
        return AttachType.valueOf(pattern.replace("*", digit(family)));
    }

    private static String digit(Family family) {
        return family == Family.INET ? "4" : "6";
    }

    @Test
    void incomingPacketsAreDropped() throws IOException {
        try (RawSocket receiver = bound(Family.INET, RawSocket.DATAGRAM, ASKED);
                RawSocket sender = open(Family.INET, RawSocket.DATAGRAM)) {
            // Over the loopback interface a packet is there, or dropped, when it has been sent.
            with("drops_incoming", AttachType.CGROUP_INET_INGRESS, object -> {
                sender.send(ASKED, 'a');
                Waits.until(() -> object.get("hits") > 0);
                assertThat(receiver.receive()).isEmpty();
            });
            sender.send(ASKED, 'b');
            Waits.until(() -> receiver.receive().filter(r -> r.value() == 'b').isPresent());
        }
    }

    @Test
    void socketsAreRefused() throws IOException {
        with("refuses_sockets", AttachType.CGROUP_INET_SOCK_CREATE, object -> assertThat(
                        RawSocket.tryOpen(Family.INET, RawSocket.DATAGRAM))
                .isEqualTo(EPERM));
        assertThat(RawSocket.tryOpen(Family.INET, RawSocket.DATAGRAM)).isZero();
    }

    @Test
    void aClosedSocketIsSeen() throws IOException {
        try (RawSocket socket = open(Family.INET, RawSocket.DATAGRAM)) {
            with("counts_closed_sockets", AttachType.CGROUP_INET_SOCK_RELEASE, object -> {
                assertThat(object.get("hits")).isZero();
                socket.close();
                assertThat(object.get("hits")).isEqualTo(1);
            });
        }
    }

    @ParameterizedTest
    @CsvSource({"INET", "INET6"})
    void aBoundSocketIsRefused(Family family) throws IOException {
        // Older kernels leave a name to the socket that was refused.
        try (RawSocket socket = open(family, RawSocket.DATAGRAM);
                RawSocket next = open(family, RawSocket.DATAGRAM)) {
            with("refuses_bound" + digit(family), hook("CGROUP_INET*_POST_BIND", family), object -> assertThat(
                            socket.bind(ASKED))
                    .isEqualTo(EPERM));
            assertThat(next.bind(OTHER)).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"INET", "INET6"})
    void aSocketIsBoundToAnotherPort(Family family) throws IOException {
        try (RawSocket socket = open(family, RawSocket.DATAGRAM)) {
            with("binds" + digit(family), hook("CGROUP_INET*_BIND", family), object -> {
                assertThat(socket.bind(ASKED)).isZero();
                assertThat(socket.name()).isEqualTo(OTHER);
            });
        }
    }

    @ParameterizedTest
    @CsvSource({"INET", "INET6"})
    void aConnectionGoesToAnotherPort(Family family) throws IOException {
        try (RawSocket server = bound(family, RawSocket.STREAM, OTHER);
                RawSocket client = open(family, RawSocket.STREAM);
                RawSocket second = open(family, RawSocket.STREAM)) {
            server.listen();
            assertThat(second.connect(ASKED)).isEqualTo(-ECONNREFUSED);
            with("connects" + digit(family), hook("CGROUP_INET*_CONNECT", family), object -> {
                assertThat(client.connect(ASKED)).isZero();
                assertThat(client.peerName()).isEqualTo(OTHER);
            });
        }
    }

    @ParameterizedTest
    @CsvSource({"INET", "INET6"})
    void aDatagramGoesToAnotherPort(Family family) throws IOException {
        try (RawSocket receiver = bound(family, RawSocket.DATAGRAM, OTHER);
                RawSocket sender = open(family, RawSocket.DATAGRAM)) {
            with("sends" + digit(family), hook("CGROUP_UDP*_SENDMSG", family), object -> {
                assertThat(sender.send(ASKED, 'a')).isTrue();
                Waits.until(
                        () -> receiver.receive().filter(r -> r.value() == 'a').isPresent());
            });
        }
    }

    @ParameterizedTest
    @CsvSource({"INET", "INET6"})
    void aDatagramSeemsToComeFromAnotherPort(Family family) throws IOException {
        try (RawSocket receiver = bound(family, RawSocket.DATAGRAM, ASKED);
                RawSocket sender = bound(family, RawSocket.DATAGRAM, "1003")) {
            with("receives" + digit(family), hook("CGROUP_UDP*_RECVMSG", family), object -> {
                sender.send(ASKED, 'a');
                Waits.until(() -> receiver.receive().equals(received('a', OTHER)));
            });
            sender.send(ASKED, 'b');
            Waits.until(() -> receiver.receive().equals(received('b', "1003")));
        }
    }

    private static Optional<RawSocket.Received> received(int value, String from) {
        return Optional.of(new RawSocket.Received(value, from));
    }

    @ParameterizedTest
    @CsvSource({"INET", "INET6"})
    void otherNamesAreTold(Family family) throws IOException {
        try (RawSocket socket = bound(family, RawSocket.DATAGRAM, "1003")) {
            assertThat(socket.connect(ASKED)).isZero();
            with("tells_peer" + digit(family), hook("CGROUP_INET*_GETPEERNAME", family), object -> assertThat(
                            socket.peerName())
                    .isEqualTo(OTHER));
            assertThat(socket.peerName()).isEqualTo(ASKED);
            with("tells_name" + digit(family), hook("CGROUP_INET*_GETSOCKNAME", family), object -> assertThat(
                            socket.name())
                    .isEqualTo(OTHER));
            assertThat(socket.name()).isEqualTo("1003");
        }
    }

    /** Unix sockets; before Linux 6.7 the kernel has neither the hooks nor the function that sets a path. */
    private void unix(TestReporter reporter, String program, AttachType hook, Work work) throws IOException {
        try {
            with(program, hook, work);
        } catch (VerifierException e) {
            throw e;
        } catch (BpfException e) {
            assertThat(e.getMessage()).containsAnyOf("bpf_cast_to_kern_ctx", "bpf_sock_addr_set_sun_path");
            KernelSupport.lacks(reporter, "cgroup hooks of Unix sockets (Linux 6.7): " + e.getMessage());
        }
    }

    @Test
    void aUnixSocketConnectsAndSendsToAnotherName(TestReporter reporter) throws IOException {
        try (RawSocket other = bound(Family.UNIX, RawSocket.DATAGRAM, "jbpf-other");
                RawSocket client = open(Family.UNIX, RawSocket.DATAGRAM)) {
            assertThat(client.connect("nobody")).isEqualTo(-ECONNREFUSED);
            unix(reporter, "connects_unix", AttachType.CGROUP_UNIX_CONNECT, object -> {
                assertThat(client.connect("nobody")).isZero();
                assertThat(client.peerName()).isEqualTo("jbpf-other");
            });
            try (RawSocket sender = open(Family.UNIX, RawSocket.DATAGRAM)) {
                assertThat(sender.send("nobody", 'a')).isFalse();
                unix(reporter, "sends_unix", AttachType.CGROUP_UNIX_SENDMSG, object -> {
                    assertThat(sender.send("nobody", 'a')).isTrue();
                    assertThat(other.receive().orElseThrow().value()).isEqualTo('a');
                });
            }
        }
    }

    @Test
    void otherNamesOfUnixSocketsAreTold(TestReporter reporter) throws IOException {
        try (RawSocket receiver = bound(Family.UNIX, RawSocket.DATAGRAM, "receiver");
                RawSocket sender = bound(Family.UNIX, RawSocket.DATAGRAM, "sender")) {
            unix(reporter, "receives_unix", AttachType.CGROUP_UNIX_RECVMSG, object -> {
                assertThat(sender.send("receiver", 'a')).isTrue();
                assertThat(receiver.receive()).isEqualTo(received('a', "jbpf-other"));
            });
            assertThat(sender.connect("receiver")).isZero();
            assertThat(sender.peerName()).isEqualTo("receiver");
            unix(reporter, "tells_peer_unix", AttachType.CGROUP_UNIX_GETPEERNAME, object -> assertThat(
                            sender.peerName())
                    .isEqualTo("jbpf-other"));
            unix(reporter, "tells_name_unix", AttachType.CGROUP_UNIX_GETSOCKNAME, object -> assertThat(sender.name())
                    .isEqualTo("jbpf-other"));
            assertThat(sender.name()).isEqualTo("sender");
        }
    }

    @Test
    void aSysctlIsRefused() throws IOException {
        Path sysctl = Path.of("/proc/sys/kernel/ostype");
        with("refuses_sysctls", AttachType.CGROUP_SYSCTL, object -> assertThatThrownBy(() -> Files.readString(sysctl))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not permitted"));
        assertThat(Files.readString(sysctl)).startsWith("Linux");
    }

    @Test
    void aSocketOptionIsToldAndRefused() throws IOException {
        SystemCalls calls = SystemCalls.host();
        NativeMemory value = NativeMemory.allocate(4);
        NativeMemory length = NativeMemory.allocate(4);
        length.buffer().putInt(0, 4);
        try (RawSocket socket = open(Family.INET, RawSocket.DATAGRAM)) {
            Supplier<Integer> priority = () -> {
                assertThat(calls.getsockopt(
                                socket.descriptor(), SOL_SOCKET, SO_PRIORITY, value.address(), length.address()))
                        .isZero();
                return value.buffer().getInt(0);
            };
            with("tells_priority", AttachType.CGROUP_GETSOCKOPT, object -> assertThat(priority.get())
                    .isEqualTo(4711));
            value.buffer().putInt(0, 3);
            with("refuses_priorities", AttachType.CGROUP_SETSOCKOPT, object -> assertThat(
                            calls.setsockopt(socket.descriptor(), SOL_SOCKET, SO_PRIORITY, value.address(), 4))
                    .isEqualTo(EPERM));
            assertThat(priority.get()).isZero();
        }
    }

    @Test
    void aDeviceIsRefused() throws IOException {
        Path zero = Path.of("/dev/zero");
        with("refuses_zeroes", AttachType.CGROUP_DEVICE, object -> {
            assertThatThrownBy(() -> Files.newInputStream(zero))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("not permitted");
            Files.newInputStream(Path.of("/dev/null")).close();
        });
        try (InputStream in = Files.newInputStream(zero)) {
            assertThat(in.read()).isZero();
        }
    }

    @Test
    void aConnectionIsSeen() throws IOException {
        try (RawSocket server = bound(Family.INET, RawSocket.STREAM, ASKED);
                RawSocket client = open(Family.INET, RawSocket.STREAM)) {
            server.listen();
            with("counts_connections", AttachType.CGROUP_SOCK_OPS, object -> {
                assertThat(client.connect(ASKED)).isZero();
                assertThat(object.get("hits")).isEqualTo(1);
            });
        }
    }

    @Test
    void aSecurityHookRefusesForOneCgroup(TestReporter reporter) throws IOException {
        try {
            with("refuses_at_lsm", AttachType.LSM_CGROUP, object -> {
                assertThat(RawSocket.tryOpen(Family.INET, RawSocket.DATAGRAM)).isEqualTo(EPERM);
                assertThat(RawSocket.tryOpen(Family.INET6, RawSocket.DATAGRAM)).isZero();
            });
        } catch (BpfException e) {
            KernelSupport.lacks(reporter, "security hooks for a cgroup (Linux 6.0): " + e.getMessage());
        }
        assertThat(RawSocket.tryOpen(Family.INET, RawSocket.DATAGRAM)).isZero();
    }
}
