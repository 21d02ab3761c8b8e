package io.jbpf.program;

import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What the kernel says of a program: {@code struct bpf_prog_info}, linux/bpf.h. Linux 4.13; what came later is 0 before.
 * Its instructions and source lines are {@link BpfProgram#code}.
 *
 * @param id the number it has until the machine restarts or it is gone
 * @param name the name given at load, at most 15 characters
 * @param typeNumber {@code enum bpf_prog_type} as a number, since a newer kernel may have types unknown here
 * @param tag the hash of its instructions, 16 hexadecimal digits
 * @param translatedSize bytes of instructions after the verifier's rewriting; 0 if they are hidden from this process
 * @param jitedSize bytes of machine code, 0 if it is interpreted or hidden from this process
 * @param mapIds the maps it uses
 * @param btfId the BTF that describes it, 0 if none
 * @param verifiedInstructions how many instructions the verifier walked (Linux 5.16, else 0)
 * @param recursionMisses runs left out because the program was already running on that CPU (Linux 5.12, else 0)
 * @param loadTime when it was loaded, after the machine's start, with the time that it slept (Linux 4.15)
 * @param userId of whom loaded it (Linux 4.15)
 * @param gplCompatible whether its licence gives it the helpers that are for GPL programs alone (Linux 4.18)
 * @param runTime how long its runs took in all, as far as they were timed: see {@link RunStatistics} (Linux 5.1)
 * @param runCount how many runs were timed (Linux 5.1)
 * @param attachBtfObjectId the BTF that has what it is loaded for: the kernel's, a module's or a program's (Linux 5.18,
 *     else 0)
 * @param attachBtfId the function or type there, 0 if it is loaded for none (Linux 5.18)
 */
public record ProgramInfo(
        int id,
        String name,
        int typeNumber,
        String tag,
        int translatedSize,
        int jitedSize,
        List<Integer> mapIds,
        int btfId,
        int verifiedInstructions,
        long recursionMisses,
        Duration loadTime,
        int userId,
        boolean gplCompatible,
        Duration runTime,
        long runCount,
        int attachBtfObjectId,
        int attachBtfId) {

    /** Where C puts the first bit of a bit field of 32. */
    private static final int FIRST_BIT = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? 1 : 1 << 31;

    static ProgramInfo read(Fd program) {
        NativeMemory info = RawProgramInfo.ask(program, RawProgramInfo.allocate());
        byte[] tag = new byte[RawProgramInfo.TAG.width()];
        info.buffer().get(RawProgramInfo.TAG.offset(), tag);
        return new ProgramInfo(
                info.getInt(RawProgramInfo.ID),
                info.getString(RawProgramInfo.NAME),
                info.getInt(RawProgramInfo.TYPE),
                HexFormat.of().formatHex(tag),
                info.getInt(RawProgramInfo.XLATED_PROG_LEN),
                info.getInt(RawProgramInfo.JITED_PROG_LEN),
                mapIds(program, info.getInt(RawProgramInfo.NR_MAP_IDS)),
                info.getInt(RawProgramInfo.BTF_ID),
                info.getInt(RawProgramInfo.VERIFIED_INSNS),
                info.get(RawProgramInfo.RECURSION_MISSES),
                Duration.ofNanos(info.get(RawProgramInfo.LOAD_TIME)),
                info.getInt(RawProgramInfo.CREATED_BY_UID),
                (info.getInt(RawProgramInfo.GPL_COMPATIBLE) & FIRST_BIT) != 0,
                Duration.ofNanos(info.get(RawProgramInfo.RUN_TIME_NS)),
                info.get(RawProgramInfo.RUN_CNT),
                info.getInt(RawProgramInfo.ATTACH_BTF_OBJ_ID),
                info.getInt(RawProgramInfo.ATTACH_BTF_ID));
    }

    /** A second call fetches the list that the first one only counted; lengths asked for become copies asked for. */
    private static List<Integer> mapIds(Fd program, int count) {
        if (count == 0) {
            return List.of();
        }
        NativeMemory ids = NativeMemory.allocate(count * Integer.BYTES);
        NativeMemory again = RawProgramInfo.ask(
                program,
                RawProgramInfo.allocate()
                        .set(RawProgramInfo.NR_MAP_IDS, count)
                        .set(RawProgramInfo.MAP_IDS, ids.address()));
        return IntStream.range(0, Math.min(count, again.getInt(RawProgramInfo.NR_MAP_IDS)))
                .mapToObj(i -> ids.buffer().getInt(i * Integer.BYTES))
                .toList();
    }
}
