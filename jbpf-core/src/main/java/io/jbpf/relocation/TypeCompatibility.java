package io.jbpf.relocation;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfType;
import io.jbpf.btf.BtfType.Array;
import io.jbpf.btf.BtfType.Enumeration;
import io.jbpf.btf.BtfType.Forward;
import io.jbpf.btf.BtfType.FuncProto;
import io.jbpf.btf.BtfType.Int;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.Pointer;
import io.jbpf.btf.BtfType.Struct;

/**
 * Which type of the kernel may stand for which type of the program. Three questions, from lenient to strict: may a field
 * of the one type be read as one of the other, is it the same kind of type, and is it the same type member by member.
 * The rules are libbpf's (relo_core.c), so that a program means the same with either loader.
 */
public final class TypeCompatibility {
    private static final int MAX_DEPTH = 32;

    /** Far more comparisons than any real type takes; types that someone made to explode stop here. */
    private static final int MAX_COMPARISONS = 100_000;

    private final Btf local;
    private final Btf target;
    private int comparisons;

    TypeCompatibility(Btf local, Btf target) {
        this.local = local;
        this.target = target;
    }

    /**
     * Whether what a program declares may stand for what a kernel has: the same kinds all the way down, names of structs
     * aside.
     *
     * @param local the program's types
     * @param localId what it declares
     * @param target the kernel's types
     * @param targetId what it has
     */
    public static boolean declarations(Btf local, int localId, Btf target, int targetId) {
        return new TypeCompatibility(local, target).types(local.resolve(localId), target.resolve(targetId));
    }

    static boolean sameKind(BtfKind a, BtfKind b) {
        return a == b || (isEnum(a) && isEnum(b));
    }

    private static boolean isEnum(BtfKind kind) {
        return kind == BtfKind.ENUM || kind == BtfKind.ENUM64;
    }

    static boolean sameEssentialName(String a, String b) {
        return a.equals(b) || Btf.essentialName(a).equals(Btf.essentialName(b));
    }

    /** Whether a field of the target's type can be read where the program expects its own. */
    boolean fields(int localId, int targetId) {
        int a = localId;
        int b = targetId;
        for (int depth = 0; depth < MAX_DEPTH; depth++) {
            BtfType mine = local.type(local.resolve(a));
            BtfType theirs = target.type(target.resolve(b));
            if (mine instanceof Struct && theirs instanceof Struct) {
                return true;
            }
            if (!sameKind(mine.kind(), theirs.kind())) {
                return false;
            }
            if (mine instanceof Array my && theirs instanceof Array their) {
                a = my.elementTypeId();
                b = their.elementTypeId();
                continue;
            }
            if (mine instanceof Int my && theirs instanceof Int their) {
                return my.bitOffset() == 0 && their.bitOffset() == 0;
            }
            if (mine instanceof Enumeration || mine instanceof Forward) {
                return mine.name().isEmpty()
                        || theirs.name().isEmpty()
                        || sameEssentialName(mine.name(), theirs.name());
            }
            return mine.kind() == BtfKind.PTR || mine.kind() == BtfKind.FLOAT;
        }
        return false;
    }

    /** Whether the target's type is of the same kind; names were compared before. */
    boolean types(int localId, int targetId) {
        comparisons = 0;
        return sameKind(local.kind(localId), target.kind(targetId)) && types(localId, targetId, MAX_DEPTH);
    }

    private boolean types(int localId, int targetId, int depth) {
        BtfType mine = local.type(local.resolve(localId));
        BtfType theirs = target.type(target.resolve(targetId));
        if (depth == 0 || ++comparisons > MAX_COMPARISONS || !sameKind(mine.kind(), theirs.kind())) {
            return false;
        }
        if (mine instanceof Pointer my && theirs instanceof Pointer their) {
            return types(my.typeId(), their.typeId(), depth - 1);
        }
        if (mine instanceof Array my && theirs instanceof Array their) {
            return types(my.elementTypeId(), their.elementTypeId(), depth - 1);
        }
        if (mine instanceof Int my && theirs instanceof Int their) {
            return my.bitOffset() == 0 && their.bitOffset() == 0;
        }
        if (mine instanceof FuncProto my && theirs instanceof FuncProto their) {
            if (my.parameters().size() != their.parameters().size()) {
                return false;
            }
            for (int i = 0; i < my.parameters().size(); i++) {
                if (!types(
                        my.parameters().get(i).typeId(),
                        their.parameters().get(i).typeId(),
                        depth - 1)) {
                    return false;
                }
            }
            return types(my.returnTypeId(), their.returnTypeId(), depth - 1);
        }
        return switch (mine.kind()) {
            case VOID, STRUCT, UNION, ENUM, ENUM64, FWD -> true;
            default -> false;
        };
    }

    /** Whether the target's type has all that the program's has, of the same names and types. */
    boolean matches(int localId, int targetId) {
        comparisons = 0;
        return matches(localId, targetId, false, MAX_DEPTH);
    }

    private boolean matches(int localId, int targetId, boolean behindPointer, int depth) {
        BtfType mine = local.type(local.resolve(localId));
        BtfType theirs = target.type(target.resolve(targetId));
        if (depth == 0 || ++comparisons > MAX_COMPARISONS || !sameEssentialName(mine.name(), theirs.name())) {
            return false;
        }
        if (mine instanceof Struct my) {
            return behindPointer ? matchesBehindPointer(my.union(), theirs) : matches(my, theirs, depth);
        }
        if (mine instanceof Forward my) {
            return behindPointer
                    ? matchesBehindPointer(my.union(), theirs)
                    : theirs instanceof Forward their && my.union() == their.union();
        }
        if (mine instanceof Enumeration my) {
            return theirs instanceof Enumeration their && matches(my, their);
        }
        if (mine instanceof Int my) {
            return theirs instanceof Int their && my.size() == their.size() && my.signed() == their.signed();
        }
        if (mine instanceof Pointer my) {
            return theirs instanceof Pointer their && matches(my.typeId(), their.typeId(), true, depth - 1);
        }
        if (mine instanceof Array my) {
            return theirs instanceof Array their
                    && my.count() == their.count()
                    && matches(my.elementTypeId(), their.elementTypeId(), behindPointer, depth - 1);
        }
        if (mine instanceof FuncProto my) {
            return theirs instanceof FuncProto their && matches(my, their, behindPointer, depth);
        }
        return mine.kind() == BtfKind.VOID && theirs.kind() == BtfKind.VOID;
    }

    /** Behind a pointer a name is enough: either side may know the type by its declaration only. */
    private static boolean matchesBehindPointer(boolean union, BtfType theirs) {
        return (theirs instanceof Struct struct && struct.union() == union)
                || (theirs instanceof Forward forward && forward.union() == union);
    }

    private boolean matches(Struct mine, BtfType theirs, int depth) {
        if (!(theirs instanceof Struct their)
                || their.union() != mine.union()
                || mine.members().size() > their.members().size()) {
            return false;
        }
        for (Member my : mine.members()) {
            boolean found = false;
            for (Member candidate : their.members()) {
                if (sameEssentialName(my.name(), candidate.name())
                        && matches(my.typeId(), candidate.typeId(), false, depth - 1)) {
                    found = true;
                    break;
                }
            }
            if (!found) {
                return false;
            }
        }
        return true;
    }

    private static boolean matches(Enumeration mine, Enumeration theirs) {
        return mine.values().size() <= theirs.values().size()
                && mine.values().stream().allMatch(my -> theirs.values().stream()
                        .anyMatch(their -> sameEssentialName(my.name(), their.name())));
    }

    private boolean matches(FuncProto mine, FuncProto theirs, boolean behindPointer, int depth) {
        if (mine.parameters().size() != theirs.parameters().size()) {
            return false;
        }
        for (int i = 0; i < mine.parameters().size(); i++) {
            int my = mine.parameters().get(i).typeId();
            int their = theirs.parameters().get(i).typeId();
            if (!matches(my, their, behindPointer, depth - 1)) {
                return false;
            }
        }
        return matches(mine.returnTypeId(), theirs.returnTypeId(), behindPointer, depth - 1);
    }
}
