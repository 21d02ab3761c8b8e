package io.jbpf.csource;

import io.jbpf.btf.BtfType.Int;
import java.util.Arrays;
import java.util.Set;

/** Which integers a C compiler knows by itself, and what to make the others of. */
final class CIntegers {
    private static final Set<String> WORDS =
            Set.of("signed", "unsigned", "char", "short", "int", "long", "__int128", "_Bool");

    private CIntegers() {}

    /** Whether a name is one of C's own. */
    static boolean isKnown(String name) {
        return Arrays.stream(name.split(" ", -1)).allMatch(WORDS::contains);
    }

    /** A type of C's own that is as large. */
    static String like(Int number) {
        if (number.bool()) {
            return "_Bool";
        }
        String name =
                switch (number.size()) {
                    case 1 -> "char";
                    case 2 -> "short";
                    case 4 -> "int";
                    case 8 -> "long";
                    default -> "__int128";
                };
        return (number.signed() ? "signed " : "unsigned ") + name;
    }
}
