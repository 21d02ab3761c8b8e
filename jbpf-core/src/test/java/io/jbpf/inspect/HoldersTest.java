package io.jbpf.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.jbpf.BpfObject;
import io.jbpf.fs.BpfFs;
import io.jbpf.inspect.Holders.Holder;
import io.jbpf.link.RawTracepointLink;
import io.jbpf.testkit.HoldingProcess;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@KernelTest
class HoldersTest {
    private static final long SELF = ProcessHandle.current().pid();

    private final BpfObject object = BpfObject.load(TestObjects.read("inspect"));

    @AfterEach
    void removeAll() {
        object.close();
    }

    @Test
    void thisProcessIsFoundAndIsNotWhenItHasClosedAll() {
        int program = object.program("looks_up").info().id();
        int map = object.map("flows").info().id();
        int btf = object.program("looks_up").info().btfId();

        Holders holders = Holders.now();

        assertThat(holders.of(ObjectKind.PROGRAM, program))
                .filteredOn(holder -> holder.pid() == SELF)
                .singleElement()
                .satisfies(holder -> {
                    assertThat(holder.command()).isNotBlank();
                    assertThat(holder.descriptors()).hasSize(1);
                });
        awaitHolders(ObjectKind.MAP, map, SELF);

        object.close();

        awaitHolders(ObjectKind.PROGRAM, program);
        awaitHolders(ObjectKind.MAP, map);
        awaitHolders(ObjectKind.BTF, btf);
    }

    /** Whoever lists all objects of the kernel holds each of them for a moment. */
    private static void awaitHolders(ObjectKind kind, int id, Long... pids) {
        Waits.until(() -> Holders.now().of(kind, id).stream()
                .map(Holder::pid)
                .collect(Collectors.toSet())
                .equals(Set.of(pids)));
    }

    @Test
    void aLinkIsHeldBesideItsProgram() {
        try (BpfObject attach = BpfObject.load(TestObjects.read("attach"));
                RawTracepointLink link = RawTracepointLink.attach(attach.program("on_raw_tracepoint"), "sys_enter")) {
            awaitHolders(ObjectKind.LINK, link.info().id(), SELF);
        }
    }

    @Test
    void anotherProcessIsFoundWhileItLives() throws IOException {
        Path pin = BpfFs.mounted().pin("jbpf_holders_" + SELF);
        object.map("flows").pin(pin);
        int map = object.map("flows").info().id();
        try (HoldingProcess child = HoldingProcess.start(MapHolder.class, pin)) {
            assertThat(Holders.now().of(ObjectKind.MAP, map))
                    .extracting(Holder::pid, Holder::command)
                    .contains(tuple(SELF, command(SELF)), tuple(child.pid(), command(child.pid())));
        } finally {
            Files.deleteIfExists(pin);
        }
        awaitHolders(ObjectKind.MAP, map, SELF);
    }

    private static String command(long pid) throws IOException {
        return Files.readString(Path.of("/proc", Long.toString(pid), "comm")).strip();
    }

    @Test
    void whatMayNotBeReadIsNamedAndTheRestIsThere(@TempDir Path proc) throws IOException {
        Path readable = Files.createDirectories(proc.resolve("12/fd"));
        Files.createDirectories(proc.resolve("12/fdinfo"));
        Files.createSymbolicLink(readable.resolve("3"), Path.of("anon_inode:bpf-map"));
        Files.writeString(proc.resolve("12/fdinfo/3"), "pos:\t0\nmap_id:\t77\n");
        Files.createSymbolicLink(readable.resolve("4"), Path.of("anon_inode:bpf_link"));
        Files.writeString(proc.resolve("12/fdinfo/4"), "link_id:\t5\nprog_id:\t6\n");
        Files.createSymbolicLink(readable.resolve("5"), Path.of("anon_inode:bpf-map"));
        Files.writeString(proc.resolve("12/fdinfo/5"), "map_id:\t77\n");
        Files.createSymbolicLink(readable.resolve("6"), Path.of("pipe:[4711]"));
        Files.writeString(proc.resolve("12/comm"), "some name\n");
        // What looks like a process, and cannot be listed: there as it is for whoever may not.
        Files.createDirectories(proc.resolve("13"));
        Files.writeString(proc.resolve("13/fd"), "");
        // A process that has gone since /proc was listed has nothing in it.
        Files.createDirectories(proc.resolve("14"));
        Files.createDirectories(proc.resolve("self/fd"));

        Holders holders = Holders.below(proc);

        assertThat(holders.holders())
                .containsExactly(
                        new Holder(ObjectKind.MAP, 77, 12, "some name", List.of(3, 5)),
                        new Holder(ObjectKind.LINK, 5, 12, "some name", List.of(4)));
        assertThat(holders.unreadable())
                .extracting(Unreadable::what)
                .containsExactly(proc.resolve("13/fd").toString());
    }
}
