package io.jbpf.cli.inspect;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import io.jbpf.inspect.ObjectKind;
import io.jbpf.kernel.BtfInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * BTF as {@code jbpf inspect btf -o json} shows it.
 *
 * @param id the kernel's number for it
 * @param name {@code vmlinux} or a module's; empty for that of programs and maps
 * @param size its bytes
 * @param kernel whether it is the kernel's or a module's
 * @param pids the processes that have a descriptor of it, if that was asked
 * @param c its types as C, if that was asked
 */
record BtfListing(
        int id,
        String name,
        int size,
        boolean kernel,
        @JsonInclude(Include.NON_NULL) @Nullable List<Keepers.HoldingProcess> pids,
        @JsonInclude(Include.NON_NULL) @Nullable String c) {
    static BtfListing of(BtfInfo info, Keepers keepers, @Nullable String c) {
        return new BtfListing(
                info.id(), info.name(), info.size(), info.kernel(), keepers.pids(ObjectKind.BTF, info.id()), c);
    }
}
