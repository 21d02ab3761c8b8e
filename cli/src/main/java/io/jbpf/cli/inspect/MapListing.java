package io.jbpf.cli.inspect;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import io.jbpf.inspect.ObjectKind;
import io.jbpf.map.MapInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
 * @param pinned where it is pinned, if that was asked
 * @param pids the processes that have a descriptor of it, if that was asked
 */
record MapListing(
        int id,
        String type,
        String name,
        int flags,
        int bytesKey,
        int bytesValue,
        long maxEntries,
        int btfId,
        @JsonInclude(Include.NON_NULL) @Nullable List<String> pinned,
        @JsonInclude(Include.NON_NULL) @Nullable List<Keepers.HoldingProcess> pids) {

    static MapListing of(MapInfo info, Keepers keepers) {
        return new MapListing(
                info.id(),
                KernelNames.mapType(info.typeNumber()),
                info.name(),
                info.flags(),
                info.keySize(),
                info.valueSize(),
                Integer.toUnsignedLong(info.maxEntries()),
                info.btfId(),
                keepers.pinned(ObjectKind.MAP, info.id()),
                keepers.pids(ObjectKind.MAP, info.id()));
    }
}
