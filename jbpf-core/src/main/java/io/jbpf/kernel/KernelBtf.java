package io.jbpf.kernel;

import io.jbpf.btf.Btf;
import io.jbpf.error.BpfException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.sys.MappedFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The types of the running kernel: /sys/kernel/btf/vmlinux (Linux 5.4, built with CONFIG_DEBUG_INFO_BTF). Read once, and
 * only when a program asks for it.
 */
public final class KernelBtf {
    private static final Path VMLINUX = Path.of("/sys/kernel/btf/vmlinux");

    private static @Nullable Btf btf;

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

    private static synchronized Btf readOnce() {
        Btf known = btf;
        if (known == null) {
            known = Btf.parse(VMLINUX.toString(), MappedFile.map(VMLINUX));
            btf = known;
        }
        return known;
    }
}
