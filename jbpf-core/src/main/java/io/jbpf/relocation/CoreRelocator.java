package io.jbpf.relocation;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfExt.CoreRelocation;
import io.jbpf.btf.BtfKind;
import io.jbpf.error.MalformedObjectException;
import io.jbpf.insn.Instruction;
import io.jbpf.relocation.InstructionPatch.Answer;
import io.jbpf.relocation.PathValue.CannotAnswer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Fits instructions to a kernel's types. Questions that were answered once are not looked up again. The kernel's types
 * are asked for only when a question needs them. For one thread.
 */
public final class CoreRelocator {
    private final Btf local;
    private final Supplier<Btf> kernel;
    private final Map<Question, Resolution> resolved = new HashMap<>();
    private @Nullable Btf target;

    /**
     * A relocator.
     *
     * @param local the program's types
     * @param kernel gives the kernel's types, when they are needed
     */
    public CoreRelocator(Btf local, Supplier<Btf> kernel) {
        this.local = local;
        this.kernel = kernel;
    }

    private record Question(int typeId, String access, CoreKind kind) {}

    /** What came of a question: an answer, or a reason why there is none. */
    private record Resolution(AccessPath path, Optional<Answer> answer, String reason, List<String> candidates) {}

    /**
     * Answers one relocation and rewrites its instruction.
     *
     * @param relocation what is asked
     * @param code the instructions, changed in place
     * @param index the slot of the instruction that asks
     * @param function the function it is in, for the report
     * @return why the instruction was poisoned, if it was
     * @throws MalformedObjectException if the relocation makes no sense in the program's own types
     */
    public Optional<FailedRelocation> apply(
            CoreRelocation relocation, List<Instruction> code, int index, String function) {
        CoreKind kind = CoreKind.of(relocation.kind())
                .orElseThrow(() -> new MalformedObjectException(
                        local.name(),
                        ".BTF.ext core_relo",
                        relocation.instructionOffset(),
                        "unknown kind " + relocation.kind()));
        Question question = new Question(relocation.typeId(), relocation.access(), kind);
        Resolution resolution = resolved.get(question);
        if (resolution == null) {
            resolution = resolve(AccessPath.parse(local, relocation, kind), kind);
            resolved.put(question, resolution);
        }
        String reason = resolution.reason();
        if (resolution.answer().isPresent()) {
            try {
                InstructionPatch.apply(code, index, resolution.answer().get());
                return Optional.empty();
            } catch (CannotAnswer e) {
                reason = e.reason();
            }
        }
        InstructionPatch.poison(code, index);
        return Optional.of(new FailedRelocation(
                index, function, kind, resolution.path().describe(), reason, resolution.candidates()));
    }

    private Resolution resolve(AccessPath path, CoreKind kind) {
        List<String> looked = new ArrayList<>();
        try {
            if (kind == CoreKind.TYPE_ID_LOCAL) {
                Answer answer = new Answer(path.rootTypeId(), false, path.rootTypeId(), 0, 0, true);
                return new Resolution(path, Optional.of(answer), "", looked);
            }
            String name = local.typeName(path.rootTypeId());
            if (name.isEmpty()) {
                throw new CannotAnswer("the type is anonymous and cannot be found in the kernel");
            }
            return new Resolution(path, Optional.of(search(path, kind, name, looked)), "", looked);
        } catch (CannotAnswer e) {
            return new Resolution(path, Optional.empty(), e.reason(), looked);
        }
    }

    private Answer search(AccessPath path, CoreKind kind, String name, List<String> looked) throws CannotAnswer {
        Btf types = target();
        BtfKind rootKind = local.kind(path.rootTypeId());
        PathMatcher matcher = new PathMatcher(local, types);
        PathValue mine = PathValue.of(path, kind);
        AccessPath chosen = null;
        Answer answer = null;
        for (int candidate : types.findFlavours(Btf.essentialName(name))) {
            if (!TypeCompatibility.sameKind(rootKind, types.kind(candidate))) {
                continue;
            }
            looked.add("[" + candidate + "] " + TypeNames.of(types, candidate));
            AccessPath found = matcher.match(path, kind, candidate).orElse(null);
            if (found == null) {
                continue;
            }
            PathValue theirs = PathValue.of(found, kind);
            Answer proposed = answer(path, mine, found, theirs);
            // Several types of one name are fine as long as they agree on the answer.
            if (chosen != null
                    && answer != null
                    && (chosen.bitOffset() != found.bitOffset() || answer.value() != proposed.value())) {
                throw new CannotAnswer("the kernel has several types of this name, which give " + answer.value()
                        + " and " + proposed.value());
            }
            if (chosen == null) {
                chosen = found;
                answer = proposed;
            }
        }
        if (answer != null) {
            return answer;
        }
        PathValue nothing = PathValue.ofNothing(path, kind);
        return new Answer(mine.value(), !mine.ambiguous(), nothing.value(), 0, 0, true);
    }

    private static Answer answer(AccessPath path, PathValue mine, AccessPath found, PathValue theirs) {
        boolean resizable = mine.fieldSize() == theirs.fieldSize() || PathValue.canResize(path, mine, found, theirs);
        return new Answer(
                mine.value(), !mine.ambiguous(), theirs.value(), mine.fieldSize(), theirs.fieldSize(), resizable);
    }

    private Btf target() {
        Btf known = target;
        if (known == null) {
            known = kernel.get();
            target = known;
        }
        return known;
    }
}
