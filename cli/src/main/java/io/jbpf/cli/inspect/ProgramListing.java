package io.jbpf.cli.inspect;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import io.jbpf.inspect.ObjectKind;
import io.jbpf.program.ProgramInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A loaded program as {@code jbpf inspect programs -o json} shows it; the names are those of {@code bpftool -j prog}.
 *
 * @param id the kernel's number for it
 * @param type such as {@code sched_cls}
 * @param name as the kernel has it, at most 15 characters
 * @param tag the hash of its instructions
 * @param gplCompatible whether it may call helpers that are for GPL programs alone
 * @param loadedAt when it was loaded, in seconds since 1970
 * @param uid who loaded it
 * @param bytesXlated the size of its instructions in the kernel
 * @param jited whether it is machine code
 * @param bytesJited the size of its machine code
 * @param mapIds the maps it uses
 * @param btfId the BTF that describes it, 0 if none
 * @param verifiedInstructions how many instructions the verifier walked, 0 if the kernel does not say
 * @param recursionMisses how often it was left out because it was running already
 * @param runCnt how many of its runs were timed
 * @param runTimeNs how long these took in all
 * @param pinned where it is pinned, if that was asked
 * @param pids the processes that have a descriptor of it, if that was asked
 */
record ProgramListing(
        int id,
        String type,
        String name,
        String tag,
        boolean gplCompatible,
        long loadedAt,
        long uid,
        int bytesXlated,
        boolean jited,
        int bytesJited,
        List<Integer> mapIds,
        int btfId,
        int verifiedInstructions,
        long recursionMisses,
        long runCnt,
        long runTimeNs,
        @JsonInclude(Include.NON_NULL) @Nullable List<String> pinned,
        @JsonInclude(Include.NON_NULL) @Nullable List<Keepers.HoldingProcess> pids) {

    static ProgramListing of(ProgramInfo info, Keepers keepers) {
        return new ProgramListing(
                info.id(),
                KernelNames.programType(info.typeNumber()),
                info.name(),
                info.tag(),
                info.gplCompatible(),
                BootTime.get().plus(info.loadTime()).getEpochSecond(),
                Integer.toUnsignedLong(info.userId()),
                info.translatedSize(),
                info.jitedSize() > 0,
                info.jitedSize(),
                info.mapIds(),
                info.btfId(),
                info.verifiedInstructions(),
                info.recursionMisses(),
                info.runCount(),
                info.runTime().toNanos(),
                keepers.pinned(ObjectKind.PROGRAM, info.id()),
                keepers.pids(ObjectKind.PROGRAM, info.id()));
    }
}
