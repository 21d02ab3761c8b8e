package io.jbpf.kernel;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfKind;
import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The types of the kernel and of its modules, as bpf(2) refers to them: a module's by a descriptor, which is open until
 * this is closed. Modules are looked at only when the kernel itself does not have what is asked for. Module types need
 * Linux 5.11 and CAP_SYS_ADMIN; without, only the kernel's own are found. For one thread.
 */
public final class KernelTypes implements AutoCloseable {
    private static final StructLayout INFO = new StructLayout("bpf_btf_info");
    private static final Field BTF = INFO.u64("btf");
    private static final Field BTF_SIZE = INFO.u32("btf_size");
    private static final Field ID = INFO.u32("id");
    private static final Field NAME = INFO.u64("name");
    private static final Field NAME_LEN = INFO.u32("name_len");
    private static final Field KERNEL_BTF = INFO.u32("kernel_btf");
    private static final int NAME_ROOM = 64;

    private @Nullable List<Source> modules;
    private boolean modulesHidden;
    private final List<Fd> descriptors = new ArrayList<>();

    /** Starts with nothing read. */
    public KernelTypes() {}

    /**
     * The kernel or a module.
     *
     * @param name {@code vmlinux} or the module's
     * @param btf the types; a module's build on the kernel's
     * @param descriptor how bpf(2) refers to them: a descriptor, or 0 for the kernel itself
     */
    public record Source(String name, Btf btf, int descriptor) {
        /** {@return whether these are the kernel's own} */
        public boolean isKernel() {
            return descriptor == 0;
        }
    }

    /**
     * A type and where it was found.
     *
     * @param source the kernel or the module
     * @param typeId its id there
     */
    public record Found(Source source, int typeId) {}

    /**
     * {@return the kernel's own types}
     *
     * @throws UnsupportedFeatureException if the kernel offers none
     */
    public Source vmlinux() {
        return new Source("vmlinux", KernelBtf.get(), 0);
    }

    /**
     * Looks for a type, first in the kernel, then in the modules.
     *
     * @param name its exact name
     * @param kind its kind
     * @return the first there is
     * @throws UnsupportedFeatureException if the kernel offers no types at all
     */
    public Optional<Found> find(String name, BtfKind kind) {
        OptionalInt own = KernelBtf.get().find(name, kind);
        if (own.isPresent()) {
            return Optional.of(new Found(vmlinux(), own.getAsInt()));
        }
        return modules().stream()
                .flatMap(module -> findIn(module, name, kind).stream())
                .findFirst();
    }

    /**
     * Looks for a type in one module.
     *
     * @param module the module's name, or {@code vmlinux}
     * @param name the type's exact name
     * @param kind its kind
     */
    public Optional<Found> findIn(String module, String name, BtfKind kind) {
        if (module.equals("vmlinux")) {
            OptionalInt own = KernelBtf.get().find(name, kind);
            return own.isPresent() ? Optional.of(new Found(vmlinux(), own.getAsInt())) : Optional.empty();
        }
        return modules().stream()
                .filter(source -> source.name().equals(module))
                .flatMap(source -> findIn(source, name, kind).stream())
                .findFirst();
    }

    private static Optional<Found> findIn(Source module, String name, BtfKind kind) {
        Btf btf = module.btf();
        return Arrays.stream(btf.findAll(name))
                .filter(id -> id >= btf.firstId() && btf.kind(id) == kind)
                .mapToObj(id -> new Found(module, id))
                .findFirst();
    }

    /** {@return the loaded modules that have types; none where the kernel does not tell} */
    public List<Source> modules() {
        List<Source> known = modules;
        if (known == null) {
            known = readModules();
            modules = known;
        }
        return known;
    }

    /** {@return whether the kernel keeps the modules' types from this process, which takes CAP_SYS_ADMIN} */
    public boolean hidesModules() {
        modules();
        return modulesHidden;
    }

    private List<Source> readModules() {
        List<Source> found = new ArrayList<>();
        Bpf bpf = Bpf.host();
        try {
            for (OptionalInt id = bpf.nextId(Bpf.Kind.BTF, 0);
                    id.isPresent();
                    id = bpf.nextId(Bpf.Kind.BTF, id.getAsInt())) {
                module(bpf, id.getAsInt()).ifPresent(found::add);
            }
        } catch (SystemCallException e) {
            // Listing needs CAP_SYS_ADMIN; a process without it can use what the kernel itself has. A kernel that
            // cannot tell
            // whose types they are (E2BIG, before Linux 5.11) has none of modules.
            if (!e.errno().equals(Errno.EPERM) && !e.errno().equals(Errno.E2BIG)) {
                throw e;
            }
            modulesHidden = e.errno().equals(Errno.EPERM);
        }
        return List.copyOf(found);
    }

    private Optional<Source> module(Bpf bpf, int id) {
        Fd fd;
        try {
            fd = bpf.openById(Bpf.Kind.BTF, id);
        } catch (SystemCallException e) {
            // Unloaded between the listing and the opening: it was not there.
            if (e.errno().equals(Errno.ENOENT)) {
                return Optional.empty();
            }
            throw e;
        }
        NativeMemory name = NativeMemory.allocate(NAME_ROOM);
        NativeMemory info =
                NativeMemory.allocate(INFO.size()).set(NAME, name.address()).set(NAME_LEN, name.size());
        String module = fd.orClose(types -> {
            bpf.info(types, info);
            return name.cString(0, name.size());
        });
        if (info.getInt(KERNEL_BTF) == 0 || module.isEmpty() || module.equals("vmlinux")) {
            fd.close();
            return Optional.empty();
        }
        descriptors.add(fd);
        Btf types = Btf.parseSplit(module, bytes(bpf, fd, info.getInt(BTF_SIZE)).buffer(), KernelBtf.get());
        int number = fd.acquire();
        fd.release();
        return Optional.of(new Source(module, types, number));
    }

    /**
     * The types of a loaded program or map, by the id the kernel gave them.
     *
     * @param id the BTF's id, as in {@code ProgramInfo.btfId}
     * @throws SystemCallException if there is none of that id, or this process may not open it (CAP_SYS_ADMIN)
     */
    public static Btf ofId(int id) {
        Bpf bpf = Bpf.host();
        try (Fd fd = bpf.openById(Bpf.Kind.BTF, id)) {
            NativeMemory info = NativeMemory.allocate(INFO.size());
            bpf.info(fd, info);
            if (info.getInt(ID) != id) {
                throw new BpfException("BTF " + id + " is gone");
            }
            return Btf.parse("BTF " + id, bytes(bpf, fd, info.getInt(BTF_SIZE)).buffer());
        }
    }

    private static NativeMemory bytes(Bpf bpf, Fd fd, int size) {
        NativeMemory bytes = NativeMemory.allocate(size);
        bpf.info(
                fd, NativeMemory.allocate(INFO.size()).set(BTF, bytes.address()).set(BTF_SIZE, size));
        return bytes;
    }

    @Override
    public void close() {
        descriptors.forEach(Fd::close);
        descriptors.clear();
        modules = null;
    }
}
