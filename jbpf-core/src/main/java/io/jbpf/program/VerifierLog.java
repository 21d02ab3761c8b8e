package io.jbpf.program;

import io.jbpf.relocation.FailedRelocation;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text the verifier leaves behind, read for the two lines a person needs: the complaint, and the source line it
 * belongs to. The format is nobody's promise, so what is not found is simply empty.
 */
record VerifierLog(String text) {
    /** Statistics and the trace of states come after the complaint or around it, and are none. */
    private static final Pattern NO_COMPLAINT = Pattern.compile("processed \\d+ insns.*"
            + "|verification time .*|stack depth .*|max_states_per_insn .*|insns processed .*|mark_precise: .*"
            + "|; .*|\\d+: .*|from \\d+ to \\d+.*|propagating .*|func#\\d+ .*|Live regs before insn:.*|\\s*");

    private static final Pattern POISONED =
            Pattern.compile("^(\\d+): .*unknown#" + FailedRelocation.POISON, Pattern.MULTILINE);

    private static final Pattern UNKNOWN_CALL =
            Pattern.compile("^(\\d+): .*(?:unknown#|call |kfunc#)?200[12]0\\d{5}\\b", Pattern.MULTILINE);

    /** {@return the instruction the verifier stopped at if it refers to a function or map that is not there} */
    OptionalInt unknownCall() {
        Matcher matcher = UNKNOWN_CALL.matcher(text);
        return matcher.find() ? OptionalInt.of(Integer.parseInt(matcher.group(1))) : OptionalInt.empty();
    }

    /** {@return the instruction the verifier stopped at if it is one that CO-RE has poisoned} */
    OptionalInt poisonedInstruction() {
        Matcher matcher = POISONED.matcher(text);
        return matcher.find() ? OptionalInt.of(Integer.parseInt(matcher.group(1))) : OptionalInt.empty();
    }

    /** {@return the verifier's last words, empty if the log has none} */
    String complaint() {
        List<String> lines = text.lines().toList();
        for (int i = lines.size() - 1; i >= 0; i--) {
            if (!NO_COMPLAINT.matcher(lines.get(i)).matches()) {
                return lines.get(i).strip();
            }
        }
        return "";
    }

    /** {@return the last source line shown before the complaint, empty if the program has no line info} */
    String sourceLine() {
        String complaint = complaint();
        List<String> lines = text.lines().toList();
        int end = lines.size();
        for (int i = lines.size() - 1; i >= 0 && !complaint.isEmpty(); i--) {
            if (lines.get(i).strip().equals(complaint)) {
                end = i;
                break;
            }
        }
        for (int i = end - 1; i >= 0; i--) {
            if (lines.get(i).startsWith("; ")) {
                return lines.get(i).substring(2).strip();
            }
        }
        return "";
    }
}
