package io.jbpf.kernel;

import io.jbpf.btf.Btf;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.relocation.CoreTarget;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;
import java.nio.ByteBuffer;

/**
 * What the kernel says of BTF that it holds: {@code struct bpf_btf_info}, linux/bpf.h. Linux 4.18; opening by id needs
 * CAP_SYS_ADMIN.
 *
 * @param id the number it has until it is gone
 * @param name {@code vmlinux}, a module's name, or empty for that of programs and maps (Linux 5.11; empty before)
 * @param size its bytes; of a module's, those of its own types
 * @param kernel whether it is the kernel's or a module's (Linux 5.11; false before)
 */
public record BtfInfo(int id, String name, int size, boolean kernel) {
    private static final StructLayout LAYOUT = new StructLayout("bpf_btf_info");
    private static final Field BTF = LAYOUT.u64("btf");
    private static final Field BTF_SIZE = LAYOUT.u32("btf_size");
    private static final Field ID = LAYOUT.u32("id");
    private static final Field NAME = LAYOUT.u64("name");
    private static final Field NAME_LEN = LAYOUT.u32("name_len");
    private static final Field KERNEL_BTF = LAYOUT.u32("kernel_btf");

    /** MODULE_NAME_LEN is 56 with the NUL. */
    private static final int LONGEST_NAME = 64;

    /**
     * Asks for it.
     *
     * @throws SystemCallException ENOENT if there is none of that id
     */
    public static BtfInfo byId(int id) {
        try (Fd btf = Bpf.host().openById(Bpf.Kind.BTF, id)) {
            return read(btf);
        }
    }

    /**
     * The types of BTF that the kernel holds: its own, a module's (as split BTF on the kernel's), a program's, a map's.
     *
     * @throws SystemCallException ENOENT if there is none of that id
     * @throws UnsupportedFeatureException if it is a module's, and the kernel offers none of its own
     */
    public static Btf typesOf(int id) {
        try (Fd btf = Bpf.host().openById(Bpf.Kind.BTF, id)) {
            BtfInfo info = read(btf);
            if (info.isTheKernelsOwn()) {
                // The same bytes, which others have mapped already.
                return KernelBtf.get();
            }
            NativeMemory bytes = NativeMemory.allocate(info.size);
            ask(
                    btf,
                    NativeMemory.allocate(LAYOUT.size())
                            .set(BTF, bytes.address())
                            .set(BTF_SIZE, bytes.size()));
            String what = info.kernel ? info.name : "BTF " + id;
            ByteBuffer blob = bytes.buffer();
            return info.kernel ? Btf.parseSplit(what, blob, KernelBtf.get()) : Btf.parse(what, blob);
        }
    }

    private boolean isTheKernelsOwn() {
        return kernel && name.equals(CoreTarget.VMLINUX);
    }

    private static BtfInfo read(Fd btf) {
        NativeMemory info = ask(btf, NativeMemory.allocate(LAYOUT.size()));
        NativeMemory name = NativeMemory.allocate(LONGEST_NAME);
        if (info.get(NAME_LEN) != 0) {
            NativeMemory again = NativeMemory.allocate(LAYOUT.size());
            ask(btf, again.set(NAME, name.address()).set(NAME_LEN, name.size()));
        }
        return new BtfInfo(
                info.getInt(ID), name.cString(0, LONGEST_NAME), info.getInt(BTF_SIZE), info.get(KERNEL_BTF) != 0);
    }

    private static NativeMemory ask(Fd btf, NativeMemory info) {
        Bpf.with(btf.calls()).info(btf, info);
        return info;
    }
}
