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
import io.jbpf.btf.BtfType.Reference;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.error.MalformedObjectException;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Types as C source that compiles, in an order in which it does. A compiler for 64-bit Linux or BPF gives them the sizes
 * and offsets that they have in the BTF. Names that C cannot have twice, or at all, are changed; {@link #nameOf} tells.
 */
public final class CHeader {
    private static final int MAX_DEPTH = 512;
    private static final String GUARD =
            "#if !defined(__cplusplus) && (!defined(__STDC_VERSION__) || __STDC_VERSION__ < 202311L)";

    private final Btf btf;
    private final CNames names;
    private final CText text;
    private final StringBuilder out = new StringBuilder();
    private final BitSet complete = new BitSet();
    private final BitSet printed = new BitSet();
    private final BitSet underWay = new BitSet();
    private final Set<String> declared = new HashSet<>();

    /** What has a greater id is not there yet: split BTF, while its base is printed. */
    private int lastPrinted = Integer.MAX_VALUE;

    private CHeader(Btf btf) {
        this.btf = btf;
        this.names = new CNames(btf);
        this.text = new CText(btf, names);
    }

    /**
     * All types of a BTF (of split BTF all of its own, and what they need of the base) as a header, the way
     * {@code vmlinux.h} is: to be included once, and its structs marked {@code preserve_access_index}, so that clang
     * writes CO-RE relocations for what a program does with them, unless {@code BPF_NO_PRESERVE_ACCESS_INDEX} is defined.
     *
     * @param btf the types
     * @return the header
     * @throws MalformedObjectException if types contain themselves or refer to what is not there
     */
    public static CHeader of(Btf btf) {
        CHeader header = new CHeader(btf);
        header.everything(btf.firstId(), btf.lastId());
        header.frame("__VMLINUX_H__", "");
        return header;
    }

    /**
     * All types that have a name, and what they need, as they are: to be read, or to be part of a program of one's own.
     *
     * @param btf the types
     * @return the source, without what makes a file of it a header
     * @throws MalformedObjectException if types contain themselves or refer to what is not there
     */
    public static CHeader types(Btf btf) {
        CHeader header = new CHeader(btf);
        header.everything(btf.firstId(), btf.lastId());
        return header;
    }

    /**
     * The types of split BTF that its base does not have, as a header that includes the base's: a module's, to be used
     * beside {@code vmlinux.h}. {@link #of(Btf)}, in contrast, repeats what is needed of the base, and stands alone.
     *
     * @param split the types
     * @param baseHeader what to include: the name of the file with the text of {@code CHeader.of(base)}
     * @return the header
     * @throws IllegalArgumentException if the BTF has no base, or the file's name has quotation marks or ends its line
     * @throws MalformedObjectException if types contain themselves or refer to what is not there
     */
    public static CHeader onTopOfBase(Btf split, String baseHeader) {
        Btf base = split.base().orElseThrow(() -> new IllegalArgumentException(split.name() + " is not split BTF"));
        if (baseHeader.chars().anyMatch(c -> c == '"' || c < ' ')) {
            throw new IllegalArgumentException("'" + baseHeader + "' cannot be included");
        }
        CHeader header = new CHeader(split);
        // What the other header has is printed again, and thrown away: so names are given here as they are there.
        header.everything(base.firstId(), base.lastId());
        header.out.setLength(0);
        header.everything(split.firstId(), split.lastId());
        header.frame(
                "__" + CNames.legal(split.name()).toUpperCase(Locale.ROOT) + "_H__",
                "#include \"" + baseHeader + "\"\n\n");
        return header;
    }

    /** Puts around the types what makes a header of them. */
    private void frame(String guard, String include) {
        out.insert(
                0,
                "#ifndef " + guard + "\n#define " + guard + "\n\n" + include
                        + "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
                        + "#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)\n"
                        + "#endif\n\n");
        out.append("#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n#pragma clang attribute pop\n#endif\n\n#endif\n");
    }

    /**
     * Some types, and before each what it needs: definitions of what it contains, declarations of what it points to.
     *
     * @param btf the types
     * @param ids the ones to be printed; functions and variables among them become declarations
     * @return the source
     * @throws MalformedObjectException if types contain themselves or refer to what is not there
     */
    public static CHeader of(Btf btf, List<Integer> ids) {
        CHeader header = new CHeader(btf);
        ids.forEach(header::wanted);
        return header;
    }

    /**
     * The C name of a type.
     *
     * @param btf the types
     * @param id a type
     * @return such as {@code struct sk_buff *} or {@code unsigned int[4]}
     */
    public static String typeName(Btf btf, int id) {
        return declaration(btf, id, "");
    }

    /**
     * A declaration of a name, as {@code int (*compare)(const void *, const void *)}.
     *
     * @param btf the types
     * @param id a type
     * @param name what is declared
     * @return the declaration, without a semicolon
     */
    public static String declaration(Btf btf, int id, String name) {
        return new CText(btf, new CNames(btf)).declare(id, name.isEmpty() ? "" : CNames.legal(name), "");
    }

    /** {@return the C source} */
    public String text() {
        return out.toString();
    }

    /**
     * What a type has been called.
     *
     * @param id a struct, union, enum or typedef
     * @return its name with its keyword: {@code struct ring___2}; empty if it has none
     */
    public String nameOf(int id) {
        if (btf.typeName(id).isEmpty()) {
            return "";
        }
        return btf.kind(id) == BtfKind.TYPEDEF ? names.identifier(id) : names.taggedName(id);
    }

    private void everything(int first, int last) {
        lastPrinted = last;
        for (int id = first; id <= last; id++) {
            switch (btf.kind(id)) {
                case STRUCT, UNION, ENUM, ENUM64, TYPEDEF, FWD -> {
                    if (!btf.typeName(id).isEmpty()) {
                        require(id, true, 0);
                    }
                }
                default -> {
                    // Printed if something needs it.
                }
            }
        }
        for (int id = first; id <= last; id++) {
            BtfKind kind = btf.kind(id);
            if ((kind == BtfKind.ENUM || kind == BtfKind.ENUM64)
                    && btf.typeName(id).isEmpty()
                    && !text.isInlined(id)) {
                enumeration(id);
            }
        }
    }

    private void wanted(int id) {
        BtfType type = btf.type(id);
        if (type instanceof BtfType.Func || type instanceof BtfType.Var) {
            int target = ((Reference) type).typeId();
            require(target, type instanceof BtfType.Var, 0);
            emit((type instanceof BtfType.Var ? "extern " : "") + text.declare(target, CNames.legal(type.name()), ""));
        } else if (type instanceof BtfType.DataSection section) {
            section.entries().forEach(entry -> wanted(entry.typeId()));
        } else if (type instanceof Enumeration && type.name().isEmpty()) {
            enumeration(id);
        } else if (type instanceof Struct && type.name().isEmpty()) {
            require(id, true, 0);
            emit(text.definition(id));
        } else if (!(type instanceof BtfType.DeclTag)) {
            require(id, true, 0);
        }
    }

    /** Prints what must stand before a use of a type; {@code whole} if its size must be known there. */
    private void require(int id, boolean whole, int depth) {
        if (depth > MAX_DEPTH) {
            throw btf.malformed(id, "needs more than " + MAX_DEPTH + " types in a row, or itself");
        }
        BtfType type = btf.type(id);
        switch (type.kind()) {
            case VOID, FLOAT, DECL_TAG -> {
                // Compilers know it, or it does not show.
            }
            case INT -> integer(id, (Int) type);
            case PTR -> require(((Reference) type).typeId(), false, depth + 1);
            case CONST, VOLATILE, RESTRICT, TYPE_TAG -> require(((Reference) type).typeId(), whole, depth + 1);
            case ARRAY -> require(((Array) type).elementTypeId(), true, depth + 1);
            case FUNC_PROTO -> {
                require(((FuncProto) type).returnTypeId(), false, depth + 1);
                for (Parameter parameter : ((FuncProto) type).parameters()) {
                    require(parameter.typeId(), false, depth + 1);
                }
            }
            case FWD -> declare(id);
            case ENUM, ENUM64 -> {
                if (!type.name().isEmpty()) {
                    enumeration(id);
                }
            }
            case STRUCT, UNION -> {
                if (whole || type.name().isEmpty()) {
                    define(id, (Struct) type, depth);
                } else {
                    declare(id);
                }
            }
            case TYPEDEF -> typedef(id, (Reference) type, whole, depth);
            default -> throw btf.malformed(id, type.kind() + " '" + type.name() + "' is no type of a value");
        }
    }

    private void integer(int id, Int number) {
        if (!CIntegers.isKnown(number.name()) && !printed.get(id)) {
            printed.set(id);
            emit(text.integer(id));
        }
    }

    private void declare(int id) {
        String name = names.taggedName(id);
        if (declared.add(name)) {
            emit(name);
        }
    }

    private void enumeration(int id) {
        OptionalInt definition = CNames.isDeclaration(btf, id) ? names.definition(id) : OptionalInt.of(id);
        if (definition.isEmpty()
                || definition.getAsInt() > lastPrinted
                || CNames.isDeclaration(btf, definition.getAsInt())) {
            declare(id);
        } else if (!printed.get(definition.getAsInt())) {
            printed.set(definition.getAsInt());
            emit(
                    text.definition(definition.getAsInt()),
                    btf.type(definition.getAsInt()) instanceof Enumeration e && isTruth(e));
        }
    }

    /** Since C23 these are keywords. */
    private static boolean isTruth(Enumeration enumeration) {
        return enumeration.values().stream().map(Enumerator::name).anyMatch(name -> name.equals("true"));
    }

    private void define(int id, Struct struct, int depth) {
        if (complete.get(id)) {
            return;
        }
        if (underWay.get(id)) {
            throw btf.malformed(id, struct.kind() + " '" + struct.name() + "' contains itself");
        }
        underWay.set(id);
        for (Member member : struct.members()) {
            require(member.typeId(), true, depth + 1);
        }
        if (!struct.name().isEmpty()) {
            declared.add(names.taggedName(id));
            emit(text.definition(id));
        }
        underWay.clear(id);
        complete.set(id);
    }

    private void typedef(int id, Reference typedef, boolean whole, int depth) {
        if (complete.get(id)) {
            return;
        }
        require(typedef.typeId(), whole, depth + 1);
        if (whole) {
            complete.set(id);
        }
        if (!printed.get(id)) {
            printed.set(id);
            emit(text.typedef(id), typedef.name().equals("bool"));
        }
    }

    private void emit(String declaration) {
        emit(declaration, false);
    }

    /** A declaration; if C23 has it already, only for older ones. */
    private void emit(String declaration, boolean old) {
        if (old) {
            out.append(GUARD).append('\n');
        }
        out.append(declaration).append(";\n");
        out.append(old ? "#endif\n\n" : "\n");
    }
}
