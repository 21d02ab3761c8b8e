package io.jbpf.controller.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.controller.node.CgroupMount.Hierarchy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every layout that a kubelet can make, as directories on a disk. */
class PodCgroupsTest {
    private static final String UID = "0f3f9a1c-5d0b-4a44-9d55-0123456789ab";
    private static final String ESCAPED = "0f3f9a1c_5d0b_4a44_9d55_0123456789ab";
    private static final String OTHER = "fffffff0-0000-4000-8000-000000000000";
    private static final String HASH = "0123456789abcdef0123456789abcdef";

    @TempDir
    private Path directory;

    private NodeOnDisk node;
    private final AtomicLong now = new AtomicLong();

    @BeforeEach
    void makeNode() throws IOException {
        node = new NodeOnDisk(directory);
    }

    private PodCgroups cgroups() {
        return new PodCgroups(CgroupMounts.read(node.mountinfo()).all(), now::get);
    }

    private Optional<String> found(PodCgroups cgroups, String uid) {
        return cgroups.find(uid)
                .map(found -> node.cgroups().relativize(found.directory()).toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // cgroupfs: Guaranteed, Burstable, BestEffort; --cgroup-root; kind
                "kubepods/pod" + UID,
                "kubepods/burstable/pod" + UID,
                "kubepods/besteffort/pod" + UID,
                "k8stest/kubepods/burstable/pod" + UID,
                "k8stest/kubepods/pod" + UID,
                "kubelet/kubepods/besteffort/pod" + UID,
                // systemd: the same
                "kubepods.slice/kubepods-pod" + ESCAPED + ".slice",
                "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + ESCAPED + ".slice",
                "kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" + ESCAPED + ".slice",
                "k8stest.slice/k8stest-kubepods.slice/k8stest-kubepods-burstable.slice/k8stest-kubepods-burstable-pod"
                        + ESCAPED + ".slice",
                "kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" + ESCAPED + ".slice",
                "system.slice/docker-0a.scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" + ESCAPED
                        + ".slice"
            })
    void findsAPodWhereverTheKubeletPutsIt(String path) throws IOException {
        node.cgroup("kubepods/pod" + OTHER, "");
        node.cgroup(
                "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podfffffff0_0000_4000_8000_000000000000.slice",
                "");
        node.cgroup("system.slice/cron.service", "1\n");
        PodCgroups cgroups = cgroups();
        assertThat(cgroups.find(UID)).isEmpty();

        node.cgroup(path, "");
        now.addAndGet(1_000_000_000_000L);

        assertThat(found(cgroups, UID)).contains(path);
        assertThat(found(cgroups(), UID)).contains(path);
        assertThat(cgroups().find(UID)).map(PodCgroup::hierarchy).contains(Hierarchy.V2);
    }

    @Test
    void findsAStaticPodByTheHashOfItsManifest() throws IOException {
        node.cgroup("kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + HASH + ".slice", "");

        assertThat(found(cgroups(), HASH))
                .contains("kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + HASH + ".slice");
    }

    @Test
    void aPodIsFoundAtOnceWhereOthersAre() throws IOException {
        node.cgroup("kubepods/burstable/pod" + OTHER, "");
        PodCgroups cgroups = cgroups();
        assertThat(cgroups.find(OTHER)).isPresent();
        assertThat(cgroups.find(UID)).isEmpty();

        // The class had no pod before; and the clock stands still, so that nothing is walked over again.
        node.cgroup("kubepods/besteffort/pod" + UID, "");

        assertThat(found(cgroups, UID)).contains("kubepods/besteffort/pod" + UID);
    }

    @Test
    void aWalkIsFollowedByARest() throws IOException {
        PodCgroups cgroups = cgroups();
        assertThat(cgroups.find(UID)).isEmpty();
        node.cgroup("kubepods/pod" + UID, "");

        assertThat(cgroups.find(UID)).isEmpty();
        now.addAndGet(1_000_000_000);
        assertThat(cgroups.find(UID)).isPresent();
    }

    @Test
    void onVersion1ItIsTheCgroupOfTheMemoryHierarchy() throws IOException {
        node.unmountAll();
        node.mount(node.cgroups().resolve("cpu"), "cgroup", "rw,cpu,cpuacct");
        node.mount(node.cgroups().resolve("pids"), "cgroup", "rw,pids");
        node.mount(node.cgroups().resolve("memory"), "cgroup", "rw,memory");
        for (String controller : List.of("cpu", "pids", "memory")) {
            node.cgroup(controller + "/kubepods/burstable/pod" + UID, "");
        }

        assertThat(found(cgroups(), UID)).contains("memory/kubepods/burstable/pod" + UID);
        assertThat(cgroups().find(UID)).map(PodCgroup::hierarchy).contains(Hierarchy.V1_MEMORY);
    }

    @Test
    void onVersion1WithoutMemoryItIsTheCgroupOfThePidsHierarchy() throws IOException {
        node.unmountAll();
        node.mount(node.cgroups().resolve("cpu"), "cgroup", "rw,cpu,cpuacct");
        node.mount(node.cgroups().resolve("pids"), "cgroup", "rw,pids");
        node.cgroup("cpu/kubepods/pod" + UID, "");
        node.cgroup("pids/kubepods/pod" + UID, "");

        assertThat(cgroups().find(UID))
                .contains(new PodCgroup(node.cgroups().resolve("pids/kubepods/pod" + UID), Hierarchy.V1_PIDS));
    }

    @Test
    void onAHybridNodeSystemdsCopyIsNotTaken() throws IOException {
        node.unmountAll();
        node.mount(node.cgroups().resolve("unified"), "cgroup2", "rw");
        node.mount(node.cgroups().resolve("memory"), "cgroup", "rw,memory");
        String slice = "kubepods.slice/kubepods-pod" + ESCAPED + ".slice";
        node.cgroup("unified/" + slice, "10\n");
        node.cgroup("memory/kubepods.slice", "");
        PodCgroups cgroups = cgroups();

        // The kubelet will make it in a moment.
        assertThat(cgroups.find(UID)).isEmpty();
        node.cgroup("memory/" + slice, "");
        assertThat(found(cgroups, UID)).contains("memory/" + slice);
    }

    @Test
    void onAHybridNodeWhoseKubeletUsesVersion2ItIsThat() throws IOException {
        node.unmountAll();
        node.mount(node.cgroups().resolve("memory"), "cgroup", "rw,memory");
        node.mount(node.cgroups().resolve("unified"), "cgroup2", "rw");
        node.cgroup("memory/user", "");
        node.cgroup("unified/kubepods/pod" + UID, "");

        assertThat(found(cgroups(), UID)).contains("unified/kubepods/pod" + UID);
    }

    @Test
    void doesNotTakeAnotherDirectoryForAPod() throws IOException {
        node.cgroup("kubepods/pod" + UID + "0", "");
        node.cgroup("kubepods/burstable/x-pod" + UID, "");
        // What a container makes in its own cgroup.
        node.cgroup("kubepods/pod" + OTHER + "/container/kubepods/pod" + UID, "");

        assertThat(cgroups().find(UID)).isEmpty();
    }

    @Test
    void doesNotLookAtWhatAnotherUserOwns() throws IOException {
        node.cgroup("user.slice/user-7.slice/kubepods/pod" + UID, "");
        Path others = node.cgroups().resolve("user.slice/user-7.slice");
        if (!"root".equals(System.getProperty("user.name"))) {
            // Nobody else can give a directory away.
            assertThat(cgroups().find(UID)).isPresent();
            return;
        }
        Files.setAttribute(others, "unix:uid", 7);

        assertThat(cgroups().find(UID)).isEmpty();
    }

    @Test
    void aLeftoverOfAnotherDriverIsNotTakenForThePod() throws IOException {
        node.cgroup("kubepods/pod" + UID, "");
        node.cgroup("kubepods.slice/kubepods-pod" + ESCAPED + ".slice/cri-containerd-0a.scope", "10\n");

        assertThat(found(cgroups(), UID)).contains("kubepods.slice/kubepods-pod" + ESCAPED + ".slice");
    }

    @Test
    void noticesThatADirectoryIsGoneAndWhereTheNextOneIs() throws IOException {
        Path pod = node.cgroup("kubepods/pod" + UID, "");
        PodCgroups cgroups = cgroups();
        assertThat(cgroups.find(UID)).isPresent();
        Files.delete(pod.resolve("cgroup.procs"));
        Files.delete(pod);
        assertThat(cgroups.find(UID)).isEmpty();

        node.cgroup("kubepods/burstable/pod" + UID, "");
        assertThat(found(cgroups, UID)).contains("kubepods/burstable/pod" + UID);
    }

    @Test
    void aTreeWithoutEndIsGivenUpAndThePodNearTheTopIsFound() throws IOException {
        for (int i = 0; i < 12_000; i++) {
            Files.createDirectories(node.cgroups().resolve("system.slice/a/" + i));
        }
        node.cgroup("system.slice/a/0/kubepods/pod" + UID, "");
        assertThat(cgroups().find(UID)).isEmpty();

        node.cgroup("kubepods/pod" + UID, "");
        assertThat(found(cgroups(), UID)).contains("kubepods/pod" + UID);
    }

    @Test
    void whatVanishesDuringTheWalkIsNoError() throws Exception {
        node.cgroup("z/kubepods/pod" + UID, "10\n");
        AtomicBoolean over = new AtomicBoolean();
        Thread churn = new Thread(() -> {
            while (!over.get()) {
                try {
                    Path top = node.cgroups().resolve("a");
                    Files.createDirectories(top.resolve("b/c"));
                    Files.delete(top.resolve("b/c"));
                    Files.delete(top.resolve("b"));
                    Files.delete(top);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
        });
        churn.start();
        try {
            for (int i = 0; i < 500; i++) {
                assertThat(found(cgroups(), UID)).contains("z/kubepods/pod" + UID);
            }
            assertThat(churn.isAlive()).isTrue();
        } finally {
            over.set(true);
            churn.join();
        }
    }

    @Test
    void listsContainersAndProcesses() throws IOException {
        String id = "0123456789abcdef".repeat(4);
        String pod = "kubepods.slice/kubepods-pod" + ESCAPED + ".slice/";
        node.cgroup(pod, "");
        node.cgroup(pod + "cri-containerd-" + id + ".scope", "10\n11\n");
        node.cgroup(pod + "crio-" + id.replace('0', '1') + ".scope/container", "12\n0\n");
        // It is on the node's network, and not the pod's.
        node.cgroup(pod + "crio-conmon-" + id + ".scope", "13\n");
        node.cgroup(pod + id.replace('0', '2'), "x\n-1\n14\n");
        PodCgroup cgroup = cgroups().find(UID).orElseThrow();

        assertThat(cgroup.containers())
                .extracting(PodContainer::id)
                .containsExactlyInAnyOrder(id, id.replace('0', '1'), id.replace('0', '2'));
        assertThat(cgroup.processes().ids()).containsExactlyInAnyOrder(10, 11, 12, 14);
        assertThat(cgroup.processes().hidden()).isTrue();
    }

    @Test
    void aPodWithCgroupsAndProcessesWithoutEndIsNotReadToItsEnd() throws IOException {
        String pod = "kubepods/pod" + UID;
        node.cgroup(pod, "");
        for (int i = 0; i < 300; i++) {
            node.cgroup(pod + "/" + i, "7\n".repeat(50));
        }

        assertThat(cgroups().find(UID).orElseThrow().processes().ids()).hasSize(1024);
    }
}
