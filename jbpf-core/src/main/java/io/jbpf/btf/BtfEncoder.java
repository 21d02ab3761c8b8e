package io.jbpf.btf;

import io.jbpf.btf.BtfType.Enumerator;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.Parameter;
import io.jbpf.btf.BtfType.SectionEntry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Makes the bytes of types, one after the other: what {@link BtfDecoder} reads. */
final class BtfEncoder {
    private static final int MAX_COUNT = 0xffff;
    private static final int MAX_BIT_FIELD_OFFSET = 0xff_ffff;
    private static final int FLAG = 1 << 31;

    private final BtfStrings strings;
    private ByteBuffer bytes;

    BtfEncoder(BtfStrings strings, ByteOrder order) {
        this.strings = strings;
        this.bytes = ByteBuffer.allocate(1 << 10).order(order);
    }

    /** Takes the bytes of a type as they are. */
    void raw(byte[] type) {
        room(type.length);
        bytes.put(type);
    }

    void type(BtfType type) {
        if (type instanceof BtfType.Int number) {
            common(type, 0, false, number.size());
            word((number.signed() ? 1 : 0) << 24
                    | (number.character() ? 2 : 0) << 24
                    | (number.bool() ? 4 : 0) << 24
                    | number.bitOffset() << 16
                    | number.bits());
        } else if (type instanceof BtfType.FloatingPoint floating) {
            common(type, 0, false, floating.size());
        } else if (type instanceof BtfType.Array array) {
            common(type, 0, false, 0);
            word(array.elementTypeId());
            word(array.indexTypeId());
            word((int) array.count());
        } else if (type instanceof BtfType.Struct struct) {
            struct(struct);
        } else if (type instanceof BtfType.Enumeration enumeration) {
            enumeration(enumeration);
        } else if (type instanceof BtfType.Forward forward) {
            common(type, 0, forward.union(), 0);
        } else if (type instanceof BtfType.FuncProto prototype) {
            common(type, prototype.parameters().size(), false, prototype.returnTypeId());
            for (Parameter parameter : prototype.parameters()) {
                word(strings.offset(parameter.name()));
                word(parameter.typeId());
            }
        } else if (type instanceof BtfType.Func function) {
            common(type, function.linkage().number(), false, function.typeId());
        } else if (type instanceof BtfType.Var variable) {
            common(type, 0, false, variable.typeId());
            word(variable.linkage().number());
        } else if (type instanceof BtfType.DataSection section) {
            common(type, section.entries().size(), false, (int) section.size());
            for (SectionEntry entry : section.entries()) {
                word(entry.typeId());
                word((int) entry.offset());
                word((int) entry.size());
            }
        } else if (type instanceof BtfType.DeclTag tag) {
            common(type, 0, tag.attribute(), tag.typeId());
            word(tag.componentIndex());
        } else if (type instanceof BtfType.TypeTag tag) {
            common(type, 0, tag.attribute(), tag.typeId());
        } else if (type instanceof BtfType.Reference reference) {
            common(type, 0, false, reference.typeId());
        } else {
            throw new IllegalArgumentException("void is there without being added: it is type 0");
        }
    }

    private void struct(BtfType.Struct struct) {
        boolean bitFields = struct.members().stream().anyMatch(member -> member.bitSize() != 0);
        common(struct, struct.members().size(), bitFields, struct.size());
        for (Member member : struct.members()) {
            int offset = member.bitOffset();
            if (bitFields && (offset > MAX_BIT_FIELD_OFFSET || offset < 0 || member.bitSize() > 0xff)) {
                throw new IllegalArgumentException("member '" + member.name() + "' of '" + struct.name()
                        + "' is too far from the start, or too large, for a struct with bit fields");
            }
            word(strings.offset(member.name()));
            word(member.typeId());
            word(bitFields ? member.bitSize() << 24 | offset : offset);
        }
    }

    private void enumeration(BtfType.Enumeration enumeration) {
        common(enumeration, enumeration.values().size(), enumeration.signed(), enumeration.size());
        for (Enumerator value : enumeration.values()) {
            word(strings.offset(value.name()));
            word((int) value.value());
            if (enumeration.wide()) {
                word((int) (value.value() >>> 32));
            } else if (value.value() != (int) value.value() && value.value() >>> 32 != 0) {
                throw new IllegalArgumentException("'" + value.name() + "' of enum '" + enumeration.name()
                        + "' has more than 32 bits, the enum must be wide");
            }
        }
    }

    private void common(BtfType type, int count, boolean flag, int sizeOrType) {
        if (count > MAX_COUNT) {
            throw new IllegalArgumentException(type.kind() + " '" + type.name() + "' has " + count
                    + " members, parameters or values; BTF counts only to " + MAX_COUNT);
        }
        word(strings.offset(type.name()));
        word(type.kind().number() << 24 | count | (flag ? FLAG : 0));
        word(sizeOrType);
    }

    private void word(int value) {
        room(4);
        bytes.putInt(value);
    }

    private void room(int needed) {
        if (bytes.remaining() < needed) {
            int capacity = Math.max(bytes.capacity() * 2, bytes.position() + needed);
            bytes = ByteBuffer.allocate(capacity).order(bytes.order()).put(bytes.flip());
        }
    }

    /** The whole blob: header, types, strings. */
    byte[] blob() {
        byte[] text = strings.toBytes();
        int typeBytes = bytes.position();
        ByteBuffer blob =
                ByteBuffer.allocate(Btf.HEADER_SIZE + typeBytes + text.length).order(bytes.order());
        blob.putShort((short) Btf.MAGIC).put((byte) Btf.VERSION).put((byte) 0).putInt(Btf.HEADER_SIZE);
        blob.putInt(0).putInt(typeBytes).putInt(typeBytes).putInt(text.length);
        blob.put(Arrays.copyOf(bytes.array(), typeBytes)).put(text);
        return blob.array();
    }
}
