package io.jbpf.csource;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfType.Enumeration;
import io.jbpf.btf.BtfType.Forward;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What types are called in C. Tags (of structs, unions and enums) share one name space, typedefs and enumerators
 * another; a name that is taken gets a flavour, {@code ___2} and so on, which CO-RE overlooks. Characters that C does
 * not have become underscores, and a keyword gets one more.
 */
final class CNames {
    private static final Set<String> KEYWORDS = Set.of(
            ("asm auto break case char const continue default do double else enum extern float for goto if inline int long"
                            + " register restrict return short signed sizeof static struct switch typedef typeof union"
                            + " unsigned void volatile while _Alignas _Alignof _Atomic _Bool _Complex _Generic"
                            + " _Imaginary _Noreturn _Static_assert _Thread_local __attribute__ __int128"
                            // Not a keyword, but every compiler has a typedef of that name, each another one.
                            + " __builtin_va_list")
                    .split(" "));

    private final Btf btf;
    private final Map<Integer, String> names = new HashMap<>();
    private final Set<String> tags = new HashSet<>();
    private final Set<String> identifiers = new HashSet<>(KEYWORDS);

    CNames(Btf btf) {
        this.btf = btf;
    }

    /** A legal identifier that is as near to a name as can be. */
    static String legal(String name) {
        boolean plain = true;
        for (int i = 0; i < name.length() && plain; i++) {
            plain = isLegal(name.charAt(i), i == 0);
        }
        if (plain) {
            return KEYWORDS.contains(name) ? name + '_' : name;
        }
        StringBuilder legal = new StringBuilder(name.length() + 1);
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (i == 0 && c >= '0' && c <= '9') {
                legal.append('_');
            }
            legal.append(isLegal(c, false) ? c : '_');
        }
        return legal.toString();
    }

    private static boolean isLegal(char c, boolean first) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (!first && c >= '0' && c <= '9');
    }

    /** The tag of a named struct, union, enum, or of one that is only declared, without its keyword. */
    String tag(int id) {
        String known = names.get(id);
        if (known == null) {
            known = newTag(id);
            names.put(id, known);
        }
        return known;
    }

    /** The tag with its keyword: {@code struct sk_buff}. */
    String taggedName(int id) {
        return keyword(id) + " " + tag(id);
    }

    /** {@code struct}, {@code union} or {@code enum}. */
    String keyword(int id) {
        if (btf.kind(id) == BtfKind.FWD) {
            return ((Forward) btf.type(id)).union() ? "union" : "struct";
        }
        return btf.kind(id) == BtfKind.ENUM64 ? "enum" : btf.kind(id).name().toLowerCase(Locale.ROOT);
    }

    private String newTag(int id) {
        String wanted = legal(btf.typeName(id));
        OptionalInt definition = isDeclaration(btf, id) ? definition(id) : OptionalInt.empty();
        return definition.isPresent() ? tag(definition.getAsInt()) : free(wanted, tags);
    }

    /** Whether a type only says that there is such a type. */
    static boolean isDeclaration(Btf btf, int id) {
        return btf.kind(id) == BtfKind.FWD
                || (btf.kind(id) == BtfKind.ENUM
                        && ((Enumeration) btf.type(id)).values().isEmpty());
    }

    /** What a declaration declares, if it is defined anywhere; otherwise the first declaration of that name. */
    OptionalInt definition(int id) {
        String keyword = keyword(id);
        int first = id;
        for (int other : btf.findAll(btf.typeName(id))) {
            switch (btf.kind(other)) {
                case STRUCT, UNION, ENUM, ENUM64, FWD -> {
                    if (other != id && keyword(other).equals(keyword)) {
                        if (!isDeclaration(btf, other)) {
                            return OptionalInt.of(other);
                        }
                        first = Math.min(first, other);
                    }
                }
                default -> {
                    // Not in the name space of tags.
                }
            }
        }
        return first == id ? OptionalInt.empty() : OptionalInt.of(first);
    }

    /** The name of a typedef, or of an integer that C does not know. */
    String identifier(int id) {
        return names.computeIfAbsent(id, unnamed -> free(legal(btf.typeName(id)), identifiers));
    }

    /** A name for an enumerator, not asked for again. */
    String enumerator(String name) {
        return free(name.isEmpty() ? "_" : legal(name), identifiers);
    }

    /** Whether a parameter of this name would hide a type that a later parameter may need. */
    boolean isTaken(String name) {
        return identifiers.contains(name);
    }

    private static String free(String wanted, Set<String> taken) {
        String name = wanted;
        for (int i = 2; !taken.add(name); i++) {
            name = wanted + "___" + i;
        }
        return name;
    }
}
