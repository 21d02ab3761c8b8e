package io.jbpf.relocation;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfType.Array;
import io.jbpf.btf.BtfType.Enumeration;
import io.jbpf.btf.BtfType.Enumerator;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.relocation.AccessPath.Step;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Finds in a type of the kernel the part that a path of the program means: members by name, elements by index. */
final class PathMatcher {
    private final Btf local;
    private final Btf target;
    private final TypeCompatibility compatibility;

    PathMatcher(Btf local, Btf target) {
        this.local = local;
        this.target = target;
        this.compatibility = new TypeCompatibility(local, target);
    }

    /** The same part of a candidate, if it has it. */
    Optional<AccessPath> match(AccessPath path, CoreKind kind, int candidate) {
        if (kind.isAboutType()) {
            boolean fits = kind == CoreKind.TYPE_MATCHES
                    ? compatibility.matches(path.rootTypeId(), candidate)
                    : compatibility.types(path.rootTypeId(), candidate);
            return fits
                    ? Optional.of(new AccessPath(target, candidate, List.of(new Step(candidate, 0, "")), 0))
                    : Optional.empty();
        }
        return kind.isAboutEnumerator() ? enumerator(path, candidate) : field(path, candidate);
    }

    private Optional<AccessPath> enumerator(AccessPath path, int candidate) {
        int id = target.resolve(candidate);
        if (target.type(id) instanceof Enumeration values) {
            int index = 0;
            for (Enumerator value : values.values()) {
                if (TypeCompatibility.sameEssentialName(path.last().name(), value.name())) {
                    return Optional.of(
                            new AccessPath(target, candidate, List.of(new Step(id, index, value.name())), 0));
                }
                index++;
            }
        }
        return Optional.empty();
    }

    private Optional<AccessPath> field(AccessPath path, int candidate) {
        List<Step> steps = new ArrayList<>(path.steps().size());
        int id = target.resolve(candidate);
        long bitOffset = 0;
        for (Step step : path.steps()) {
            if (step.isNamed()) {
                Member mine = ((Struct) local.type(step.typeId())).members().get(step.index());
                Found found = member(target.resolve(id), mine.name(), 0, new HashSet<>());
                if (found == null
                        || !compatibility.fields(mine.typeId(), found.member().typeId())) {
                    return Optional.empty();
                }
                steps.add(new Step(found.typeId(), found.index(), mine.name()));
                bitOffset += found.bitOffset();
                id = found.member().typeId();
            } else {
                if (!steps.isEmpty()) {
                    if (!(target.type(target.resolve(id)) instanceof Array array)
                            || (step.index() >= array.count() && !AccessPath.isFlexible(target, array, steps))) {
                        return Optional.empty();
                    }
                    id = target.resolve(array.elementTypeId());
                }
                steps.add(new Step(id, step.index(), ""));
                bitOffset += AccessPath.bits(target, id, step.index());
            }
        }
        return Optional.of(new AccessPath(target, candidate, List.copyOf(steps), bitOffset));
    }

    /** A member, which struct has it, and where it starts in the one that was searched. */
    private record Found(int typeId, int index, Member member, long bitOffset) {}

    /** A member of a struct or of the anonymous ones inside it. Each of those is looked into once, even if they loop. */
    private @org.jspecify.annotations.Nullable Found member(
            int id, String name, long bitOffset, Set<Integer> searched) {
        if (!searched.add(id) || searched.size() > AccessPath.MAX_STEPS * AccessPath.MAX_STEPS) {
            return null;
        }
        if (!(target.type(id) instanceof Struct struct)) {
            return null;
        }
        int index = 0;
        for (Member member : struct.members()) {
            long at = bitOffset + member.bitOffset();
            if (member.name().equals(name)) {
                return new Found(id, index, member, at);
            }
            if (member.name().isEmpty()) {
                Found inside = member(target.resolve(member.typeId()), name, at, searched);
                if (inside != null) {
                    return inside;
                }
            }
            index++;
        }
        return null;
    }
}
