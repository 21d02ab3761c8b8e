package io.jbpf.elf;

import io.jbpf.bytes.ByteView;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;

/**
 * A place in a binary where its author has put a probe: an entry of {@code .note.stapsdt}, as SystemTap's sys/sdt.h makes
 * them.
 *
 * @param provider such as {@code hotspot}
 * @param name such as {@code thread__start}
 * @param fileOffset where the instruction is in the file, in bytes
 * @param address where the instruction is in memory, if the file is loaded where it says
 * @param semaphore where in the file the counter is that turns the probe on while it is above 0; 0 if it is always on
 * @param arguments where the probe's arguments are, as the assembler writes it: {@code 8@%rdx -4@%eax}
 */
public record UsdtProbe(String provider, String name, long fileOffset, long address, long semaphore, String arguments) {
    private static final int NT_STAPSDT = 3;
    private static final int NOTE_HEADER = 12;

    /** The probes of a section of notes; addresses are told by the distance to a base that may have moved. */
    static List<UsdtProbe> read(ByteView notes, LongSupplier base, LongFunction<OptionalLong> offsetOf) {
        List<UsdtProbe> probes = new ArrayList<>();
        long at = 0;
        while (at + NOTE_HEADER <= notes.size()) {
            long nameSize = notes.u32(at);
            long descriptionSize = notes.u32(at + 4);
            long description = at + NOTE_HEADER + align(nameSize);
            if (notes.s32(at + 8) == NT_STAPSDT && notes.text(at + NOTE_HEADER).equals("stapsdt")) {
                ByteView note = notes.slice(".note.stapsdt", description, descriptionSize);
                long moved = base.getAsLong() == 0 ? 0 : base.getAsLong() - note.s64(8);
                long semaphore = note.s64(16);
                String provider = note.text(24);
                String name = note.text(25 + provider.length());
                probes.add(new UsdtProbe(
                        provider,
                        name,
                        place(note, 0, moved, offsetOf),
                        note.s64(0) + moved,
                        semaphore == 0 ? 0 : place(note, 16, moved, offsetOf),
                        note.text(26 + provider.length() + name.length())));
            }
            at = description + align(descriptionSize);
        }
        return probes;
    }

    /** Where in the file the address is that stands somewhere in the note. */
    private static long place(ByteView note, int at, long moved, LongFunction<OptionalLong> offsetOf) {
        long address = note.s64(at) + moved;
        return offsetOf.apply(address)
                .orElseThrow(() -> note.malformed(at, "no section is at address 0x" + Long.toHexString(address)));
    }

    /**
     * Where the probe's arguments are.
     *
     * @throws io.jbpf.error.BpfException as {@link UsdtArgument#parse}
     */
    public List<UsdtArgument> parseArguments() {
        return UsdtArgument.parse(arguments);
    }

    private static long align(long size) {
        return (size + 3) & -4;
    }
}
