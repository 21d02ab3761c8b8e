package io.jbpf.relocation;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfType;
import io.jbpf.btf.BtfType.Array;
import io.jbpf.btf.BtfType.Enumeration;
import io.jbpf.btf.BtfType.Int;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.relocation.AccessPath.Step;
import java.nio.ByteOrder;

/**
 * The answer to what a program asks about a path, on one side: what the compiler assumed, or what the kernel has.
 *
 * @param value the answer
 * @param ambiguous whether loaders and compilers may answer differently, as for bit fields: then the compiler's number
 *     is no use as a check
 * @param fieldSize how many bytes a load of the field reads; 0 if it is not known or no matter
 * @param fieldTypeId the type of what is loaded; 0 if it is no matter
 */
record PathValue(long value, boolean ambiguous, int fieldSize, int fieldTypeId) {
    private static PathValue exact(long value) {
        return new PathValue(value, false, 0, 0);
    }

    /**
     * The answer.
     *
     * @throws CannotAnswer if the part has none
     */
    static PathValue of(AccessPath path, CoreKind kind) throws CannotAnswer {
        Btf btf = path.btf();
        return switch (kind) {
            case FIELD_EXISTS, TYPE_EXISTS, TYPE_MATCHES, ENUMVAL_EXISTS -> exact(1);
            case TYPE_ID_LOCAL, TYPE_ID_TARGET -> new PathValue(path.rootTypeId(), true, 0, 0);
            case TYPE_SIZE -> exact(btf.sizeOf(path.rootTypeId()));
            case ENUMVAL_VALUE -> exact(enumerator(path));
            default -> path.last().isNamed() ? field(path, kind) : element(path, kind);
        };
    }

    /** The answer where the kernel has no such part. */
    static PathValue ofNothing(AccessPath local, CoreKind kind) throws CannotAnswer {
        return switch (kind) {
            case FIELD_EXISTS, TYPE_EXISTS, TYPE_MATCHES, ENUMVAL_EXISTS, TYPE_SIZE, TYPE_ID_TARGET -> exact(0);
            default -> throw new CannotAnswer("the kernel has no " + local.describe());
        };
    }

    private static long enumerator(AccessPath path) {
        Enumeration values = (Enumeration) path.btf().type(path.last().typeId());
        return values.values().get(path.last().index()).value();
    }

    private static PathValue element(AccessPath path, CoreKind kind) throws CannotAnswer {
        int id = path.last().typeId();
        int size = (int) path.btf().sizeOf(id);
        return switch (kind) {
            case FIELD_BYTE_OFFSET -> new PathValue(path.bitOffset() / 8, false, size, id);
            case FIELD_BYTE_SIZE -> exact(size);
            default -> throw new CannotAnswer(kind.word() + " cannot be asked of an array element");
        };
    }

    private static PathValue field(AccessPath path, CoreKind kind) throws CannotAnswer {
        Btf btf = path.btf();
        Step last = path.last();
        Member member = ((Struct) btf.type(last.typeId())).members().get(last.index());
        int typeId = btf.resolve(member.typeId());
        BtfType type = btf.type(typeId);
        boolean bitField = member.bitSize() > 0;
        Room room = bitField ? bitFieldRoom(btf, typeId, path.bitOffset(), member.bitSize()) : wholeRoom(path, typeId);
        int bits = bitField ? member.bitSize() : 8 * room.size();
        long before = path.bitOffset() - 8 * room.offset();
        return switch (kind) {
            case FIELD_BYTE_OFFSET ->
                bitField
                        ? new PathValue(room.offset(), true, 0, 0)
                        : new PathValue(room.offset(), false, loadSize(btf, typeId), typeId);
            case FIELD_BYTE_SIZE -> new PathValue(room.size(), bitField, 0, 0);
            case FIELD_SIGNED -> exact(isSigned(type) ? 1 : 0);
            case FIELD_LSHIFT_U64 ->
                new PathValue(
                        btf.byteOrder() == ByteOrder.LITTLE_ENDIAN
                                ? 64 - (before + bits)
                                : (8 - room.size()) * 8L + before,
                        bitField,
                        0,
                        0);
            case FIELD_RSHIFT_U64 -> exact(64 - bits);
            default -> throw new CannotAnswer(kind.word() + " cannot be asked of a field");
        };
    }

    /** The bytes that are loaded to read a field. */
    private record Room(long offset, int size) {}

    private static Room wholeRoom(AccessPath path, int typeId) {
        return new Room(path.bitOffset() / 8, (int) path.btf().sizeOf(typeId));
    }

    /** The smallest naturally aligned load that has all bits of a bit field in it. */
    private static Room bitFieldRoom(Btf btf, int typeId, long bitOffset, int bitSize) throws CannotAnswer {
        int size = (int) btf.sizeOf(typeId);
        while (size > 0 && size <= 8) {
            long offset = bitOffset / 8 / size * size;
            if (bitOffset + bitSize - 8 * offset <= 8L * size) {
                return new Room(offset, size);
            }
            size *= 2;
        }
        throw new CannotAnswer("no 64-bit load has all " + bitSize + " bits of the bit field");
    }

    /** How many bytes an instruction reads of a field: of an array, one element. */
    private static int loadSize(Btf btf, int typeId) {
        int id = typeId;
        for (int depth = 0; depth < AccessPath.MAX_STEPS && btf.type(id) instanceof Array array; depth++) {
            id = btf.resolve(array.elementTypeId());
        }
        return (int) btf.sizeOf(id);
    }

    private static boolean isSigned(BtfType type) {
        return (type instanceof Int number && number.signed()) || (type instanceof Enumeration e && e.signed());
    }

    /**
     * Whether a load of the program's size may become one of the kernel's: pointers, and integers without a sign, only
     * get zeroes in front.
     */
    static boolean canResize(AccessPath local, PathValue mine, AccessPath target, PathValue theirs) {
        BtfType a = local.btf().type(mine.fieldTypeId());
        BtfType b = target.btf().type(theirs.fieldTypeId());
        return (a.kind() == BtfKind.PTR && b.kind() == BtfKind.PTR)
                || (a instanceof Int x && b instanceof Int y && !x.signed() && !y.signed());
    }

    /** There is no answer: the instruction that asks is poisoned. */
    static final class CannotAnswer extends Exception {
        private static final long serialVersionUID = 1L;

        CannotAnswer(String reason) {
            super(reason, null, false, false);
        }

        String reason() {
            String message = getMessage();
            return message == null ? "" : message;
        }
    }
}
