package io.jbpf.map;

import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;

/**
 * What the kernel says of a map: {@code struct bpf_map_info}, linux/bpf.h. Linux 4.13.
 *
 * @param id the number it has until the machine restarts or it is gone
 * @param name the name given at creation, at most 15 characters
 * @param typeNumber {@code enum bpf_map_type} as a number, since a newer kernel may have types unknown here
 * @param keySize bytes
 * @param valueSize bytes, of one CPU where the map is per-CPU
 * @param maxEntries how many elements it is made for
 * @param flags {@code BPF_F_*} of its creation
 * @param btfId the BTF its key and value types are in, 0 if none
 * @param btfKeyTypeId the key's type there, 0 if none
 * @param btfValueTypeId the value's type there, 0 if none
 * @param mapExtra a number whose meaning depends on the type (Linux 5.16, else 0)
 * @param kernelValueTypeId of a struct_ops map: its value's type in the BTF of the kernel or of a module (Linux 5.6), else 0
 * @param kernelBtfId the BTF that has it (Linux 6.10; 0 before, and where it has none)
 */
public record MapInfo(
        int id,
        String name,
        int typeNumber,
        int keySize,
        int valueSize,
        int maxEntries,
        int flags,
        int btfId,
        int btfKeyTypeId,
        int btfValueTypeId,
        long mapExtra,
        int kernelValueTypeId,
        int kernelBtfId) {

    private static final StructLayout LAYOUT = new StructLayout("bpf_map_info");
    private static final Field TYPE = LAYOUT.u32("type");
    private static final Field ID = LAYOUT.u32("id");
    private static final Field KEY_SIZE = LAYOUT.u32("key_size");
    private static final Field VALUE_SIZE = LAYOUT.u32("value_size");
    private static final Field MAX_ENTRIES = LAYOUT.u32("max_entries");
    private static final Field MAP_FLAGS = LAYOUT.u32("map_flags");
    private static final Field NAME = LAYOUT.bytes("name", 16);

    static {
        LAYOUT.u32("ifindex");
    }

    private static final Field BTF_VMLINUX_VALUE_TYPE_ID = LAYOUT.u32("btf_vmlinux_value_type_id");

    static {
        LAYOUT.u64("netns_dev");
        LAYOUT.u64("netns_ino");
    }

    private static final Field BTF_ID = LAYOUT.u32("btf_id");
    private static final Field BTF_KEY_TYPE_ID = LAYOUT.u32("btf_key_type_id");
    private static final Field BTF_VALUE_TYPE_ID = LAYOUT.u32("btf_value_type_id");

    private static final Field BTF_VMLINUX_ID = LAYOUT.u32("btf_vmlinux_id");
    private static final Field MAP_EXTRA = LAYOUT.u64("map_extra");

    static MapInfo read(Fd map) {
        NativeMemory info = NativeMemory.allocate(LAYOUT.size());
        Bpf.with(map.calls()).info(map, info);
        return new MapInfo(
                info.getInt(ID),
                info.getString(NAME),
                info.getInt(TYPE),
                info.getInt(KEY_SIZE),
                info.getInt(VALUE_SIZE),
                info.getInt(MAX_ENTRIES),
                info.getInt(MAP_FLAGS),
                info.getInt(BTF_ID),
                info.getInt(BTF_KEY_TYPE_ID),
                info.getInt(BTF_VALUE_TYPE_ID),
                info.get(MAP_EXTRA),
                info.getInt(BTF_VMLINUX_VALUE_TYPE_ID),
                info.getInt(BTF_VMLINUX_ID));
    }
}
