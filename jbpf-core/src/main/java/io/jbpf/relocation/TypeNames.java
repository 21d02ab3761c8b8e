package io.jbpf.relocation;

import io.jbpf.btf.Btf;

/** How a type is called in C, for people. */
final class TypeNames {
    private TypeNames() {}

    static String of(Btf btf, int id) {
        String name = btf.typeName(id);
        String shown = name.isEmpty() ? "(anonymous)" : name;
        return switch (btf.kind(id)) {
            case STRUCT -> "struct " + shown;
            case UNION -> "union " + shown;
            case ENUM, ENUM64 -> "enum " + shown;
            case FWD -> "struct or union " + shown;
            default -> shown;
        };
    }
}
