package io.jbpf.program;

import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What the kernel says of a program: {@code struct bpf_prog_info}, linux/bpf.h. Linux 4.13.
 *
 * @param id the number it has until the machine restarts or it is gone
 * @param name the name given at load, at most 15 characters
 * @param typeNumber {@code enum bpf_prog_type} as a number, since a newer kernel may have types unknown here
 * @param tag the hash of its instructions, 16 hexadecimal digits
 * @param translatedSize bytes of instructions after the verifier's rewriting
 * @param jitedSize bytes of machine code, 0 if it is interpreted
 * @param mapIds the maps it uses
 * @param btfId the BTF that describes it, 0 if none
 * @param verifiedInstructions how many instructions the verifier walked (Linux 5.16, else 0)
 * @param recursionMisses runs left out because the program was already running on that CPU (Linux 5.12, else 0)
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
        long recursionMisses) {

    private static final StructLayout LAYOUT = new StructLayout("bpf_prog_info");
    private static final Field TYPE = LAYOUT.u32("type");
    private static final Field ID = LAYOUT.u32("id");
    private static final Field TAG = LAYOUT.bytes("tag", 8);
    private static final Field JITED_PROG_LEN = LAYOUT.u32("jited_prog_len");
    private static final Field XLATED_PROG_LEN = LAYOUT.u32("xlated_prog_len");

    static {
        LAYOUT.u64("jited_prog_insns");
        LAYOUT.u64("xlated_prog_insns");
        LAYOUT.u64("load_time");
        LAYOUT.u32("created_by_uid");
    }

    private static final Field NR_MAP_IDS = LAYOUT.u32("nr_map_ids");
    private static final Field MAP_IDS = LAYOUT.u64("map_ids");
    private static final Field NAME = LAYOUT.bytes("name", 16);

    static {
        LAYOUT.u32("ifindex");
        LAYOUT.u32("gpl_compatible");
        LAYOUT.u64("netns_dev");
        LAYOUT.u64("netns_ino");
        LAYOUT.u32("nr_jited_ksyms");
        LAYOUT.u32("nr_jited_func_lens");
        LAYOUT.u64("jited_ksyms");
        LAYOUT.u64("jited_func_lens");
    }

    private static final Field BTF_ID = LAYOUT.u32("btf_id");

    static {
        LAYOUT.u32("func_info_rec_size");
        LAYOUT.u64("func_info");
        LAYOUT.u32("nr_func_info");
        LAYOUT.u32("nr_line_info");
        LAYOUT.u64("line_info");
        LAYOUT.u64("jited_line_info");
        LAYOUT.u32("nr_jited_line_info");
        LAYOUT.u32("line_info_rec_size");
        LAYOUT.u32("jited_line_info_rec_size");
        LAYOUT.u32("nr_prog_tags");
        LAYOUT.u64("prog_tags");
        LAYOUT.u64("run_time_ns");
        LAYOUT.u64("run_cnt");
    }

    private static final Field RECURSION_MISSES = LAYOUT.u64("recursion_misses");
    private static final Field VERIFIED_INSNS = LAYOUT.u32("verified_insns");

    static ProgramInfo read(Fd program) {
        Bpf bpf = Bpf.with(program.calls());
        NativeMemory info = NativeMemory.allocate(LAYOUT.size());
        bpf.info(program, info);
        int maps = info.getInt(NR_MAP_IDS);
        // The second call fetches the list that the first one only counted; lengths asked for become copies asked for.
        NativeMemory ids = NativeMemory.allocate(Math.max(1, maps) * Integer.BYTES);
        if (maps > 0) {
            NativeMemory again =
                    NativeMemory.allocate(LAYOUT.size()).set(NR_MAP_IDS, maps).set(MAP_IDS, ids.address());
            bpf.info(program, again);
            maps = Math.min(maps, again.getInt(NR_MAP_IDS));
        }
        byte[] tag = new byte[TAG.width()];
        info.buffer().get(TAG.offset(), tag);
        return new ProgramInfo(
                info.getInt(ID),
                info.getString(NAME),
                info.getInt(TYPE),
                HexFormat.of().formatHex(tag),
                info.getInt(XLATED_PROG_LEN),
                info.getInt(JITED_PROG_LEN),
                IntStream.range(0, maps)
                        .mapToObj(i -> ids.buffer().getInt(i * Integer.BYTES))
                        .toList(),
                info.getInt(BTF_ID),
                info.getInt(VERIFIED_INSNS),
                info.get(RECURSION_MISSES));
    }
}
