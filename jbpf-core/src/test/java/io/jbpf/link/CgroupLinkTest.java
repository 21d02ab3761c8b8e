package io.jbpf.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.link.AttachedPrograms.Entry;
import io.jbpf.object.AttachType;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestCgroup;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

@KernelTest
@SuppressWarnings("try") // a link does its work by being open
class CgroupLinkTest {
    private static final AttachType CONNECT = AttachType.CGROUP_INET4_CONNECT;

    private final TestCgroup cgroup = TestCgroup.create();
    private final LinkObject object =
            LinkObject.load("refuses_connections", "allows_connections", "allows_connections_too", "drops_packets");

    @AfterEach
    void removeAll() throws IOException {
        object.close();
        cgroup.close();
    }

    /** Whether a process in the cgroup can connect to a port of this machine. */
    private boolean connects() throws IOException {
        return connects(cgroup.path());
    }

    private static boolean connects(Path inside) throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            Process shell = new ProcessBuilder(
                            "bash",
                            "-c",
                            "read && exec 3<>/dev/tcp/127.0.0.1/" + server.getLocalPort() + " && echo yes")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (BufferedReader answer = shell.inputReader();
                    var go = shell.outputWriter()) {
                Files.writeString(inside.resolve("cgroup.procs"), Long.toString(shell.pid()));
                go.write("\n");
                go.flush();
                return "yes".equals(answer.readLine());
            } finally {
                shell.destroyForcibly().onExit().join();
            }
        }
    }

    @Test
    void connectionsAreRefusedFromAttachToClose() throws IOException {
        assertThat(connects()).isTrue();
        try (CgroupLink link = CgroupLink.attach(object.program("refuses_connections"), cgroup.path(), CONNECT)) {
            assertThat(link.description()).contains("CGROUP_INET4_CONNECT of cgroup " + cgroup.path());
            assertThat(connects()).isFalse();
            // Nobody else is concerned.
            assertThat(connects(TestCgroup.root())).isTrue();
        }
        assertThat(connects()).isTrue();
        assertThat(object.get("hits")).isEqualTo(1);
    }

    @Test
    void anUpdateChangesTheVerdictInPlace() throws IOException {
        try (CgroupLink link = CgroupLink.attach(object.program("refuses_connections"), cgroup.path(), CONNECT)) {
            assertThat(connects()).isFalse();
            link.update(object.program("allows_connections"));
            assertThat(connects()).isTrue();
            assertThatThrownBy(() -> link.update(object.program("drops_packets")))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("another type");
        }
    }

    @Test
    void theLinkTellsItsCgroupAndComesBack() throws IOException {
        CgroupLink link = CgroupLink.attach(object.program("allows_connections"), cgroup.path(), CONNECT);
        assertThat(link.info().details()).isInstanceOfSatisfying(CgroupLink.Info.class, info -> {
            assertThat(info.attachType()).contains(CONNECT);
            assertThat(info.cgroupId()).isEqualTo(inode(cgroup.path()));
        });
        LinkObject.checkTypedOpening(link, CgroupLink.class);
    }

    private static long inode(Path path) {
        try {
            return (long) Files.getAttribute(path, "unix:ino");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aDetachedLinkIsThereAndDoesNothing() throws IOException {
        try (CgroupLink link = CgroupLink.attach(object.program("refuses_connections"), cgroup.path(), CONNECT)) {
            link.detach();
            assertThat(connects()).isTrue();
            assertThat(link.info().target()).isEmpty();
            assertThatThrownBy(() -> link.update(object.program("allows_connections")))
                    .isInstanceOfSatisfying(SystemCallException.class, e -> assertThat(e.errno())
                            .isEqualTo(Errno.ENOLINK));
        }
    }

    @Test
    void packetsAreDroppedAtEgress() throws IOException {
        try (Link link =
                CgroupLink.attach(object.program("drops_packets"), cgroup.path(), AttachType.CGROUP_INET_EGRESS)) {
            Process ping = sendsDatagram();
            assertThat(ping.onExit().join().exitValue()).isNotZero();
        }
        assertThat(object.get("hits")).isPositive();
        assertThat(sendsDatagram().onExit().join().exitValue()).isZero();
    }

    /** A datagram that is dropped at egress is EPERM to its sender. */
    private Process sendsDatagram() throws IOException {
        Process shell = new ProcessBuilder("bash", "-c", "read && echo x >/dev/udp/127.0.0.1/9")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        cgroup.add(shell.pid());
        try (var go = shell.outputWriter()) {
            go.write("\n");
        }
        return shell;
    }

    @Test
    void allProgramsRunInTheOrderInWhichTheyCame() throws IOException {
        try (Link first = CgroupLink.attach(object.program("allows_connections"), cgroup.path(), CONNECT);
                Link second = CgroupLink.attach(object.program("allows_connections_too"), cgroup.path(), CONNECT)) {
            assertThat(connects()).isTrue();
            assertThat(object.get("order")).isEqualTo(23);
            assertThat(AttachedPrograms.ofCgroup(cgroup.path(), CONNECT).entries())
                    .extracting(Entry::programId)
                    .containsExactly(id("allows_connections"), id("allows_connections_too"));
            Path below = cgroup.child("below");
            assertThat(AttachedPrograms.ofCgroup(below, CONNECT).entries()).isEmpty();
            assertThat(AttachedPrograms.effectiveFor(below, CONNECT).entries())
                    .extracting(Entry::programId)
                    .containsSubsequence(id("allows_connections"), id("allows_connections_too"));
        }
        assertThat(AttachedPrograms.ofCgroup(cgroup.path(), CONNECT).entries()).isEmpty();
    }

    @Test
    void aPlaceAmongThemCanBeChosen(TestReporter reporter) throws IOException {
        try (CgroupLink first = CgroupLink.attach(object.program("allows_connections"), cgroup.path(), CONNECT)) {
            Anchor before = Anchor.before(first);
            try (Link second =
                    CgroupLink.attach(object.program("allows_connections_too"), cgroup.path(), CONNECT, before)) {
                assertThat(connects()).isTrue();
                assertThat(object.get("order")).isEqualTo(32);
            } catch (UnsupportedFeatureException e) {
                assertThat(e.kernelFloor()).isEqualTo("6.16");
                KernelSupport.lacks(reporter, e.toString());
            }
        }
    }

    @Test
    void withoutALinkItIsDetachedOnCloseAndNothingElseIs() throws IOException {
        try (Link theirs = CgroupLink.attach(object.program("allows_connections"), cgroup.path(), CONNECT)) {
            try (CgroupAttachment ours =
                    CgroupAttachment.attach(object.program("refuses_connections"), cgroup.path(), CONNECT)) {
                assertThat(connects()).isFalse();
                assertThatThrownBy(() ->
                                CgroupAttachment.attach(object.program("refuses_connections"), cgroup.path(), CONNECT))
                        .isInstanceOf(SystemCallException.class)
                        .hasMessageContaining("or is it there already?");
                ours.update(object.program("allows_connections_too"));
                assertThat(connects()).isTrue();
                assertThat(object.get("order") % 100).isEqualTo(23);
            }
            assertThat(AttachedPrograms.ofCgroup(cgroup.path(), CONNECT).entries())
                    .extracting(Entry::programId)
                    .isEqualTo(List.of(id("allows_connections")));
        }
    }

    @Test
    void aDirectoryThatIsNoCgroupIsNamed(@TempDir Path directory) {
        assertThatThrownBy(() -> CgroupLink.attach(object.program("allows_connections"), directory, CONNECT))
                .isInstanceOf(SystemCallException.class)
                .hasMessageContaining(directory.toString())
                .hasMessageContaining("not one of cgroup v2");
        assertThatThrownBy(() -> CgroupLink.attach(
                        object.program("allows_connections"), cgroup.path(), AttachType.CGROUP_INET4_BIND))
                .isInstanceOf(SystemCallException.class)
                .hasMessageContaining("loaded for this attach type");
    }

    @Test
    void attachingAndClosingLeavesNoDescriptor() {
        LinkObject.leavesNoDescriptor(
                () -> CgroupLink.attach(object.program("allows_connections"), cgroup.path(), CONNECT)
                        .close());
        LinkObject.leavesNoDescriptor(
                () -> CgroupAttachment.attach(object.program("allows_connections"), cgroup.path(), CONNECT)
                        .close());
    }

    private int id(String program) {
        return object.program(program).info().id();
    }
}
