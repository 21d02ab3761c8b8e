package io.jbpf.cli.inspect;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.jbpf.btf.Btf;
import io.jbpf.error.BpfException;
import io.jbpf.inspect.Disassembly;
import io.jbpf.kernel.BtfInfo;
import io.jbpf.program.BpfProgram;
import io.jbpf.program.ProgramInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One program as {@code jbpf inspect program -o json} shows it.
 *
 * @param listing what the list of programs has
 * @param bytesMemlock how much memory it takes; null if /proc does not tell
 * @param attachBtfObjId the BTF that has what it is loaded for, 0 if none
 * @param attachBtfId the function or type there, 0 if none
 * @param attachTarget its name; null if there is none
 * @param instructions what the verifier made of it, if that was asked
 */
record ProgramDetail(
        @JsonUnwrapped ProgramListing listing,
        @Nullable Long bytesMemlock,
        int attachBtfObjId,
        int attachBtfId,
        @Nullable String attachTarget,
        @JsonInclude(Include.NON_NULL) @Nullable List<Line> instructions) {

    /**
     * An instruction.
     *
     * @param index its slot
     * @param function the function that begins here, else null
     * @param source the source line that begins here, else null
     * @param disasm the instruction in words
     */
    record Line(
            int index,
            @JsonInclude(Include.NON_NULL) @Nullable String function,
            @JsonInclude(Include.NON_NULL) @Nullable Source source,
            String disasm) {
        static Line of(Disassembly.Row row) {
            return new Line(
                    row.index(),
                    row.function().orElse(null),
                    row.source().map(Source::of).orElse(null),
                    row.text());
        }
    }

    /**
     * A source line.
     *
     * @param file its file
     * @param line its number
     * @param column the column, 0 if it is not known
     * @param text the line
     */
    record Source(String file, int line, int column, String text) {
        static Source of(Disassembly.Source source) {
            return new Source(source.file(), source.line(), source.column(), source.text());
        }
    }

    static ProgramDetail of(BpfProgram program, Keepers keepers, @Nullable Disassembly code) {
        ProgramInfo info = program.info();
        return new ProgramDetail(
                ProgramListing.of(info, keepers),
                program.lockedMemory().isPresent() ? program.lockedMemory().getAsLong() : null,
                info.attachBtfObjectId(),
                info.attachBtfId(),
                target(info),
                code == null ? null : code.rows().stream().map(Line::of).toList());
    }

    /** A program's target, whose BTF may have gone, is worth a name and not a failure. */
    private static @Nullable String target(ProgramInfo info) {
        if (info.attachBtfObjectId() == 0 || info.attachBtfId() == 0) {
            return null;
        }
        try {
            Btf types = BtfInfo.typesOf(info.attachBtfObjectId());
            return types.typeName(info.attachBtfId());
        } catch (BpfException e) {
            return null;
        }
    }
}
