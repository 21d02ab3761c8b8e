package io.jbpf.cli.attach;

import static io.jbpf.cli.InProcess.jbpf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.jbpf.cli.ChildJbpf;
import io.jbpf.cli.ExitStatus;
import io.jbpf.cli.InProcess;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestNetwork;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@KernelTest
class AttachL4FirewallKernelTest {
    private static final int ALLOWED = 8080;
    private static final int BLOCKED = 9090;

    private TestNetwork network;
    /** Somebody who is in the namespace, to name it by. */
    private EchoProcess inhabitant;

    @BeforeEach
    void makeANetwork() throws IOException {
        network = TestNetwork.create();
        try {
            inhabitant = network.right().namespace().call(EchoProcess::start);
        } catch (IOException | RuntimeException e) {
            network.close();
            throw e;
        }
    }

    @AfterEach
    void removeIt() throws IOException {
        inhabitant.close();
        network.close();
    }

    @Test
    void filtersUntilItIsAskedToEndAndLeavesNothing() throws Exception {
        try (ServerSocket allowed = network.right().listen(ALLOWED);
                ServerSocket blocked = network.right().listen(BLOCKED);
                ChildJbpf child =
                        attach("--pid", Long.toString(inhabitant.pid()), "--block", "9000-9100", "-o", "json")) {
            assertThat(allowed.isBound() && blocked.isBound()).isTrue();
            ChildJbpf.Held held = child.holds();
            assertThat(held.programs()).isNotEmpty();

            connect(ALLOWED, Duration.ofSeconds(10));
            assertThatThrownBy(() -> connect(BLOCKED, Duration.ofMillis(300)))
                    .isInstanceOf(SocketTimeoutException.class);

            child.signal(15);
            assertThat(child.awaitEnd()).isEqualTo(ExitStatus.DONE);
            JsonNode last =
                    new ObjectMapper().readTree(child.out().get(child.out().size() - 1));
            assertThat(last.get("interface").asText()).isEqualTo(interfaceName());
            assertThat(last.get("allowed").get("packets").asLong()).isGreaterThanOrEqualTo(2);
            assertThat(last.get("blocked").get("packets").asLong()).isGreaterThanOrEqualTo(1);
            Waits.until(() -> held.stillThere().isEmpty());
            connect(BLOCKED, Duration.ofSeconds(10));
        }
    }

    @Test
    void endsInFailureWhenTheInterfaceIsGone() throws Exception {
        String namespace = "/proc/" + inhabitant.pid() + "/ns/net";
        try (ChildJbpf child = attach("--netns", namespace, "--default", "block", "--interval", "50ms");
                RouteSocket route = network.right().routeSocket()) {
            route.interfaces().delete(network.right().interfaceInfo());

            assertThat(child.awaitEnd()).isEqualTo(ExitStatus.FAILED);
            assertThat(child.err()).anyMatch(line -> line.contains("interface '" + interfaceName() + "' is gone"));
        }
    }

    @Test
    void anUnknownInterfaceIsAnsweredWithThoseThereAre() {
        InProcess run = jbpf("attach", "l4-firewall", "--interface", "eth77", "--pid", Long.toString(inhabitant.pid()));

        assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
        assertThat(run.err())
                .startsWith("jbpf: ")
                .contains("'eth77'", interfaceName())
                .hasLineCount(1);
    }

    @Test
    void aNamespaceThatIsNoneIsNamed() {
        for (String path : new String[] {"/nowhere", "/tmp", "/proc/self/ns/mnt"}) {
            InProcess run = jbpf("attach", "l4-firewall", "--interface", "lo", "--netns", path);

            assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
            assertThat(run.err()).startsWith("jbpf: ").contains(path).hasLineCount(1);
        }
    }

    @Test
    void aProcessThatIsGoneIsNamed() throws IOException {
        inhabitant.end();

        InProcess run = jbpf("attach", "l4-firewall", "--interface", "lo", "--pid", Long.toString(inhabitant.pid()));

        assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
        assertThat(run.err())
                .contains("there is no process " + inhabitant.pid())
                .hasLineCount(1);
    }

    @Test
    void aPortThatIsBothAllowedAndBlockedIsMentioned() throws Exception {
        try (ChildJbpf child = attach("--pid", Long.toString(inhabitant.pid()), "--allow", "80,443", "--block", "80")) {
            child.awaitNote("both allowed and blocked, and therefore blocked: 80");
            child.signal(15);
            assertThat(child.awaitEnd()).isEqualTo(ExitStatus.DONE);
        }
    }

    private String interfaceName() {
        return network.right().interfaceInfo().name();
    }

    private void connect(int port, Duration patience) throws IOException {
        try (Socket socket = network.left().connect(network.right().ipv4(), port, patience)) {
            assertThat(socket.isConnected()).isTrue();
        }
    }

    private ChildJbpf attach(String... options) {
        String[] arguments = new String[options.length + 4];
        arguments[0] = "attach";
        arguments[1] = "l4-firewall";
        arguments[2] = "--interface";
        arguments[3] = interfaceName();
        System.arraycopy(options, 0, arguments, 4, options.length);
        ChildJbpf child = ChildJbpf.start(arguments);
        try {
            child.awaitNote("ctrl-C ends");
            return child;
        } catch (AssertionError e) {
            child.close();
            throw e;
        }
    }
}
