package io.jbpf.btf;

import io.jbpf.btf.BtfType.Enumeration;
import io.jbpf.btf.BtfType.Linkage;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.Struct;
import java.util.ArrayList;
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

    private BtfSanitiser(Btf btf, Set<BtfFeature> supported) {
        this.btf = btf;
        this.supported = Set.copyOf(supported);
        this.strings = BtfStrings.startingAs(btf);
        this.out = new BtfEncoder(strings, btf.byteOrder());
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
                placeholderNeeded |= type instanceof Enumeration enumeration && enumeration.wide();
            } else {
                out.raw(btf.typeBytes(id));
            }
        }
        if (placeholderNeeded) {
            out.type(BtfBuilder.unsigned("enum64_placeholder", 1));
        }
        return out.blob();
    }

    private boolean lacks(BtfFeature feature) {
        return !supported.contains(feature);
    }

    private Optional<BtfType> replacement(int id, BtfType type, int placeholder) {
        return Optional.ofNullable(
                switch (type.kind()) {
                    // One byte: a variable may be no larger, and the kernel checks that members fit their struct.
                    case VAR -> lacks(BtfFeature.DATASEC) ? BtfBuilder.unsigned(type.name(), 1) : null;
                    case DECL_TAG -> lacks(BtfFeature.DECL_TAG) ? BtfBuilder.unsigned(type.name(), 1) : null;
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
                    case ENUM, ENUM64 -> enumeration((Enumeration) type, placeholder);
                    default -> null;
                });
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

    private @Nullable BtfType enumeration(Enumeration enumeration, int placeholder) {
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
