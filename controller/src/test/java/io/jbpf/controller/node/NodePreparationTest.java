package io.jbpf.controller.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.fs.BpfFs;
import io.jbpf.map.BpfMap;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.testkit.KernelTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A directory in a real bpffs, and what an older version has left in it as root. */
@KernelTest
class NodePreparationTest {
    @TempDir
    private Path elsewhere;

    private TestBpffs bpffs;

    @BeforeEach
    void mount() throws IOException {
        bpffs = TestBpffs.mount();
    }

    @AfterEach
    void unmount() throws IOException {
        bpffs.close();
    }

    private static void prepare(Path root) {
        new NodePreparation(root).prepare();
    }

    private static String owner(Path path) throws IOException {
        Map<String, Object> all = Files.readAttributes(path, "unix:uid,gid,mode", LinkOption.NOFOLLOW_LINKS);
        int mode = all.get("mode") instanceof Integer bits ? bits & 07777 : -1;
        return all.get("uid") + ":" + all.get("gid") + " " + Integer.toOctalString(mode);
    }

    private static void pin(Path path) {
        try (BpfMap map = BpfMap.create(MapSpec.of("test", MapType.ARRAY, Integer.BYTES, Integer.BYTES, 1))) {
            map.pin(path);
        }
    }

    @Test
    void makesTheDirectoryForTheAgentAlone() throws IOException {
        prepare(bpffs.directory());
        prepare(bpffs.directory());

        assertThat(owner(bpffs.directory())).isEqualTo("65532:65532 700");
        assertThat(BpfFs.isAt(bpffs.directory())).isTrue();
    }

    @Test
    void takesOverWhatRootHasPinnedAndNothingElse() throws IOException {
        Path root = Files.createDirectory(bpffs.directory());
        Path counter = Files.createDirectory(root.resolve("syscall-counter"));
        pin(counter.resolve("targets"));
        Path firewall = Files.createDirectories(root.resolve("filtered/default/web/uid_c1_2"));
        pin(firewall.resolve("identity"));
        pin(root.resolve("another_s"));
        pin(bpffs.root().resolve("outside"));

        prepare(root);

        assertThat(owner(counter)).isEqualTo("65532:65532 700");
        assertThat(owner(counter.resolve("targets"))).isEqualTo("65532:65532 600");
        assertThat(owner(root.resolve("filtered/default"))).isEqualTo("65532:65532 700");
        assertThat(owner(firewall.resolve("identity"))).isEqualTo("65532:65532 600");
        assertThat(owner(root.resolve("another_s"))).isEqualTo("0:0 600");
        assertThat(owner(bpffs.root().resolve("outside"))).isEqualTo("0:0 600");
    }

    @Test
    void goesOnWhereItWasInterrupted() throws IOException {
        Path root = Files.createDirectory(bpffs.directory());
        pin(Files.createDirectory(root.resolve("datapath")).resolve("rules"));
        prepare(root);
        Files.setAttribute(root.resolve("datapath"), "unix:uid", 0);
        Files.setAttribute(root, "unix:uid", 0);

        prepare(root);

        assertThat(owner(root)).isEqualTo("65532:65532 700");
        assertThat(owner(root.resolve("datapath"))).isEqualTo("65532:65532 700");
    }

    @Test
    void followsNoLink() throws IOException {
        Path victim = Files.createFile(elsewhere.resolve("victim"));
        Path root = Files.createDirectory(bpffs.directory());
        Files.createSymbolicLink(root.resolve("datapath"), elsewhere);
        Files.createDirectory(root.resolve("counted"));
        Files.createSymbolicLink(root.resolve("counted/link"), victim);
        pin(bpffs.root().resolve("others"));
        Files.createLink(root.resolve("counted/second"), bpffs.root().resolve("others"));

        prepare(root);

        assertThat(owner(victim)).startsWith("0:0");
        assertThat(owner(elsewhere)).startsWith("0:0");
        assertThat(owner(bpffs.root().resolve("others"))).startsWith("0:0");

        Path link = Files.createSymbolicLink(bpffs.root().resolve("linked"), root);
        assertThatThrownBy(() -> prepare(link))
                .isInstanceOf(NodeUnusableException.class)
                .hasMessageContaining("symbolic link");
    }

    @Test
    void leavesABpffsAloneThatOthersUseToo() throws IOException {
        pin(bpffs.root().resolve("others"));

        assertThatThrownBy(() -> prepare(bpffs.root()))
                .isInstanceOf(NodeUnusableException.class)
                .hasMessageContaining("set BPFFS_ROOT")
                .hasMessageContaining(bpffs.directory().toString());
        assertThat(owner(bpffs.root())).startsWith("0:0");
    }

    @Test
    void mountsABpffsOnlyWhereNothingIs() throws IOException {
        Path empty = elsewhere.resolve("empty");
        try {
            prepare(empty);

            assertThat(BpfFs.isAt(empty)).isTrue();
            assertThat(owner(empty)).isEqualTo("65532:65532 700");
        } finally {
            TestBpffs.unmount(empty);
        }

        Files.createFile(elsewhere.resolve("file"));
        assertThatThrownBy(() -> prepare(elsewhere))
                .isInstanceOf(NodeUnusableException.class)
                .hasMessageContaining("is not in a bpffs")
                .hasMessageContaining("mount -t bpf bpf");
    }

    @Test
    void takesNothingFromAnotherUser() throws IOException {
        Path root = Files.createDirectory(bpffs.directory());
        Files.setAttribute(root, "unix:uid", 7);

        assertThatThrownBy(() -> prepare(root))
                .isInstanceOf(NodeUnusableException.class)
                .hasMessageContaining("belongs to user 7");
    }
}
