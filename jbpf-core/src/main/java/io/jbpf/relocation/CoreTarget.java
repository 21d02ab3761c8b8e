package io.jbpf.relocation;

import io.jbpf.btf.Btf;
import io.jbpf.error.UnsupportedFeatureException;
import java.util.List;

/**
 * The kernel that programs are fitted to, as CO-RE sees it: its own types and, where those have no candidate, the types
 * that its modules add. Types that come without modules need no more than {@code () -> btf}.
 */
@FunctionalInterface
public interface CoreTarget {
    /** What the kernel's own types are called, by the kernel (/sys/kernel/btf/vmlinux) and by libbpf. */
    String VMLINUX = "vmlinux";

    /**
     * The types of the kernel. Asked for only if a program depends on them, so it may be costly.
     *
     * @return the BTF, as in {@code /sys/kernel/btf/vmlinux}
     * @throws UnsupportedFeatureException if there are none
     */
    Btf kernelBtf();

    /**
     * The types of the kernel's modules. Asked for only if a program depends on a type of which the kernel itself has no
     * candidate, so it may be costlier still.
     *
     * @return the modules that have types; none if nothing is known of modules
     */
    default List<Module> modules() {
        return List.of();
    }

    /**
     * A module.
     *
     * @param name its name, as in {@code /sys/kernel/btf}
     * @param btf its types: split BTF on the kernel's
     */
    record Module(String name, Btf btf) {}
}
