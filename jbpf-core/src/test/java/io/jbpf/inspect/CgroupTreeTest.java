package io.jbpf.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.BpfObject;
import io.jbpf.error.BpfException;
import io.jbpf.error.SystemCallException;
import io.jbpf.inspect.CgroupTree.Cgroup;
import io.jbpf.inspect.CgroupTree.Hook;
import io.jbpf.inspect.CgroupTree.Scope;
import io.jbpf.link.AttachedPrograms.Entry;
import io.jbpf.link.CgroupLink;
import io.jbpf.object.AttachType;
import io.jbpf.object.ObjectSpec;
import io.jbpf.program.BpfProgram;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestCgroup;
import io.jbpf.testkit.TestObjects;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

@KernelTest
@SuppressWarnings("try") // a link does its work by being open
class CgroupTreeTest {
    private static final int BPF_F_ALLOW_MULTI = 2;

    private final TestCgroup cgroup = TestCgroup.create();
    private final BpfObject object = BpfObject.load(spec("allows_connections", "drops_packets"));
    private final BpfProgram connecting = object.program("allows_connections");
    private final BpfProgram dropping = object.program("drops_packets");

    @AfterEach
    void removeAll() throws IOException {
        object.close();
        cgroup.close();
    }

    private static ObjectSpec spec(String... programs) {
        ObjectSpec spec = TestObjects.read("links");
        for (String name : programs) {
            spec = spec.withProgram(name, program -> program.withAutoload(true));
        }
        return spec;
    }

    private static List<Entry> entries(Hook hook) {
        return hook.programs().entries();
    }

    private static Entry of(BpfProgram program) {
        return new Entry(program.info().id(), 0);
    }

    @Test
    void eachCgroupHasItsProgramsByHook() throws IOException {
        Path quiet = cgroup.child("quiet");
        Path below = Files.createDirectory(quiet.resolve("below"));
        AttachType connect = AttachType.CGROUP_INET4_CONNECT;
        AttachType egress = AttachType.CGROUP_INET_EGRESS;
        try (CgroupLink first = CgroupLink.attach(connecting, cgroup.path(), connect);
                CgroupLink second = CgroupLink.attach(dropping, below, egress)) {
            CgroupTree tree = CgroupTree.below(cgroup.path(), Scope.ATTACHED);

            assertThat(tree.unreadable()).isEmpty();
            assertThat(tree.cgroups()).extracting(Cgroup::path).containsExactly(cgroup.path(), below);
            assertThat(tree.cgroups().get(0).hooks()).singleElement().satisfies(hook -> {
                assertThat(hook.type()).isEqualTo(connect);
                assertThat(entries(hook)).containsExactly(of(connecting));
                assertThat(hook.programs().attachFlags()).isEqualTo(BPF_F_ALLOW_MULTI);
            });
            assertThat(tree.cgroups().get(1).hooks()).singleElement().satisfies(hook -> {
                assertThat(hook.type()).isEqualTo(egress);
                assertThat(entries(hook)).containsExactly(of(dropping));
            });

            Cgroup effective =
                    CgroupTree.below(below, Scope.EFFECTIVE).cgroups().get(0);
            assertThat(effective.hooks())
                    .filteredOn(hook -> hook.type() == connect)
                    .singleElement()
                    .satisfies(hook -> assertThat(entries(hook)).contains(of(connecting)));
        }
        assertThat(CgroupTree.below(cgroup.path(), Scope.ATTACHED).cgroups()).isEmpty();
    }

    @Test
    void hooksOfSecurityModulesAreThereToo(TestReporter reporter) {
        String name = "at_lsm_cgroup_socket_bind";
        ObjectSpec spec = TestObjects.read("section_names");
        for (String each : spec.programs().keySet()) {
            spec = spec.withProgram(each, program -> program.withAutoload(each.equals(name)));
        }
        try (BpfObject lsm = BpfObject.load(spec);
                CgroupLink link = CgroupLink.attach(lsm.program(name), cgroup.path(), AttachType.LSM_CGROUP)) {
            for (Scope scope : Scope.values()) {
                assertThat(CgroupTree.below(cgroup.path(), scope)
                                .cgroups()
                                .get(0)
                                .hooks())
                        .filteredOn(hook -> hook.type() == AttachType.LSM_CGROUP)
                        .as("%s", scope)
                        .singleElement()
                        .satisfies(hook -> assertThat(entries(hook)).contains(of(lsm.program(name))));
            }
        } catch (BpfException e) {
            KernelSupport.lacks(reporter, "LSM programs for a cgroup (Linux 6.0): " + e.getMessage());
        }
    }

    @Test
    void whatIsNoCgroupIsRefused(@TempDir Path directory) {
        assertThatThrownBy(() -> CgroupTree.below(directory, Scope.ATTACHED))
                .isInstanceOf(SystemCallException.class)
                .hasMessageContaining(directory.toString());
    }

    @Test
    void theHierarchyIsFoundWhereItIsMounted() {
        assertThat(CgroupTree.mountPoint()).isEqualTo(TestCgroup.root());
    }
}
