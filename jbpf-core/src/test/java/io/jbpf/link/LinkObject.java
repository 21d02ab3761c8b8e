package io.jbpf.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.BpfObject;
import io.jbpf.KernelObjects;
import io.jbpf.LoadOptions;
import io.jbpf.fs.BpfFs;
import io.jbpf.map.BpfMap;
import io.jbpf.object.ObjectSpec;
import io.jbpf.program.BpfProgram;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import jnr.ffi.Platform;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;

/** Some programs of {@code links.bpf.c}, loaded to watch this process and its calls of getppid. */
final class LinkObject implements AutoCloseable {
    static final POSIX LIBC = POSIXFactory.getNativePOSIX();
    private static final boolean X86 = Platform.getNativePlatform().getCPU() == Platform.CPU.X86_64;
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final BpfObject object;

    private LinkObject(BpfObject object) {
        this.object = object;
    }

    static LinkObject load(String... programs) {
        return load(UnaryOperator.identity(), LoadOptions.DEFAULTS, programs);
    }

    static LinkObject load(UnaryOperator<ObjectSpec> edit, LoadOptions options, String... programs) {
        return new LinkObject(BpfObject.load(edit.apply(spec(programs)), options));
    }

    /** Some programs of another object, whose programs are all off unless asked for; it may watch nothing. */
    static LinkObject loadFrom(String name, String... programs) {
        ObjectSpec spec = TestObjects.read(name);
        for (String program : Set.of(programs)) {
            spec = spec.withProgram(program, p -> p.withAutoload(true));
        }
        return new LinkObject(BpfObject.load(spec));
    }

    static ObjectSpec spec(String... programs) {
        Set<String> wanted = Set.of(programs);
        ObjectSpec spec = TestObjects.read("links")
                .withVariable("watched_tgid", ProcessHandle.current().pid())
                .withVariable("watched_syscall", X86 ? 110 : 173); // getppid
        for (String name : wanted) {
            spec = spec.withProgram(name, program -> {
                String target = program.attachTarget();
                return program.withAutoload(true)
                        .withAttachTarget(X86 ? target : target.replace("__x64_sys_", "__arm64_sys_"));
            });
        }
        return spec;
    }

    BpfObject object() {
        return object;
    }

    BpfMap map(String name) {
        return object.map(name);
    }

    BpfProgram program(String name) {
        return object.program(name);
    }

    long get(String variable) {
        return object.variable(variable).get();
    }

    void set(String variable, long value) {
        object.variable(variable).set(value);
    }

    static void callGetppid(int times) {
        for (int i = 0; i < times; i++) {
            LIBC.getppid();
        }
    }

    /** A pin that nobody has. */
    static Path freshPin() {
        return BpfFs.mounted().pin("jbpf_link_" + ProcessHandle.current().pid() + "_" + NUMBER.incrementAndGet());
    }

    /** Whether the link comes back by pin and id as what it is, and is gone when nobody holds it. */
    static <T extends KernelLink> void checkTypedOpening(T link, Class<T> kind) throws IOException {
        LinkInfo info = link.info();
        Path pin = freshPin();
        link.pin(pin);
        try (T pinned = KernelLink.openPinned(pin, kind);
                T byId = KernelLink.openById(info.id(), kind)) {
            assertThat(pinned.info()).isEqualTo(info);
            assertThat(byId.info()).isEqualTo(info);
            assertThat(KernelObjects.links()).contains(info);
        } finally {
            Files.deleteIfExists(pin);
        }
        link.close();
        Waits.until(() -> KernelObjects.links().stream().noneMatch(other -> other.id() == info.id()));
    }

    /** Fewer are fine: what earlier tests have dropped is closed when the collector finds it. */
    static void leavesNoDescriptor(Runnable work) {
        work.run();
        long before = descriptors();
        for (int i = 0; i < 10; i++) {
            work.run();
        }
        Waits.until(() -> descriptors() <= before);
    }

    private static long descriptors() {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        object.close();
    }
}
