package io.jbpf.controller.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.controller.rules.ObjectKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodNetworksTest {
    private static final String UID = "0f3f9a1c-5d0b-4a44-9d55-0123456789ab";

    @TempDir
    private Path directory;

    private NodeOnDisk node;
    private PodNetworks networks;

    @BeforeEach
    void makeNode() throws IOException {
        node = new NodeOnDisk(directory);
        networks = new PodNetworks(node.proc(), node.netns(), node.namespaces());
    }

    @AfterEach
    void nothingIsHeldAnyMore() {
        assertThat(node.held()).isZero();
    }

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static PodFacts facts(String... addresses) {
        Set<InetAddress> parsed = new LinkedHashSet<>();
        Arrays.stream(addresses).forEach(text -> parsed.add(address(text)));
        return new PodFacts(new PodIdentity(new ObjectKey("default", "web-1"), UID), UID, false, false, true, parsed);
    }

    private static NamespaceInterface up(int index, String name, String... addresses) {
        Set<InetAddress> parsed = new LinkedHashSet<>();
        Arrays.stream(addresses).forEach(text -> parsed.add(address(text)));
        return new NamespaceInterface(index, name, false, true, false, parsed);
    }

    private Optional<PodCgroup> processes(String... ids) throws IOException {
        Path cgroup = node.cgroup("kubepods/pod" + UID, String.join("\n", ids) + "\n");
        return Optional.of(new PodCgroup(cgroup, CgroupMount.Hierarchy.V2));
    }

    /** What was found, closed already. */
    private PodNetwork found(PodFacts facts, Optional<PodCgroup> cgroup) {
        Finding<PodNetwork> finding = networks.find(facts, cgroup);
        assertThat(finding).isInstanceOf(Finding.Found.class);
        PodNetwork network = finding.found().orElseThrow();
        assertThat(node.held()).isEqualTo(1);
        network.close();
        return network;
    }

    private void assertRefused(ProgramErrorType type, String message, PodFacts facts, Optional<PodCgroup> cgroup) {
        assertThat(networks.find(facts, cgroup)).isInstanceOfSatisfying(Finding.Refused.class, refused -> {
            assertThat(refused.type()).isEqualTo(type);
            assertThat(refused.message()).contains(message).endsWith(".");
        });
    }

    private void assertNotYet(String message, PodFacts facts, Optional<PodCgroup> cgroup) {
        assertThat(networks.find(facts, cgroup))
                .isInstanceOfSatisfying(Finding.NotYet.class, notYet -> assertThat(notYet.message())
                        .contains(message));
    }

    private static List<String> names(List<NamespaceInterface> interfaces) {
        return interfaces.stream().map(NamespaceInterface::name).toList();
    }

    @Test
    void theOldestProcessLeadsToIt() throws IOException {
        node.network(7, "eth0");
        node.network(8, "eth0");
        node.process("30", 8, 300);
        node.process("40", 7, 200);

        PodNetwork network = found(facts(), processes("30", "40"));
        assertThat(network.namespace().inode()).isEqualTo(7);
        assertThat(network.identity())
                .isEqualTo(new SandboxIdentity(UID, new NamespaceIdentity.ByCookie(1007), List.of(2)));
        assertThat(network.why()).isEqualTo("eth0 is called eth0");
    }

    @Test
    void whatTheRuntimeHasMadeIsPreferredToWhatAProcessMadeItself() throws IOException {
        node.network(7, "eth0");
        node.network(8, "eth0");
        node.process("30", 8, 100);
        node.process("40", 7, 200);
        node.name("cni-1", 7);

        assertThat(found(facts(), processes("30", "40")).namespace().inode()).isEqualTo(7);
    }

    @Test
    void aNameThatIsUsedAgainIsFollowed() throws IOException {
        node.network(7, "eth0");
        node.network(8, "eth0");
        node.process("30", 7, 100);
        node.name("cni-1", 7);
        assertThat(found(facts(), processes("30")).namespace().inode()).isEqualTo(7);

        Files.delete(node.netns().resolve("cni-1"));
        node.name("cni-1", 8);
        node.process("30", 8, 100);
        assertThat(found(facts(), processes("30")).namespace().inode()).isEqualTo(8);
    }

    @Test
    void aNewSandboxIsAnotherAlsoIfItHasTheOldInode() throws IOException {
        node.network(7, "eth0");
        node.process("30", 7, 100);
        SandboxIdentity before = found(facts(), processes("30")).identity();
        assertThat(found(facts(), processes("30")).identity()).isEqualTo(before);

        node.replaceNetwork(7, 5000);
        assertThat(found(facts(), processes("30")).identity()).isNotEqualTo(before);
    }

    @Test
    void itIsTheInterfaceWithThePodsAddress() throws IOException {
        node.network(7, up(2, "eth0", "198.18.0.9"), up(3, "net1", "198.18.0.1"), up(4, "net2"));
        node.process("30", 7, 100);

        PodNetwork network = found(facts("198.18.0.1"), processes("30"));
        assertThat(names(network.interfaces())).containsExactly("net1");
        assertThat(names(network.others())).containsExactly("eth0", "net2");
        assertThat(network.why()).isEqualTo("net1 has the pod's address");
    }

    @Test
    void severalInterfacesCanHaveThePodsAddresses() throws IOException {
        node.network(7, up(2, "eth0", "198.18.0.1"), up(3, "net1", "fd00::1"));
        node.process("30", 7, 100);

        PodNetwork network = found(facts("198.18.0.1", "fd00::1"), processes("30"));
        assertThat(names(network.interfaces())).containsExactly("eth0", "net1");
        assertThat(network.identity().interfaces()).containsExactly(2, 3);
        assertThat(network.others()).isEmpty();
    }

    @Test
    void beforeTheStatusHasAnAddressTheDefaultRouteTells() throws IOException {
        node.network(
                7,
                up(2, "net1"),
                new NamespaceInterface(3, "ens3", false, true, true, Set.of()),
                new NamespaceInterface(4, "sit0", false, false, false, Set.of()));
        node.process("30", 7, 100);

        PodNetwork network = found(facts(), processes("30"));
        assertThat(names(network.interfaces())).containsExactly("ens3");
        assertThat(network.why()).isEqualTo("ens3 has the default route");
        assertThat(names(network.others())).containsExactly("net1");
    }

    @Test
    void theOnlyOneThatIsUpWillDo() throws IOException {
        node.network(7, up(3, "ens3"), new NamespaceInterface(4, "tunl0", false, false, false, Set.of()));
        node.process("30", 7, 100);

        assertThat(names(found(facts(), processes("30")).interfaces())).containsExactly("ens3");
    }

    @Test
    void itDoesNotGuessBetweenTwo() throws IOException {
        node.network(7, up(2, "net1"), up(3, "net2"));
        node.process("30", 7, 100);

        assertRefused(ProgramErrorType.NO_INTERFACE, "net1, net2", facts(), processes("30"));
    }

    @Test
    void aNetworkIsWaitedForUntilThePluginHasMadeTheInterface() throws IOException {
        node.network(7, new NamespaceInterface[0]);
        node.process("30", 7, 100);

        assertNotYet("no interface yet", facts(), processes("30"));
    }

    @Test
    void theNodesNetworkIsRefused() throws IOException {
        node.process("30", 1, 100);
        assertRefused(ProgramErrorType.HOST_NETWORK, "remove hostNetwork", facts(), processes("30"));

        PodFacts facts = new PodFacts(facts().pod(), UID, true, false, true, Set.of(address("198.18.0.1")));
        assertRefused(ProgramErrorType.HOST_NETWORK, "remove hostNetwork", facts, Optional.empty());
    }

    @Test
    void theControllersOwnNetworkIsRefused() throws IOException {
        node.network(9, "eth0");
        node.process("self", 9, 0);
        node.process("30", 9, 100);
        node.name("cni-1", 9);

        assertRefused(ProgramErrorType.OWN_NETWORK, "podSelector", facts(), processes("30"));
    }

    @Test
    void aProcessOnTheNodesNetworkBesideOthersIsPassedOver() throws IOException {
        node.network(7, "eth0");
        node.process("30", 1, 100);
        node.process("40", 7, 200);

        assertThat(found(facts(), processes("30", "40")).namespace().inode()).isEqualTo(7);
    }

    @Test
    void aProcessThatHasEndedIsPassedOver() throws IOException {
        node.network(7, "eth0");
        node.process("31", 7, 100);

        assertThat(found(facts(), processes("30", "31")).namespace().inode()).isEqualTo(7);
        assertNotYet("No process of it runs yet", facts(), processes("30"));
        assertNotYet("No process of it runs yet", facts(), Optional.empty());
    }

    @Test
    void whereProcessesCannotBeSeenTheAddressTells() throws IOException {
        node.network(7, up(2, "eth0", "198.18.0.1"));
        node.network(8, up(2, "eth0", "198.18.0.2"));
        node.name("cni-1", 7);
        node.name("cni-2", 8);
        node.unseenProcess("30", 100);

        assertThat(found(facts("198.18.0.2"), processes("30")).namespace().inode())
                .isEqualTo(8);
        assertThat(found(facts("198.18.0.1"), processes("0")).namespace().inode())
                .isEqualTo(7);
        assertNotYet("has no address yet", facts(), processes("30"));
    }

    @Test
    void anAddressThatComesLaterIsFound() throws IOException {
        node.network(7, up(2, "eth0"));
        node.name("cni-1", 7);
        node.unseenProcess("30", 100);
        assertRefused(ProgramErrorType.NETWORK_UNREADABLE, "CAP_SYS_PTRACE", facts("198.18.0.1"), processes("30"));

        node.network(7, up(2, "eth0", "198.18.0.1"));
        assertThat(found(facts("198.18.0.1"), processes("30")).namespace().inode())
                .isEqualTo(7);
    }

    @Test
    void anAddressThatTwoHaveTellsNothing() throws IOException {
        node.network(7, up(2, "eth0", "198.18.0.1"));
        node.network(8, up(2, "eth0", "198.18.0.1"));
        node.name("cni-1", 7);
        node.name("cni-2", 8);

        assertRefused(ProgramErrorType.NETWORK_UNREADABLE, "More than one", facts("198.18.0.1"), processes("0"));
    }

    @Test
    void anAddressOfTheNodesNetworkTellsNothing() throws IOException {
        node.network(1, up(2, "eth0", "198.18.0.1"));
        node.name("host", 1);

        assertRefused(ProgramErrorType.NETWORK_UNREADABLE, "has its address", facts("198.18.0.1"), processes("0"));
    }

    @Test
    void filesWithoutANamespaceAreExplained() throws IOException {
        Files.createFile(node.netns().resolve("cni-1"));
        node.unseenProcess("30", 100);

        assertRefused(
                ProgramErrorType.NETWORK_UNREADABLE,
                node.netns() + " with mountPropagation: HostToContainer",
                facts("198.18.0.1"),
                processes("30"));
    }
}
