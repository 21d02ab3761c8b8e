package io.jbpf.btf;

import io.jbpf.btf.BtfType.Enumeration;
import io.jbpf.btf.BtfType.Enumerator;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.Parameter;
import io.jbpf.btf.BtfType.Struct;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * BTF of types as C could have them, by chance: structs with gaps, bit fields and packed members, unions, enums of every
 * size, pointers in circles, prototypes, anonymous parts, and one name for several types.
 */
public final class RandomBtf {
    private static final String[] INTS = {
        "char", "unsigned char", "short", "unsigned short", "int", "unsigned int", "long", "unsigned long", "__int128"
    };
    private static final int[] INT_SIZES = {1, 1, 2, 2, 4, 4, 8, 8, 16};

    private final Random random;
    private BtfBuilder types;
    private final List<Value> values = new ArrayList<>();
    private final List<Integer> anything = new ArrayList<>();
    private final List<Integer> integers = new ArrayList<>();
    private final Set<Integer> inlined = new HashSet<>();
    private int names;

    /** A type that can be a member, with the room and the alignment it wants. */
    private record Value(int id, int size, int align) {}

    private RandomBtf(long seed, ByteOrder order) {
        random = new Random(seed);
        types = BtfBuilder.create(order);
    }

    /** Types that depend on nothing but the seed. */
    public static Btf of(long seed, ByteOrder order, int count) {
        return new RandomBtf(seed, order).build(count).build("random " + seed);
    }

    /** Split BTF: half of the types are the base's, and those of the other half build on them. */
    public static Btf split(long seed, ByteOrder order, int count) {
        RandomBtf random = new RandomBtf(seed, order);
        Btf base = random.build(count / 2).build("base " + seed);
        random.types = BtfBuilder.split(base);
        random.structs(count - count / 2);
        return random.types.build("split " + seed);
    }

    private BtfBuilder build(int count) {
        for (int i = 0; i < INTS.length; i++) {
            int id = types.add(
                    i % 2 == 0 ? BtfBuilder.signed(INTS[i], INT_SIZES[i]) : BtfBuilder.unsigned(INTS[i], INT_SIZES[i]));
            value(id, INT_SIZES[i], INT_SIZES[i]);
            if (INT_SIZES[i] <= 8) {
                integers.add(id);
            }
        }
        value(types.add(new BtfType.Int("_Bool", 1, 8, 0, false, false, true)), 1, 1);
        value(types.add(new BtfType.FloatingPoint("double", 8)), 8, 8);
        structs(count);
        return types;
    }

    private void structs(int count) {
        int[] reserved = new int[count];
        for (int i = 0; i < count; i++) {
            reserved[i] = types.add(new BtfType.Forward("reserved", false));
            anything.add(reserved[i]);
        }
        for (int id : reserved) {
            if (random.nextInt(3) == 0) {
                extra();
            }
            struct(id, name("s"));
        }
    }

    private void value(int id, int size, int align) {
        values.add(new Value(id, size, align));
        anything.add(id);
    }

    /** Some names are taken twice. */
    private String name(String prefix) {
        return prefix + (random.nextInt(8) == 0 ? random.nextInt(5) : names++ + 5);
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private void extra() {
        switch (random.nextInt(9)) {
            case 0 -> value(types.add(new BtfType.Pointer(any(anything))), 8, 8);
            case 1 -> {
                Value element = any(values);
                int length = random.nextInt(4);
                if (element.size * length < 4096) {
                    value(
                            types.add(new BtfType.Array(element.id, integers.get(5), length)),
                            element.size * length,
                            element.align);
                }
            }
            case 2 -> {
                int size = 1 << random.nextInt(4);
                boolean signed = random.nextBoolean();
                boolean wide = size == 8;
                List<Enumerator> enumerators = new ArrayList<>();
                for (int i = random.nextInt(4); i >= 0; i--) {
                    long value = random.nextLong() >> (64 - 8 * size);
                    enumerators.add(new Enumerator(name("E"), signed ? value : value & (-1L >>> (64 - 8 * size))));
                }
                if (signed) {
                    enumerators.add(new Enumerator(name("E"), -1));
                }
                String name = random.nextInt(4) == 0 ? "" : name("e");
                value(types.add(new Enumeration(name, size, signed, wide, enumerators)), size, size);
            }
            case 3, 4 -> {
                Value target = any(values);
                value(types.add(new BtfType.Typedef(name("t"), target.id)), target.size, target.align);
            }
            case 5 -> {
                Value target = any(values);
                int id = types.add(
                        random.nextBoolean() ? new BtfType.Const(target.id) : new BtfType.Volatile(target.id));
                value(id, target.size, target.align);
            }
            case 6 -> {
                List<Parameter> parameters = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    int pointer = types.add(new BtfType.Pointer(any(anything)));
                    parameters.add(new Parameter(random.nextBoolean() ? "" : name("t"), pointer));
                }
                int returned = types.add(new BtfType.Pointer(random.nextBoolean() ? 0 : any(anything)));
                int prototype = types.add(new BtfType.FuncProto(returned, parameters));
                value(types.add(new BtfType.Pointer(prototype)), 8, 8);
            }
            case 7 -> anything.add(types.add(new BtfType.Forward(name("s"), random.nextBoolean())));
            default -> struct(types.add(new BtfType.Forward("reserved", false)), "");
        }
    }

    private void struct(int id, String name) {
        boolean union = random.nextInt(4) == 0;
        boolean packed = random.nextInt(4) == 0;
        List<Member> members = new ArrayList<>();
        int at = 0;
        int end = 0;
        int align = 1;
        for (int i = random.nextInt(8); i >= 0; i--) {
            Value value = any(values);
            if (integers.contains(value.id) && random.nextInt(3) == 0) {
                int unit = value.size * 8;
                int width = 1 + random.nextInt(unit);
                at += union ? 0 : random.nextInt(6) == 0 ? random.nextInt(40) : 0;
                if (!packed && at / unit != (at + width - 1) / unit) {
                    at = roundUp(at, unit);
                }
                members.add(new Member("m" + id + "_" + i, value.id, at, width));
                end = Math.max(end, at + width);
                align = Math.max(align, packed ? 1 : value.align);
            } else {
                at = roundUp(at, packed ? 8 : 8 * value.align);
                at += union ? 0 : random.nextInt(5) == 0 ? random.nextInt(20) * 8 * (packed ? 1 : value.align) : 0;
                boolean anonymous = value.id >= types.firstId()
                        && types.type(value.id) instanceof Struct struct
                        && struct.name().isEmpty()
                        && !packed
                        && random.nextBoolean()
                        && inlined.add(value.id);
                members.add(new Member(anonymous ? "" : "m" + id + "_" + i, value.id, at, 0));
                end = Math.max(end, at + 8 * value.size);
                align = Math.max(align, packed ? 1 : value.align);
            }
            at = union ? 0 : end;
        }
        int size = roundUp(end, 8 * align) / 8;
        if (random.nextInt(5) == 0) {
            size = union ? roundUp(size, 32) : size + align * random.nextInt(20);
        }
        types.set(id, new Struct(name, size, union, members));
        value(id, size, align);
    }

    private static int roundUp(int value, int unit) {
        return (value + unit - 1) / unit * unit;
    }
}
