package io.jbpf.controller.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodDiscoveryTest {
    private static final String UID = "0f3f9a1c-5d0b-4a44-9d55-0123456789ab";

    @TempDir
    private Path directory;

    private NodeOnDisk node;
    private PodCgroups cgroups;
    private PodNetworks networks;

    @BeforeEach
    void makeNode() throws IOException {
        node = new NodeOnDisk(directory);
        cgroups = new PodCgroups(node.cgroups());
        networks = new PodNetworks(node.proc());
    }

    @Test
    void findsAPodOfTheCgroupfsDriver() throws IOException {
        node.cgroup("kubepods/besteffort/pod" + UID, "");

        assertThat(cgroups.directory(UID)).contains(node.cgroups().resolve("kubepods/besteffort/pod" + UID));
    }

    @Test
    void findsAPodOfTheSystemdDriver() throws IOException {
        String slice =
                "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + UID.replace('-', '_') + ".slice";
        node.cgroup(slice, "");

        assertThat(cgroups.directory(UID)).contains(node.cgroups().resolve(slice));
    }

    @Test
    void findsAGuaranteedPodBelowACustomRoot() throws IOException {
        node.cgroup("site/kubelet/kubepods/pod" + UID, "");

        assertThat(cgroups.directory(UID)).contains(node.cgroups().resolve("site/kubelet/kubepods/pod" + UID));
    }

    @Test
    void doesNotTakeAnotherPodForIt() throws IOException {
        node.cgroup("kubepods/pod" + UID + "0", "");
        node.cgroup("kubepods/podfffffff0-0000-0000-0000-000000000000/pod" + UID, "");

        assertThat(cgroups.directory(UID)).isEmpty();
    }

    @Test
    void noticesThatADirectoryIsGone() throws IOException {
        node.cgroup("kubepods/pod" + UID, "");
        assertThat(cgroups.directory(UID)).isPresent();
        Files.delete(node.cgroups().resolve("kubepods/pod" + UID + "/cgroup.procs"));
        Files.delete(node.cgroups().resolve("kubepods/pod" + UID));

        assertThat(cgroups.directory(UID)).isEmpty();
    }

    @Test
    void listsTheProcessesOfAllContainers() throws IOException {
        node.cgroup("pod", "");
        node.cgroup("pod/a", "10\n11\n");
        node.cgroup("pod/b/c", "12\n0\n");

        assertThat(cgroups.processes(node.cgroups().resolve("pod"))).containsExactlyInAnyOrder(10, 11, 12);
    }

    @Test
    void findsTheV2HierarchyBesideVersion1() throws IOException {
        Path mounts = Files.writeString(
                directory.resolve("mounts"),
                "cgroup /sys/fs/cgroup/memory cgroup rw 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n");

        assertThat(PodCgroups.mounted(mounts)).contains(Path.of("/sys/fs/cgroup/unified"));
    }

    @Test
    void prefersEth0() throws IOException {
        node.process("20", 7, "net1", "eth0");

        assertThat(networks.find(List.of(20)))
                .isEqualTo(new PodNetworks.Own(new PodNetwork(node.proc().resolve("20/ns/net"), 7, "eth0")));
    }

    @Test
    void takesTheOnlyInterfaceThatIsNotLoopbackOrAModulesOwn() throws IOException {
        node.process("20", 7, "sit0", "ens3");

        assertThat(networks.find(List.of(20)))
                .isEqualTo(new PodNetworks.Own(new PodNetwork(node.proc().resolve("20/ns/net"), 7, "ens3")));
    }

    @Test
    void doesNotGuessBetweenTwoInterfaces() throws IOException {
        node.process("20", 7, "net1", "net2");

        assertThat(networks.find(List.of(20))).isEqualTo(new PodNetworks.Unclear(List.of("net1", "net2")));
    }

    @Test
    void refusesTheNodesOwnNetwork() throws IOException {
        node.process("20", 1, "eth0");

        assertThat(networks.find(List.of(20))).isEqualTo(new PodNetworks.OfTheNode());
    }

    @Test
    void goesOnToTheNextProcessWhenOneHasEnded() throws IOException {
        node.process("21", 7, "eth0");

        assertThat(networks.find(List.of(20, 21))).isInstanceOf(PodNetworks.Own.class);
        assertThat(networks.find(List.of(20))).isEqualTo(new PodNetworks.NoProcess());
    }
}
