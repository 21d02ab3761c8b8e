package io.jbpf.cli.inspect;

import io.jbpf.map.MapInfo;

/**
 * A map as {@code jbpf inspect maps -o json} shows it; the names are those of {@code bpftool -j map}.
 *
 * @param id the kernel's number for it
 * @param type such as {@code percpu_hash}
 * @param name as the kernel has it, at most 15 characters
 * @param flags {@code BPF_F_*} of its creation
 * @param bytesKey the size of a key
 * @param bytesValue the size of a value, on one CPU if it is a per-CPU map
 * @param maxEntries how many entries it has room for
 * @param btfId the BTF that describes keys and values, 0 if none
 */
record MapListing(
        int id, String type, String name, int flags, int bytesKey, int bytesValue, long maxEntries, int btfId) {

    static MapListing of(MapInfo info) {
        return new MapListing(
                info.id(),
                KernelNames.mapType(info.typeNumber()),
                info.name(),
                info.flags(),
                info.keySize(),
                info.valueSize(),
                Integer.toUnsignedLong(info.maxEntries()),
                info.btfId());
    }
}
