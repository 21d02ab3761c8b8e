package io.jbpf.relocation;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfExt.CoreRelocation;
import io.jbpf.error.MalformedObjectException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.insn.Instruction;
import io.jbpf.relocation.Candidates.Candidate;
import io.jbpf.relocation.InstructionPatch.Answer;
import io.jbpf.relocation.PathValue.CannotAnswer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Fits instructions to a kernel's types. Questions that were answered once are not looked up again. The kernel's types
 * are asked for only when a question needs them, its modules' only when the kernel has no type of that name and kind. For
 * one thread.
 */
public final class CoreRelocator {
    private final Btf local;
    private final Candidates candidates;
    private final Map<Question, Resolution> resolved = new HashMap<>();

    /**
     * A relocator.
     *
     * @param local the program's types
     * @param target gives the types of the kernel and of its modules, when they are needed
     */
    public CoreRelocator(Btf local, CoreTarget target) {
        this.local = local;
        this.candidates = new Candidates(local, target);
    }

    private record Question(int typeId, String access, CoreKind kind) {}

    /**
     * What came of a question.
     *
     * @param local what the compiler assumed, if the question makes sense at all
     * @param answer what to put into the instruction; nothing if there is none
     * @param found the type that gave the answer; nothing if none did
     * @param reason why there is no answer
     * @param noTypes why the kernel could not be asked, if so
     */
    private record Resolution(
            AccessPath path,
            OptionalLong local,
            Optional<Answer> answer,
            Optional<Candidate> found,
            String reason,
            List<String> candidates,
            @Nullable UnsupportedFeatureException noTypes) {}

    /** An answer and the type that gave it. */
    private record Match(Answer answer, Optional<Candidate> found) {}

    /**
     * Answers one relocation and rewrites its instruction.
     *
     * @param relocation what is asked
     * @param code the instructions, changed in place
     * @param index the slot of the instruction that asks
     * @param function the function it is in, for the report
     * @return why the instruction was poisoned, if it was
     * @throws MalformedObjectException if the relocation makes no sense in the program's own types
     * @throws UnsupportedFeatureException if the kernel's types are needed and there are none
     */
    public Optional<FailedRelocation> apply(
            CoreRelocation relocation, List<Instruction> code, int index, String function) {
        CoreKind kind = kind(relocation);
        Resolution resolution = resolution(relocation, kind);
        if (resolution.noTypes() != null) {
            throw resolution.noTypes();
        }
        try {
            int at = index;
            for (Instruction patched : patch(resolution, code, index)) {
                code.set(at++, patched);
            }
            return Optional.empty();
        } catch (CannotAnswer e) {
            InstructionPatch.poison(code, index);
            return Optional.of(new FailedRelocation(
                    index, function, kind, resolution.path().describe(), e.reason(), resolution.candidates()));
        }
    }

    /**
     * Answers one relocation and changes nothing: what {@link #apply} would do, told.
     *
     * @param relocation what is asked
     * @param code the instructions as the compiler wrote them
     * @param index the slot of the instruction that asks
     * @param function the function it is in, for the report
     * @return question and answer; also of a relocation that makes no sense, and where the kernel has no types
     */
    public CoreResolution resolve(CoreRelocation relocation, List<Instruction> code, int index, String function) {
        try {
            Resolution resolution = resolution(relocation, kind(relocation));
            return new CoreResolution(
                    function,
                    index,
                    relocation,
                    resolution.path().describe(),
                    resolution.local(),
                    outcome(resolution, code, index));
        } catch (MalformedObjectException e) {
            return new CoreResolution(
                    function, index, relocation, "", OptionalLong.empty(), new CoreResolution.Malformed(e));
        }
    }

    private static CoreResolution.Outcome outcome(Resolution resolution, List<Instruction> code, int index) {
        if (resolution.noTypes() != null) {
            return new CoreResolution.NoKernelTypes(resolution.noTypes());
        }
        try {
            patch(resolution, code, index);
        } catch (CannotAnswer e) {
            return new CoreResolution.Poisoned(e.reason(), resolution.candidates());
        }
        return new CoreResolution.Resolved(
                resolution.answer().orElseThrow().value(),
                resolution.found().map(Candidate::describe).orElse(""),
                resolution.found().map(Candidate::source).orElse(""),
                resolution.candidates());
    }

    private static List<Instruction> patch(Resolution resolution, List<Instruction> code, int index)
            throws CannotAnswer {
        if (resolution.answer().isEmpty()) {
            throw new CannotAnswer(resolution.reason());
        }
        return InstructionPatch.of(code, index, resolution.answer().get());
    }

    private CoreKind kind(CoreRelocation relocation) {
        return CoreKind.of(relocation.kind())
                .orElseThrow(() -> new MalformedObjectException(
                        local.name(),
                        ".BTF.ext core_relo",
                        relocation.instructionOffset(),
                        "unknown kind " + relocation.kind()));
    }

    private Resolution resolution(CoreRelocation relocation, CoreKind kind) {
        Question question = new Question(relocation.typeId(), relocation.access(), kind);
        Resolution known = resolved.get(question);
        if (known == null) {
            known = resolve(AccessPath.parse(local, relocation, kind), kind);
            resolved.put(question, known);
        }
        return known;
    }

    private Resolution resolve(AccessPath path, CoreKind kind) {
        List<String> looked = new ArrayList<>();
        OptionalLong assumed = OptionalLong.empty();
        try {
            PathValue mine = PathValue.of(path, kind);
            assumed = OptionalLong.of(mine.value());
            if (kind == CoreKind.TYPE_ID_LOCAL) {
                Answer answer = new Answer(path.rootTypeId(), false, path.rootTypeId(), 0, 0, true);
                return new Resolution(path, assumed, Optional.of(answer), Optional.empty(), "", looked, null);
            }
            if (local.typeName(path.rootTypeId()).isEmpty()) {
                throw new CannotAnswer("the type is anonymous and cannot be found in the kernel");
            }
            Match match = search(path, mine, kind, looked);
            return new Resolution(path, assumed, Optional.of(match.answer()), match.found(), "", looked, null);
        } catch (CannotAnswer e) {
            return new Resolution(path, assumed, Optional.empty(), Optional.empty(), e.reason(), looked, null);
        } catch (UnsupportedFeatureException e) {
            return new Resolution(path, assumed, Optional.empty(), Optional.empty(), "", looked, e);
        }
    }

    private Match search(AccessPath path, PathValue mine, CoreKind kind, List<String> looked) throws CannotAnswer {
        AccessPath chosen = null;
        Match match = null;
        for (Candidate candidate : candidates.of(path.rootTypeId())) {
            looked.add(candidate.describe());
            AccessPath found = new PathMatcher(local, candidate.btf())
                    .match(path, kind, candidate.typeId())
                    .orElse(null);
            if (found == null) {
                continue;
            }
            PathValue theirs = PathValue.of(found, kind);
            Answer proposed = answer(path, mine, found, theirs);
            // Several types of one name are fine as long as they agree on the answer.
            if (chosen != null
                    && match != null
                    && (chosen.bitOffset() != found.bitOffset()
                            || match.answer().value() != proposed.value())) {
                throw new CannotAnswer("the kernel has several types of this name, which give "
                        + match.answer().value() + " and " + proposed.value());
            }
            if (chosen == null) {
                chosen = found;
                match = new Match(proposed, Optional.of(candidate));
            }
        }
        if (match != null) {
            return match;
        }
        PathValue nothing = PathValue.ofNothing(path, kind);
        return new Match(new Answer(mine.value(), !mine.ambiguous(), nothing.value(), 0, 0, true), Optional.empty());
    }

    private static Answer answer(AccessPath path, PathValue mine, AccessPath found, PathValue theirs) {
        boolean resizable = mine.fieldSize() == theirs.fieldSize() || PathValue.canResize(path, mine, found, theirs);
        return new Answer(
                mine.value(), !mine.ambiguous(), theirs.value(), mine.fieldSize(), theirs.fieldSize(), resizable);
    }
}
