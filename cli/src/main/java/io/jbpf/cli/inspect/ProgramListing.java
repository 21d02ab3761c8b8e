package io.jbpf.cli.inspect;

import io.jbpf.program.ProgramInfo;
import java.util.List;

/**
 * A loaded program as {@code jbpf inspect programs -o json} shows it; the names are those of {@code bpftool -j prog}.
 *
 * @param id the kernel's number for it
 * @param type such as {@code sched_cls}
 * @param name as the kernel has it, at most 15 characters
 * @param tag the hash of its instructions
 * @param bytesXlated the size of its instructions in the kernel
 * @param jited whether it is machine code
 * @param bytesJited the size of its machine code
 * @param mapIds the maps it uses
 * @param btfId the BTF that describes it, 0 if none
 * @param verifiedInstructions how many instructions the verifier walked, 0 if the kernel does not say
 * @param recursionMisses how often it was left out because it was running already
 */
record ProgramListing(
        int id,
        String type,
        String name,
        String tag,
        int bytesXlated,
        boolean jited,
        int bytesJited,
        List<Integer> mapIds,
        int btfId,
        int verifiedInstructions,
        long recursionMisses) {

    static ProgramListing of(ProgramInfo info) {
        return new ProgramListing(
                info.id(),
                KernelNames.programType(info.typeNumber()),
                info.name(),
                info.tag(),
                info.translatedSize(),
                info.jitedSize() > 0,
                info.jitedSize(),
                info.mapIds(),
                info.btfId(),
                info.verifiedInstructions(),
                info.recursionMisses());
    }
}
