package io.jbpf.relocation;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfExt.CoreRelocation;
import io.jbpf.btf.BtfType;
import io.jbpf.btf.BtfType.Array;
import io.jbpf.btf.BtfType.Enumeration;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.error.MalformedObjectException;
import java.util.ArrayList;
import java.util.List;

/**
 * A part of a type: the way to it, step by step, and where it lies. What the compiler writes as {@code 0:2:1} is here
 * "field {@code comm} of {@code task_struct}, element 1". Anonymous structs on the way are no steps of their own, since
 * another kernel may have more or fewer of them.
 *
 * @param btf where the types are
 * @param rootTypeId the type it starts from
 * @param steps the way; the first is an index into an array of the root type, as in C a pointer is
 * @param bitOffset where the part starts, in bits from the start of the root type
 */
record AccessPath(Btf btf, int rootTypeId, List<Step> steps, long bitOffset) {
    /** As libbpf: deeper paths are refused. */
    static final int MAX_STEPS = 64;

    /**
     * A step to a member, an element or an enumerator.
     *
     * @param typeId for a member or enumerator the type that has it, for an element the element's type
     * @param index which one
     * @param name the member's or enumerator's name; empty for an element
     */
    record Step(int typeId, int index, String name) {
        boolean isNamed() {
            return !name.isEmpty();
        }
    }

    Step last() {
        return steps.get(steps.size() - 1);
    }

    /** What the compiler meant. */
    static AccessPath parse(Btf btf, CoreRelocation relocation, CoreKind kind) {
        int[] indices = indices(btf, relocation);
        int root = relocation.typeId();
        if (kind.isAboutType()) {
            if (indices.length != 1 || indices[0] != 0) {
                throw malformed(btf, relocation, "asks about a part of a type where only the whole will do");
            }
            btf.kind(root);
            return new AccessPath(btf, root, List.of(new Step(root, 0, "")), 0);
        }
        return kind.isAboutEnumerator() ? enumerator(btf, relocation, indices) : field(btf, relocation, indices);
    }

    private static AccessPath enumerator(Btf btf, CoreRelocation relocation, int[] indices) {
        int id = btf.resolve(relocation.typeId());
        if (indices.length != 1
                || !(btf.type(id) instanceof Enumeration values)
                || indices[0] >= values.values().size()) {
            throw malformed(btf, relocation, "does not name a value of an enum");
        }
        Step step = new Step(id, indices[0], values.values().get(indices[0]).name());
        return new AccessPath(btf, relocation.typeId(), List.of(step), 0);
    }

    private static AccessPath field(Btf btf, CoreRelocation relocation, int[] indices) {
        List<Step> steps = new ArrayList<>();
        int id = btf.resolve(relocation.typeId());
        steps.add(new Step(id, indices[0], ""));
        long bitOffset = bits(btf, id, indices[0]);
        for (int i = 1; i < indices.length; i++) {
            int index = indices[i];
            id = btf.resolve(id);
            BtfType type = btf.type(id);
            if (type instanceof Struct struct && index < struct.members().size()) {
                Member member = struct.members().get(index);
                bitOffset += member.bitOffset();
                if (!member.name().isEmpty()) {
                    steps.add(new Step(id, index, member.name()));
                }
                id = member.typeId();
            } else if (type instanceof Array array && (index < array.count() || isFlexible(btf, array, steps))) {
                id = btf.resolve(array.elementTypeId());
                steps.add(new Step(id, index, ""));
                bitOffset += bits(btf, id, index);
            } else {
                throw malformed(btf, relocation, "has no part " + index + " in type " + id + " (" + type.kind() + ")");
            }
        }
        return new AccessPath(btf, relocation.typeId(), List.copyOf(steps), bitOffset);
    }

    /** Whether an array just stepped to has as many elements as there is room for: the last member, of no size. */
    static boolean isFlexible(Btf btf, Array array, List<Step> steps) {
        Step last = steps.get(steps.size() - 1);
        return array.count() == 0
                && last.isNamed()
                && btf.type(last.typeId()) instanceof Struct struct
                && last.index() == struct.members().size() - 1;
    }

    /** How many bits there are before an element. */
    static long bits(Btf btf, int elementTypeId, int index) {
        return index == 0 ? 0 : 8L * index * btf.sizeOf(elementTypeId);
    }

    private static int[] indices(Btf btf, CoreRelocation relocation) {
        String[] words = relocation.access().split(":", -1);
        if (words.length > MAX_STEPS) {
            throw malformed(btf, relocation, "has more than " + MAX_STEPS + " steps");
        }
        int[] indices = new int[words.length];
        for (int i = 0; i < words.length; i++) {
            try {
                indices[i] = Integer.parseInt(words[i]);
            } catch (NumberFormatException e) {
                indices[i] = -1;
            }
            if (indices[i] < 0 || indices[i] > 0xff_ffff) {
                throw malformed(btf, relocation, "is not a list of indices");
            }
        }
        return indices;
    }

    private static MalformedObjectException malformed(Btf btf, CoreRelocation relocation, String problem) {
        return new MalformedObjectException(
                btf.name(),
                ".BTF.ext core_relo",
                relocation.instructionOffset(),
                "access '" + relocation.access() + "' of type " + relocation.typeId() + " " + problem);
    }

    /** The path as it would be written in C, after the type: {@code task_struct.comm[1]}. */
    String describe() {
        StringBuilder text = new StringBuilder(TypeNames.of(btf, rootTypeId));
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            if (step.isNamed()) {
                text.append(btf.type(step.typeId()) instanceof Enumeration ? "::" : ".")
                        .append(step.name());
            } else if (i > 0 || step.index() != 0) {
                text.append('[').append(step.index()).append(']');
            }
        }
        return text.toString();
    }
}
