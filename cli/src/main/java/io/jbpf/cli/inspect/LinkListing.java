package io.jbpf.cli.inspect;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import io.jbpf.inspect.ObjectKind;
import io.jbpf.link.LinkInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A link as {@code jbpf inspect links -o json} shows it; the names are those of {@code bpftool -j link}.
 *
 * @param id the kernel's number for it
 * @param type such as {@code raw_tracepoint}
 * @param progId the program that runs
 * @param target what it hangs on: {@code sys_enter}, {@code ifindex 7}; empty where jbpf cannot tell
 * @param pinned where it is pinned, if that was asked
 * @param pids the processes that have a descriptor of it, if that was asked
 */
record LinkListing(
        int id,
        String type,
        int progId,
        String target,
        @JsonInclude(Include.NON_NULL) @Nullable List<String> pinned,
        @JsonInclude(Include.NON_NULL) @Nullable List<Keepers.HoldingProcess> pids) {
    static LinkListing of(LinkInfo info, Keepers keepers) {
        return new LinkListing(
                info.id(),
                info.typeName(),
                info.programId(),
                info.target(),
                keepers.pinned(ObjectKind.LINK, info.id()),
                keepers.pids(ObjectKind.LINK, info.id()));
    }
}
