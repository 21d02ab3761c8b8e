package io.jbpf.csource;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfType;
import io.jbpf.btf.BtfType.Array;
import io.jbpf.btf.BtfType.Enumeration;
import io.jbpf.btf.BtfType.Enumerator;
import io.jbpf.btf.BtfType.FuncProto;
import io.jbpf.btf.BtfType.Int;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.Parameter;
import io.jbpf.btf.BtfType.Pointer;
import io.jbpf.btf.BtfType.Reference;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.btf.BtfType.TypeTag;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The text of single definitions and declarations. C writes a declaration as it is used: starting with the name, what it
 * is goes to its right (arrays, functions) or left (pointers), until a type is reached that has a name or a body.
 */
final class CText {
    private static final int MAX_DEPTH = 64;
    /** A kernel has about one line a type; only types nested in each other over and over come near this. */
    private static final int MAX_LINES = 100_000;

    private static final int MAX_LINES_PER_TYPE = 16;
    private static final Pattern HARMLESS = Pattern.compile("[A-Za-z0-9_ ,:().*+/=-]*");

    private final Btf btf;
    private final CNames names;
    private final CLayout layout;
    private final BitSet inlinedEnums = new BitSet();
    private int lines;

    CText(Btf btf, CNames names) {
        this.btf = btf;
        this.names = names;
        this.layout = new CLayout(btf);
    }

    /** Whether an anonymous enum has been written where it is used. */
    boolean isInlined(int id) {
        return inlinedEnums.get(id);
    }

    /** A variable, member, parameter or typedef of a name and a type; without a name, the type alone. */
    String declare(int id, String name, String indent) {
        String inner = name;
        StringBuilder qualifiers = new StringBuilder();
        StringBuilder tags = new StringBuilder();
        int at = id;
        for (int depth = 0; depth < MAX_DEPTH; depth++) {
            BtfType type = btf.type(at);
            if (type instanceof TypeTag tag) {
                tags.append(tag(tag));
                at = tag.typeId();
            } else if (type instanceof BtfType.Modifier modifier) {
                String qualifier = qualifier(type.kind());
                // A const array of const elements gets here twice.
                if (qualifiers.indexOf(qualifier) < 0) {
                    qualifiers.append(qualifier);
                }
                at = modifier.typeId();
            } else if (type instanceof Pointer pointer) {
                inner = ("*" + qualifiers + tags + inner).stripTrailing();
                qualifiers.setLength(0);
                tags.setLength(0);
                at = pointer.typeId();
                BtfKind target = btf.kind(btf.skipModifiers(at));
                if (target == BtfKind.ARRAY || target == BtfKind.FUNC_PROTO) {
                    inner = "(" + inner + ")";
                }
            } else if (type instanceof Array array) {
                inner += "[" + array.count() + "]";
                at = array.elementTypeId();
            } else if (type instanceof FuncProto prototype) {
                inner += parameters(prototype, indent);
                // C knows no const function.
                qualifiers.setLength(0);
                tags.setLength(0);
                at = prototype.returnTypeId();
            } else {
                return (qualifiers + specifier(at, type, indent) + " " + tags + inner).stripTrailing();
            }
        }
        throw btf.malformed(id, "refers to more than " + MAX_DEPTH + " types in a row, or to itself");
    }

    private static String qualifier(BtfKind kind) {
        return switch (kind) {
            case CONST -> "const ";
            case VOLATILE -> "volatile ";
            default -> "restrict ";
        };
    }

    private static String tag(TypeTag tag) {
        if (!HARMLESS.matcher(tag.tag()).matches()) {
            return "";
        }
        return tag.attribute()
                ? "__attribute__((" + tag.tag() + ")) "
                : "__attribute__((btf_type_tag(\"" + tag.tag() + "\"))) ";
    }

    private String parameters(FuncProto prototype, String indent) {
        List<Parameter> parameters = prototype.parameters();
        if (parameters.isEmpty()) {
            return "(void)";
        }
        int last = parameters.size() - 1;
        boolean variadic = parameters.get(last).typeId() == 0;
        Set<String> seen = new HashSet<>();
        String fixed = parameters.subList(0, variadic ? last : last + 1).stream()
                .map(parameter -> declare(parameter.typeId(), parameterName(parameter, seen), indent))
                .collect(Collectors.joining(", "));
        return "(" + fixed + (variadic && last > 0 ? ", ..." : "") + ")";
    }

    /** A parameter can do without a name, and must, if the name is that of a type or of another parameter. */
    private String parameterName(Parameter parameter, Set<String> seen) {
        if (parameter.name().isEmpty()) {
            return "";
        }
        String name = CNames.legal(parameter.name());
        return names.isTaken(name) || !seen.add(name) ? "" : name;
    }

    private String specifier(int id, BtfType type, String indent) {
        return switch (type.kind()) {
            case VOID -> "void";
            case INT -> CIntegers.isKnown(type.name()) ? type.name() : names.identifier(id);
            case FLOAT -> HARMLESS.matcher(type.name()).matches() ? type.name() : CNames.legal(type.name());
            case TYPEDEF -> names.identifier(id);
            case FWD -> names.taggedName(id);
            case STRUCT, UNION -> type.name().isEmpty() ? body((Struct) type, id, "", indent) : names.taggedName(id);
            case ENUM, ENUM64 -> {
                if (type.name().isEmpty()) {
                    inlinedEnums.set(id);
                    yield body((Enumeration) type, "", indent);
                }
                yield names.taggedName(id);
            }
            default -> throw btf.malformed(id, type.kind() + " '" + type.name() + "' is no type of a value");
        };
    }

    /** {@code struct tag { … }}, without the semicolon. */
    String definition(int id) {
        return btf.type(id) instanceof Struct struct
                ? body(struct, id, names.tag(id), "")
                : body((Enumeration) btf.type(id), btf.typeName(id).isEmpty() ? "" : names.tag(id), "");
    }

    private String body(Struct struct, int id, String tag, String indent) {
        StringBuilder text = new StringBuilder(struct.union() ? "union" : "struct");
        text.append(tag.isEmpty() ? "" : " " + tag).append(" {");
        CLayout.Plan plan = layout.plan(struct);
        String inside = indent + '\t';
        if (inside.length() > MAX_DEPTH) {
            throw btf.malformed(id, "contains more than " + MAX_DEPTH + " types in each other, or itself");
        }
        List<Member> members = struct.members();
        boolean empty = true;
        for (int i = 0; i <= members.size(); i++) {
            List<String> padding = plan.padding().get(i);
            lines += padding.size() + 1;
            if (lines > MAX_LINES + (long) MAX_LINES_PER_TYPE * btf.lastId()) {
                throw btf.malformed(id, "takes, with all before it, more than " + lines + " lines of C");
            }
            for (String line : padding) {
                text.append('\n').append(inside).append(line);
                empty = false;
            }
            if (i < members.size()) {
                text.append('\n').append(inside).append(member(members.get(i), inside));
                empty = false;
            }
        }
        text.append(empty ? "}" : '\n' + indent + '}');
        if (plan.packed()) {
            text.append(" __attribute__((packed))");
        }
        if (plan.align() != 0) {
            text.append(" __attribute__((aligned(").append(plan.align()).append(")))");
        }
        return text.toString();
    }

    private String member(Member member, String indent) {
        String width = member.bitSize() == 0 ? ";" : ": " + member.bitSize() + ";";
        if (member.name().isEmpty()) {
            int id = btf.resolve(member.typeId());
            if (btf.type(id) instanceof Struct struct) {
                // Written out even if it has a name: an unnamed member of a named type is C only by -fms-extensions.
                return body(struct, id, "", indent) + ";";
            }
            return declare(member.typeId(), "", indent) + width;
        }
        return declare(member.typeId(), CNames.legal(member.name()), indent) + width;
    }

    private String body(Enumeration enumeration, String tag, String indent) {
        StringBuilder text =
                new StringBuilder("enum").append(tag.isEmpty() ? "" : " " + tag).append(" {");
        lines += enumeration.values().size();
        boolean negative = false;
        boolean large = false;
        boolean wide = false;
        for (Enumerator value : enumeration.values()) {
            text.append('\n').append(indent).append('\t').append(names.enumerator(value.name()));
            text.append(" = ")
                    .append(number(value.value(), enumeration.signed()))
                    .append(',');
            negative |= enumeration.signed() && value.value() < 0;
            large |= value.value() > Integer.MAX_VALUE;
            wide |= enumeration.signed()
                    ? value.value() != (int) value.value() && value.value() >>> 32 != 0
                    : value.value() >>> 32 != 0;
        }
        text.append('\n').append(indent).append('}');
        int natural = wide || (negative && large) ? 8 : 4;
        if (enumeration.size() != natural) {
            text.append(mode(enumeration.size()));
        }
        return text.toString();
    }

    private static String mode(int size) {
        return switch (size) {
            case 1 -> " __attribute__((mode(QI)))";
            case 2 -> " __attribute__((mode(HI)))";
            case 8 -> " __attribute__((mode(DI)))";
            default -> "";
        };
    }

    private static String number(long value, boolean signed) {
        if (value >>> 32 == 0 || (signed && value == (int) value)) {
            return Long.toString(value);
        }
        if (!signed) {
            return Long.toUnsignedString(value) + "ULL";
        }
        return value == Long.MIN_VALUE ? "(-9223372036854775807LL - 1)" : value + "LL";
    }

    /** What a C compiler does not know as an integer, as a typedef of one that it does. */
    String integer(int id) {
        return "typedef " + CIntegers.like((Int) btf.type(id)) + " " + names.identifier(id);
    }

    String typedef(int id) {
        return "typedef " + declare(((Reference) btf.type(id)).typeId(), names.identifier(id), "");
    }
}
