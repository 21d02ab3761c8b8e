package io.jbpf.controller.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.jbpf.controller.node.CgroupMount.Hierarchy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupMountsTest {
    private static final CgroupMount UNIFIED = new CgroupMount(Path.of("/sys/fs/cgroup/unified"), Hierarchy.V2);
    private static final CgroupMount MEMORY = new CgroupMount(Path.of("/sys/fs/cgroup/memory"), Hierarchy.V1_MEMORY);
    private static final CgroupMount PIDS = new CgroupMount(Path.of("/sys/fs/cgroup/pids"), Hierarchy.V1_PIDS);

    @TempDir
    private Path directory;

    private CgroupMounts mounts(String text) throws IOException {
        return CgroupMounts.read(Files.writeString(directory.resolve("mountinfo"), text));
    }

    @Test
    void version2Alone() throws IOException {
        assertThat(mounts("""
                        24 1 253:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
                        35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot
                        """).all()).containsExactly(new CgroupMount(Path.of("/sys/fs/cgroup"), Hierarchy.V2));
    }

    @Test
    void hybridPrefersVersion1() throws IOException {
        CgroupMounts hybrid = mounts("""
                24 1 253:1 / / rw - ext4 /dev/vda1 rw
                31 24 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
                41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
                32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
                39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
                35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
                40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
                """);
        assertThat(hybrid.all()).containsExactly(MEMORY, PIDS, UNIFIED);
    }

    @Test
    void inAContainerTheWiderViewComesFirst() throws IOException {
        // A private cgroup namespace: what the runtime has mounted shows the container alone, the hostPath all.
        CgroupMounts container = mounts("""
                600 500 0:99 / / rw - overlay overlay rw
                610 600 0:30 / /sys/fs/cgroup ro - cgroup2 cgroup rw
                620 600 0:30 /../../.. /host/sys/fs/cgroup rw - cgroup2 cgroup rw
                """);
        assertThat(container.all())
                .containsExactly(
                        new CgroupMount(Path.of("/host/sys/fs/cgroup"), Hierarchy.V2),
                        new CgroupMount(Path.of("/sys/fs/cgroup"), Hierarchy.V2));
        // And without one.
        assertThat(mounts("""
                        600 500 0:99 / / rw - overlay overlay rw
                        610 600 0:30 /kubepods/pod1/c /sys/fs/cgroup ro - cgroup2 cgroup rw
                        620 600 0:30 / /host/sys/fs/cgroup rw - cgroup2 cgroup rw
                        """).all()).first().isEqualTo(new CgroupMount(Path.of("/host/sys/fs/cgroup"), Hierarchy.V2));
    }

    @Test
    void whatIsMountedOverIsNotSeen() throws IOException {
        CgroupMounts stacked = mounts("""
                600 500 0:99 / / rw - overlay overlay rw
                610 600 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs rw
                611 610 0:32 /pod/c /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory
                612 610 0:36 /pod/c /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids
                620 610 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw
                621 620 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
                """);
        assertThat(stacked.all()).containsExactly(MEMORY);
    }

    @Test
    void theRootCanBeMountedAfterTheRest() throws IOException {
        // As where an initramfs has mounted /sys before it moved it.
        assertThat(mounts("""
                        35 90 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
                        90 1 253:1 / / rw - ext4 /dev/vda1 rw
                        """).all()).containsExactly(UNIFIED);
    }

    @Test
    void aDirectoryOfAHierarchyIsARoot() throws IOException {
        Path root = Files.createDirectories(directory.toRealPath().resolve("memory/k8stest"));
        CgroupMounts mounts = mounts("24 1 0:1 / / rw - ext4 x rw\n25 24 0:2 / "
                + directory.toRealPath().resolve("memory") + " rw - cgroup cgroup rw,memory\n");

        assertThat(mounts.below(root)).containsExactly(new CgroupMount(root, Hierarchy.V1_MEMORY));
        assertThat(mounts.below(directory.toRealPath()))
                .containsExactly(new CgroupMount(root.resolveSibling("").normalize(), Hierarchy.V1_MEMORY));
    }

    @Test
    void aMountPointMayHaveBlanks() throws IOException {
        assertThat(mounts("24 1 0:1 / / rw - ext4 x rw\n35 24 0:30 / /a\\040b\\134c rw - cgroup2 cgroup2 rw\n")
                        .all())
                .containsExactly(new CgroupMount(Path.of("/a b\\c"), Hierarchy.V2));
    }

    @Test
    void noneIsAnErrorThatSaysWhatToDo() throws IOException {
        CgroupMounts none = mounts("24 1 0:1 / / rw - ext4 x rw\n25 24 0:2 / /c rw - cgroup cgroup rw,cpu\n");
        assertThatIllegalStateException().isThrownBy(none::all).withMessageContaining("set CGROUP_ROOT");
        assertThatIllegalStateException()
                .isThrownBy(() -> none.below(directory))
                .withMessageContaining("CGROUP_ROOT: \"" + directory + "\"");
        assertThatIllegalStateException()
                .isThrownBy(() -> none.below(directory.resolve("missing")))
                .withMessageContaining("is not there");
        Assertions.assertThatThrownBy(() -> CgroupMounts.read(directory.resolve("missing")))
                .isInstanceOf(UncheckedIOException.class);
        Assertions.assertThatThrownBy(() -> mounts("a b c d e f - g h i"))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("not a list of mounts");
    }
}
