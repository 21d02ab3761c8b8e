package io.jbpf.kernel;

import io.jbpf.btf.Btf;
import io.jbpf.error.BpfException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.relocation.CoreTarget;
import io.jbpf.sys.MappedFile;
import java.lang.ref.SoftReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * The types of the running kernel, /sys/kernel/btf/vmlinux (Linux 5.4, built with CONFIG_DEBUG_INFO_BTF), and of its
 * modules. The kernel's are read once, and only when a program asks for them; a module's every time, since a module can go
 * and come back another. Needs no capability: the files are everyone's to read.
 */
public final class KernelBtf {
    private static final Path VMLINUX = Path.of("/sys/kernel/btf/vmlinux");
    private static final ModuleBtf MODULES = new ModuleBtf(Path.of("/sys/kernel/btf"), Path.of("/sys/module"));

    /** Some megabytes, which are wanted while objects are loaded: kept as long as there is memory to spare. */
    private static SoftReference<Btf> btf = new SoftReference<>(null);

    private KernelBtf() {}

    /**
     * {@return the kernel's BTF}
     *
     * @throws UnsupportedFeatureException if the kernel offers none
     * @throws BpfException if it cannot be read
     */
    public static Btf get() {
        if (!Files.exists(VMLINUX)) {
            throw new UnsupportedFeatureException(
                    "BTF of the kernel itself (" + VMLINUX + ", CONFIG_DEBUG_INFO_BTF)", "5.4", null);
        }
        return readOnce();
    }

    /**
     * The types of a loaded module (Linux 5.11, CONFIG_DEBUG_INFO_BTF_MODULES), as split BTF on {@link #get()}.
     *
     * @param name the module's name; {@code -} and {@code _} are the same, as they are to modprobe
     * @return its types, with the kernel's below
     * @throws IllegalArgumentException if that can be no module's name
     * @throws UnsupportedFeatureException if the kernel offers no types, or none of modules
     * @throws BpfException if no such module is loaded, or it has no types; says which have
     */
    public static Btf module(String name) {
        return MODULES.read(name, KernelBtf::get);
    }

    /**
     * The loaded modules that have types.
     *
     * @return their names, sorted; empty also where the kernel tells of none (before Linux 5.11)
     * @throws BpfException if the kernel's directory cannot be read
     */
    public static Set<String> modules() {
        return MODULES.names();
    }

    /**
     * The running kernel as the target of CO-RE relocations: {@link #get()} and, where those have no candidate, the types of
     * all modules (Linux 5.11, CONFIG_DEBUG_INFO_BTF_MODULES). They are read when they are first asked for and kept as long
     * as what this returns: an object's load wants a target of its own. Needs no capability, unlike a module's descriptor.
     *
     * @return a target, for one thread; nothing has been read yet
     */
    public static CoreTarget target() {
        return new RunningKernel(KernelBtf::get, MODULES);
    }

    /** Whether something has asked for the kernel's. */
    static synchronized boolean isRead() {
        return btf.get() != null;
    }

    /** Back to the state of a process in which nothing has asked, for tests and benchmarks: the mapping stays. */
    static synchronized void forget() {
        btf.clear();
    }

    private static synchronized Btf readOnce() {
        Btf known = btf.get();
        if (known == null) {
            known = Btf.parse(VMLINUX.toString(), MappedFile.map(VMLINUX));
            btf = new SoftReference<>(known);
        }
        return known;
    }
}
