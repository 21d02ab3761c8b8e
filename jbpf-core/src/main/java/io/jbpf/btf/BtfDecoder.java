package io.jbpf.btf;

import io.jbpf.btf.BtfType.Enumerator;
import io.jbpf.btf.BtfType.Linkage;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.Parameter;
import io.jbpf.btf.BtfType.SectionEntry;
import io.jbpf.bytes.ByteView;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes a record of the bytes of one type. The scan has already checked that all of them are there. The layouts are
 * those of {@code struct btf_type} and its followers in linux/btf.h.
 */
final class BtfDecoder {
    static final BtfType.VoidType VOID = new BtfType.VoidType();

    private static final int INT_SIGNED = 1;
    private static final int INT_CHAR = 2;
    private static final int INT_BOOL = 4;

    private BtfDecoder() {}

    static BtfType decode(Btf btf, ByteView types, int at) {
        int info = types.s32(at + 4L);
        int count = info & 0xffff;
        boolean flag = info < 0;
        int sizeOrType = types.s32(at + 8L);
        int extra = at + Btf.COMMON_SIZE;
        String name = btf.string(types.s32(at));
        return switch (BtfKind.known(info >>> 24 & 0x1f)) {
            case VOID -> VOID;
            case INT -> integer(name, size(types, at), types.s32(extra));
            case PTR -> new BtfType.Pointer(sizeOrType);
            case ARRAY -> new BtfType.Array(types.s32(extra), types.s32(extra + 4L), types.u32(extra + 8L));
            case STRUCT -> new BtfType.Struct(name, size(types, at), false, members(btf, types, extra, count, flag));
            case UNION -> new BtfType.Struct(name, size(types, at), true, members(btf, types, extra, count, flag));
            case ENUM ->
                new BtfType.Enumeration(name, size(types, at), flag, false, values(btf, types, extra, count, flag));
            case ENUM64 ->
                new BtfType.Enumeration(name, size(types, at), flag, true, wideValues(btf, types, extra, count));
            case FWD -> new BtfType.Forward(name, flag);
            case TYPEDEF -> new BtfType.Typedef(name, sizeOrType);
            case VOLATILE -> new BtfType.Volatile(sizeOrType);
            case CONST -> new BtfType.Const(sizeOrType);
            case RESTRICT -> new BtfType.Restrict(sizeOrType);
            case FUNC -> new BtfType.Func(name, sizeOrType, linkage(types, at, count));
            case FUNC_PROTO -> new BtfType.FuncProto(sizeOrType, parameters(btf, types, extra, count));
            case VAR -> new BtfType.Var(name, sizeOrType, linkage(types, at, types.s32(extra)));
            case DATASEC ->
                new BtfType.DataSection(name, Integer.toUnsignedLong(sizeOrType), entries(types, extra, count));
            case FLOAT -> new BtfType.FloatingPoint(name, size(types, at));
            case DECL_TAG -> new BtfType.DeclTag(name, sizeOrType, types.s32(extra), flag);
            case TYPE_TAG -> new BtfType.TypeTag(name, sizeOrType, flag);
        };
    }

    /** A size is unsigned, but nothing of 2 GiB is described by BTF. */
    private static int size(ByteView types, int at) {
        int size = types.s32(at + 8L);
        if (size < 0) {
            throw types.malformed(at + 8L, "a type is " + Integer.toUnsignedString(size) + " bytes large");
        }
        return size;
    }

    private static BtfType integer(String name, int size, int data) {
        int encoding = data >>> 24 & 0xf;
        return new BtfType.Int(
                name,
                size,
                data & 0xff,
                data >>> 16 & 0xff,
                (encoding & INT_SIGNED) != 0,
                (encoding & INT_CHAR) != 0,
                (encoding & INT_BOOL) != 0);
    }

    private static List<Member> members(Btf btf, ByteView types, int at, int count, boolean bitFields) {
        List<Member> members = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int member = at + 12 * i;
            int offset = types.s32(member + 8L);
            members.add(new Member(
                    btf.string(types.s32(member)),
                    types.s32(member + 4L),
                    bitFields ? offset & 0xff_ffff : offset,
                    bitFields ? offset >>> 24 : 0));
        }
        return List.copyOf(members);
    }

    private static List<Enumerator> values(Btf btf, ByteView types, int at, int count, boolean signed) {
        List<Enumerator> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int value = at + 8 * i;
            values.add(new Enumerator(
                    btf.string(types.s32(value)), signed ? types.s32(value + 4L) : types.u32(value + 4L)));
        }
        return List.copyOf(values);
    }

    private static List<Enumerator> wideValues(Btf btf, ByteView types, int at, int count) {
        List<Enumerator> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int value = at + 12 * i;
            values.add(
                    new Enumerator(btf.string(types.s32(value)), types.u32(value + 4L) | types.u32(value + 8L) << 32));
        }
        return List.copyOf(values);
    }

    private static List<Parameter> parameters(Btf btf, ByteView types, int at, int count) {
        List<Parameter> parameters = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int parameter = at + 8 * i;
            parameters.add(new Parameter(btf.string(types.s32(parameter)), types.s32(parameter + 4L)));
        }
        return List.copyOf(parameters);
    }

    private static List<SectionEntry> entries(ByteView types, int at, int count) {
        List<SectionEntry> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int entry = at + 12 * i;
            entries.add(new SectionEntry(types.s32(entry), types.u32(entry + 4L), types.u32(entry + 8L)));
        }
        return List.copyOf(entries);
    }

    private static Linkage linkage(ByteView types, int at, int number) {
        Linkage[] known = Linkage.values();
        if (number < 0 || number >= known.length) {
            throw types.malformed(at, "unknown linkage " + number);
        }
        return known[number];
    }
}
