package io.jbpf.csource;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfType;
import io.jbpf.btf.BtfType.Array;
import io.jbpf.btf.BtfType.Enumeration;
import io.jbpf.btf.BtfType.FloatingPoint;
import io.jbpf.btf.BtfType.Int;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.Reference;
import io.jbpf.btf.BtfType.Struct;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Foresees where a C compiler puts the members of a struct, by the rules of the System V ABI that all compilers for
 * Linux share, and what has to be said to make it put them where BTF has them. BTF knows offsets and sizes but not the
 * attributes they came from: {@code packed} is found out; what was {@code aligned} becomes padding, and only a union
 * that is too large for its members gets the attribute.
 */
final class CLayout {
    /** Gaps that are larger get a named array rather than a bit field a line. */
    private static final int LARGEST_GAP_BITS = 8 * 4096;

    private static final int[] PAD_BITS = {64, 32, 16, 8};
    private static final String[] PAD_TYPES = {"long", "int", "short", "char"};
    private static final int MAX_DEPTH = 64;

    private final Btf btf;
    private final Map<Integer, Integer> alignments = new HashMap<>();

    CLayout(Btf btf) {
        this.btf = btf;
    }

    /**
     * How a struct or union is to be written.
     *
     * @param packed whether it needs {@code __attribute__((packed))}
     * @param align what it needs {@code __attribute__((aligned(…)))} for; 0 if it does not
     * @param padding for each member the lines before it, and last those after all
     */
    record Plan(boolean packed, int align, List<List<String>> padding) {}

    Plan plan(Struct struct) {
        return struct.union() ? planUnion(struct) : planStruct(struct);
    }

    private Plan planUnion(Struct struct) {
        int align = 1;
        long size = 0;
        for (Member member : struct.members()) {
            align = Math.max(align, alignment(member.typeId(), 0));
            size = Math.max(size, roundUp(end(member) - member.bitOffset(), 8) / 8);
        }
        List<List<String>> none = new ArrayList<>();
        for (int i = 0; i <= struct.members().size(); i++) {
            none.add(List.of());
        }
        boolean packed = struct.size() % align != 0;
        int natural = packed ? 1 : align;
        int wanted = natural;
        while (roundUp(size, wanted) < struct.size() && wanted < 1 << 28) {
            wanted <<= 1;
        }
        if (roundUp(size, wanted) != struct.size()) {
            // No alignment makes it so large; an array does.
            none.set(struct.members().size(), List.of("char __padding[" + struct.size() + "];"));
            wanted = natural;
        }
        return new Plan(packed, wanted == natural ? 0 : wanted, none);
    }

    private Plan planStruct(Struct struct) {
        boolean packed = isPacked(struct);
        long at = 0;
        List<List<String>> padding = new ArrayList<>(struct.members().size() + 1);
        for (Member member : struct.members()) {
            padding.add(
                    natural(member, at, packed) == member.bitOffset()
                            ? List.of()
                            : pad(at, member.bitOffset(), padding.size()));
            at = end(member);
        }
        int align = packed ? 1 : naturalAlignment(struct, 0);
        padding.add(
                roundUp(at, 8L * align) == 8L * struct.size()
                        ? List.of()
                        : pad(at, 8L * struct.size(), padding.size()));
        return new Plan(packed, 0, padding);
    }

    private boolean isPacked(Struct struct) {
        int align = 1;
        long at = 0;
        for (Member member : struct.members()) {
            int own = alignment(member.typeId(), 0);
            align = Math.max(align, own);
            if (member.bitSize() == 0) {
                if (member.bitOffset() % (8L * own) != 0) {
                    return true;
                }
            } else if (straddles(member.bitOffset(), member)) {
                return true;
            }
            at = Math.max(at, end(member));
        }
        return struct.size() % align != 0;
    }

    /** Where the compiler puts a member if nothing more is said. */
    private long natural(Member member, long at, boolean packed) {
        if (member.bitSize() == 0) {
            return roundUp(at, packed ? 8 : 8L * alignment(member.typeId(), 0));
        }
        return packed || !straddles(at, member) ? at : roundUp(at, 8L * sizeOf(member));
    }

    private boolean straddles(long at, Member member) {
        long unit = 8 * Math.max(sizeOf(member), 1);
        return at / unit != (at + member.bitSize() - 1) / unit;
    }

    private long sizeOf(Member member) {
        return btf.sizeOf(member.typeId());
    }

    private long end(Member member) {
        return Integer.toUnsignedLong(member.bitOffset())
                + (member.bitSize() != 0 ? member.bitSize() : 8 * sizeOf(member));
    }

    /** Bit fields without a name that fill a gap; each is placed right where the one before it ends. */
    private static List<String> pad(long from, long to, int number) {
        List<String> lines = new ArrayList<>();
        long at = from;
        if (to - from > LARGEST_GAP_BITS) {
            long start = roundUp(from, 8);
            long bytes = (to - start) / 8;
            if (start != from) {
                lines.add("char: " + (start - from) + ";");
            }
            lines.add("char __padding" + number + "[" + bytes + "];");
            at = start + 8 * bytes;
        }
        while (at < to) {
            int type = 0;
            while (type < PAD_BITS.length - 1 && (at / PAD_BITS[type] + 1) * PAD_BITS[type] > to) {
                type++;
            }
            long next = Math.min(to, (at / PAD_BITS[type] + 1) * PAD_BITS[type]);
            lines.add(PAD_TYPES[type] + ": " + (next - at) + ";");
            at = next;
        }
        return lines;
    }

    /** The alignment that a compiler gives a type as it is printed. */
    private int alignment(int id, int depth) {
        Integer known = alignments.get(id);
        if (known != null) {
            return known;
        }
        if (depth > MAX_DEPTH) {
            throw btf.malformed(id, "contains more than " + MAX_DEPTH + " types in each other, or itself");
        }
        BtfType type = btf.type(id);
        int align = 1;
        if (type instanceof Int number) {
            align = powerOfTwo(number.size(), 16);
        } else if (type instanceof FloatingPoint number) {
            align = powerOfTwo(number.size(), 16);
        } else if (type instanceof Enumeration enumeration) {
            align = powerOfTwo(enumeration.size(), 8);
        } else if (type instanceof BtfType.Pointer) {
            align = Btf.POINTER_SIZE;
        } else if (type instanceof Array array) {
            align = alignment(array.elementTypeId(), depth + 1);
        } else if (type instanceof Reference reference) {
            align = alignment(reference.typeId(), depth + 1);
        } else if (type instanceof Struct struct) {
            align = naturalAlignment(struct, depth);
            Plan plan = plan(struct);
            align = plan.align() != 0 ? plan.align() : plan.packed() ? 1 : align;
        }
        alignments.put(id, align);
        return align;
    }

    private int naturalAlignment(Struct struct, int depth) {
        int align = 1;
        for (Member member : struct.members()) {
            align = Math.max(align, alignment(member.typeId(), depth + 1));
        }
        return align;
    }

    private static int powerOfTwo(int size, int largest) {
        return size <= 0 ? 1 : Math.min(Integer.highestOneBit(size), largest);
    }

    private static long roundUp(long value, long unit) {
        return (value + unit - 1) / unit * unit;
    }
}
