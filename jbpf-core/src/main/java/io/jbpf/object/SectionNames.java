package io.jbpf.object;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What the names of sections say about the programs in them. {@link #STANDARD} knows the names of libbpf 1.8, which
 * docs/library.md lists; names of one's own go before them. Immutable.
 *
 * <pre>{@code
 * SectionNames names = SectionNames.STANDARD.with("lookup+", program -> program.withType(ProgramType.SK_LOOKUP)
 *         .withAttachType(AttachType.SK_LOOKUP));
 * ObjectSpec spec = ObjectSpec.read(file, names);   // SEC("lookup/echo"): target "echo"
 * }</pre>
 */
public final class SectionNames {
    /** The names libbpf 1.8 knows. Programs in sections of other names have no type until {@code withType} gives one. */
    public static final SectionNames STANDARD = new SectionNames(List.of(), Optional.empty());

    private final List<Custom> customs;
    private final Optional<UnaryOperator<ProgramSpec>> fallback;

    private SectionNames(List<Custom> customs, Optional<UnaryOperator<ProgramSpec>> fallback) {
        this.customs = customs;
        this.fallback = fallback;
    }

    private record Custom(String name, boolean alone, boolean withTarget, UnaryOperator<ProgramSpec> meaning) {
        static Custom of(String pattern, UnaryOperator<ProgramSpec> meaning) {
            char last = pattern.isEmpty() ? 0 : pattern.charAt(pattern.length() - 1);
            boolean withTarget = last == '/' || last == '+';
            String name = withTarget ? pattern.substring(0, pattern.length() - 1) : pattern;
            if (name.isEmpty()) {
                throw new IllegalArgumentException("'" + pattern + "' names no section");
            }
            return new Custom(name, last != '/', withTarget, meaning);
        }

        boolean fits(String section) {
            return (alone && section.equals(name)) || (withTarget && section.startsWith(name + "/"));
        }

        ProgramSpec apply(ProgramSpec program) {
            String section = program.sectionName();
            String target = section.length() > name.length() ? section.substring(name.length() + 1) : "";
            return meaning.apply(program.withAttachTarget(target));
        }
    }

    /**
     * These names and one more, which goes before those there are.
     *
     * @param name a section's name ({@code mine}); with a slash at its end ({@code mine/}) if a target must follow, with a
     *     plus ({@code mine+}) if one may
     * @param meaning makes the program what the section says; it is given one without a type, with the target, if any
     * @return the names
     */
    public SectionNames with(String name, UnaryOperator<ProgramSpec> meaning) {
        List<Custom> all = new ArrayList<>();
        all.add(Custom.of(name, meaning));
        all.addAll(customs);
        return new SectionNames(List.copyOf(all), fallback);
    }

    /**
     * These names, and a meaning for every section that none of them fits.
     *
     * @param meaning makes the program what it shall be
     * @return the names
     */
    public SectionNames withFallback(UnaryOperator<ProgramSpec> meaning) {
        return new SectionNames(customs, Optional.of(meaning));
    }

    ProgramSpec meaning(ProgramSpec program) {
        for (Custom custom : customs) {
            if (custom.fits(program.sectionName())) {
                return custom.apply(program);
            }
        }
        return SectionRule.find(program.sectionName())
                .map(program::following)
                .orElseGet(() -> fallback.map(meaning -> meaning.apply(program)).orElse(program));
    }
}
