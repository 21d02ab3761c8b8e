package io.jbpf.btf;

import io.jbpf.btf.BtfType.Enumeration;
import io.jbpf.btf.BtfType.Linkage;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.Struct;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes BTF that an older kernel takes: each type that kernel does not know becomes one it knows, of the same id and,
 * where it has one, the same size. So whatever points into the BTF from outside (map keys and values, {@code .BTF.ext})
 * stays right; strings stay where they are, too. What gets lost is what only the missing kind could say.
 */
public final class BtfSanitiser {
    private final Btf btf;
    private final Set<BtfFeature> supported;
    private final BtfStrings strings;
    private final BtfEncoder out;
    private final BitSet bitFields;

    private BtfSanitiser(Btf btf, Set<BtfFeature> supported) {
        this.btf = btf;
        this.supported = Set.copyOf(supported);
        this.strings = BtfStrings.startingAs(btf);
        this.out = new BtfEncoder(strings, btf.byteOrder());
        this.bitFields = enumsOfBitFields();
    }

    /**
     * The BTF as a kernel with only some features takes it.
     *
     * @param btf the types
     * @param supported what the kernel has
     * @return the blob; without a base, as BPF_BTF_LOAD wants it, if {@code btf} has none
     */
    public static byte[] sanitise(Btf btf, Set<BtfFeature> supported) {
        return new BtfSanitiser(btf, supported).run();
    }

    private byte[] run() {
        int placeholder = btf.lastId() + 1;
        boolean placeholderNeeded = false;
        for (int id = btf.firstId(); id <= btf.lastId(); id++) {
            BtfType type = btf.type(id);
            Optional<BtfType> replacement = replacement(id, type, placeholder);
            if (replacement.isPresent()) {
                out.type(replacement.get());
                placeholderNeeded |= type.kind() == BtfKind.ENUM64 && !bitFields.get(id);
            } else {
                out.raw(btf.typeBytes(id));
            }
        }
        if (placeholderNeeded) {
            out.type(BtfBuilder.unsigned("enum64_placeholder", 1));
        }
        return out.blob();
    }

    /**
     * The enums that cannot stay what they are because of the bit fields that have their type: a bit field cannot be a
     * union, and no kernel takes one of an enum that is wider than an int (btf_enum_check_kflag_member in btf.c).
     */
    private BitSet enumsOfBitFields() {
        BitSet found = new BitSet();
        for (int id = btf.firstId(); id <= btf.lastId(); id++) {
            if (btf.type(id) instanceof Struct struct) {
                for (Member member : struct.members()) {
                    int type = member.bitSize() == 0 ? 0 : btf.resolve(member.typeId());
                    BtfKind kind = btf.kind(type);
                    if ((kind == BtfKind.ENUM64 && lacks(BtfFeature.ENUM64))
                            || (member.bitSize() > Integer.SIZE && (kind == BtfKind.ENUM64 || kind == BtfKind.ENUM))) {
                        found.set(type);
                    }
                }
            }
        }
        return found;
    }

    private boolean lacks(BtfFeature feature) {
        return !supported.contains(feature);
    }

    private Optional<BtfType> replacement(int id, BtfType type, int placeholder) {
        return Optional.ofNullable(
                switch (type.kind()) {
                    // One byte: a variable may be no larger, and the kernel checks that members fit their struct.
                    case VAR -> lacks(BtfFeature.DATASEC) ? BtfBuilder.unsigned(type.name(), 1) : null;
                    case DECL_TAG -> tag((BtfType.DeclTag) type);
                    case DATASEC -> dataSection(id, (BtfType.DataSection) type);
                    // An enum without values has a size and refers to nothing, as a prototype's pointer expects.
                    case FUNC_PROTO -> lacks(BtfFeature.FUNC) ? new Enumeration("", 4, false, false, List.of()) : null;
                    case FUNC -> function((BtfType.Func) type);
                    case FLOAT ->
                        lacks(BtfFeature.FLOAT)
                                ? new Struct("", ((BtfType.FloatingPoint) type).size(), false, List.of())
                                : null;
                    case TYPE_TAG ->
                        lacks(BtfFeature.TYPE_TAG) ? new BtfType.Const(((BtfType.TypeTag) type).typeId()) : null;
                    case ENUM, ENUM64 -> enumeration(id, (Enumeration) type, placeholder);
                    default -> null;
                });
    }

    /** What is no function or variable any more bears no tag either: the kernel checks what a tag is attached to. */
    private @Nullable BtfType tag(BtfType.DeclTag tag) {
        BtfKind target = btf.kind(tag.typeId());
        boolean lost = lacks(BtfFeature.DECL_TAG)
                || (target == BtfKind.FUNC && lacks(BtfFeature.FUNC))
                || (target == BtfKind.VAR && lacks(BtfFeature.DATASEC));
        return lost ? BtfBuilder.unsigned(tag.name(), 1) : null;
    }

    private @Nullable BtfType dataSection(int id, BtfType.DataSection section) {
        if (lacks(BtfFeature.DATASEC)) {
            if (section.entries().stream().anyMatch(entry -> entry.offset() > Integer.MAX_VALUE / 8)) {
                throw btf.malformed(
                        id, "a variable is farther from the start of its section than a struct can be large");
            }
            List<Member> members = new ArrayList<>();
            section.entries()
                    .forEach(entry -> members.add(
                            new Member(btf.typeName(entry.typeId()), entry.typeId(), (int) entry.offset() * 8, 0)));
            return new Struct(section.name().replaceAll("[^A-Za-z0-9_]", "_"), (int) section.size(), false, members);
        }
        return section.name().startsWith("?") && lacks(BtfFeature.QUESTION_MARK_DATASEC)
                ? new BtfType.DataSection("_" + section.name().substring(1), section.size(), section.entries())
                : null;
    }

    private @Nullable BtfType function(BtfType.Func function) {
        if (lacks(BtfFeature.FUNC)) {
            return new BtfType.Typedef(function.name(), function.typeId());
        }
        return function.linkage() != Linkage.STATIC && lacks(BtfFeature.FUNC_GLOBAL)
                ? new BtfType.Func(function.name(), function.typeId(), Linkage.STATIC)
                : null;
    }

    private @Nullable BtfType enumeration(int id, Enumeration enumeration, int placeholder) {
        if (bitFields.get(id)) {
            return new BtfType.Int(
                    enumeration.name(),
                    enumeration.size(),
                    8 * enumeration.size(),
                    0,
                    enumeration.signed(),
                    false,
                    false);
        }
        if (!lacks(BtfFeature.ENUM64) || (!enumeration.wide() && !enumeration.signed())) {
            return null;
        }
        if (!enumeration.wide()) {
            return new Enumeration(enumeration.name(), enumeration.size(), false, false, unsigned(enumeration));
        }
        List<Member> members = new ArrayList<>();
        enumeration.values().forEach(value -> members.add(new Member(value.name(), placeholder, 0, 0)));
        return new Struct(enumeration.name(), enumeration.size(), true, members);
    }

    /** The same bits under an enum that has lost its sign. */
    private static List<BtfType.Enumerator> unsigned(Enumeration enumeration) {
        return enumeration.values().stream()
                .map(value -> new BtfType.Enumerator(value.name(), value.value() & 0xffff_ffffL))
                .toList();
    }
}
