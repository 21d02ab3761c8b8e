package io.jbpf.value;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfType;
import io.jbpf.btf.BtfType.Array;
import io.jbpf.btf.BtfType.DataSection;
import io.jbpf.btf.BtfType.Enumeration;
import io.jbpf.btf.BtfType.FloatingPoint;
import io.jbpf.btf.BtfType.Int;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.Reference;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.error.MalformedObjectException;
import io.jbpf.value.Value.Field;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Reads bytes as values of the types of a BTF, in its byte order. What comes out is bounded by what goes in: a type that
 * is larger than the bytes there are, that refers to itself, or that makes very much of very few bytes is damage.
 * Immutable and safe to share.
 */
public final class ValueReader {
    private static final int MAX_DEPTH = 64;
    /** How many values one byte may become: unions show the same bytes again and again. */
    private static final int VALUES_PER_BYTE = 64;

    private static final int VALUES_AT_LEAST = 1 << 16;

    private final Btf btf;

    /**
     * A reader.
     *
     * @param btf the types
     */
    public ValueReader(Btf btf) {
        this.btf = btf;
    }

    /**
     * Reads a value.
     *
     * @param typeId its type: any that has a size, a {@code VAR} or a {@code DATASEC} among them
     * @param bytes its bytes from the first on; there may be more than the type needs
     * @return the value
     * @throws MalformedObjectException if the type needs more bytes than there are, has no size, or never ends
     */
    public Value read(int typeId, byte[] bytes) {
        return new Reading(bytes).value(typeId, 0, 0);
    }

    /** One value under way. */
    private final class Reading {
        private final byte[] bytes;
        private final ByteBuffer buffer;
        private long left;

        Reading(byte[] bytes) {
            this.bytes = bytes;
            this.buffer = ByteBuffer.wrap(bytes).order(btf.byteOrder());
            this.left = (long) VALUES_PER_BYTE * bytes.length + VALUES_AT_LEAST;
        }

        Value value(int id, long at, int depth) {
            if (depth > MAX_DEPTH) {
                throw btf.malformed(id, "contains more than " + MAX_DEPTH + " types in each other, or itself");
            }
            if (--left < 0) {
                throw btf.malformed(id, "there are more values in it than " + bytes.length + " bytes can hold");
            }
            BtfType type = btf.type(id);
            if (type instanceof Int number) {
                return whole(id, number, at);
            } else if (type instanceof Enumeration enumeration) {
                return choice(enumeration, bits(id, at * 8, enumeration.size() * 8L, enumeration.signed()));
            } else if (type instanceof BtfType.Pointer) {
                return new Value.Address(
                        bits(id, at * 8, Btf.POINTER_SIZE * 8L, false).longValue());
            } else if (type instanceof FloatingPoint number) {
                return real(id, number, at);
            } else if (type instanceof Array array) {
                return array(id, array, at, depth);
            } else if (type instanceof Struct struct) {
                return compound(id, struct, at, depth);
            } else if (type instanceof DataSection section) {
                return section(id, section, at, depth);
            } else if (type instanceof Reference reference
                    && !(type instanceof BtfType.Func)
                    && !(type instanceof BtfType.DeclTag)) {
                return value(reference.typeId(), at, depth + 1);
            }
            throw btf.malformed(id, type.kind() + " '" + type.name() + "' is no type of a value");
        }

        private Value whole(int id, Int number, long at) {
            // Before Linux 5.0 bit fields were integers of fewer bits than their size has.
            BigInteger value = number.bits() == number.size() * 8
                    ? bits(id, at * 8, number.bits(), number.signed())
                    : bits(id, at * 8 + number.bitOffset(), number.bits(), number.signed());
            return whole(number, value);
        }

        private Value whole(Int number, BigInteger value) {
            if (number.bool()) {
                return new Value.Truth(value.signum() != 0);
            }
            return isCharacter(number) ? new Value.Letter(value.intValue()) : new Value.Whole(value);
        }

        private Value choice(Enumeration enumeration, BigInteger value) {
            Optional<String> name = enumeration.values().stream()
                    .filter(known -> known.value() == value.longValue())
                    .map(BtfType.Enumerator::name)
                    .findFirst();
            return new Value.Choice(name.orElse(""), value);
        }

        private Value real(int id, FloatingPoint number, long at) {
            require(id, at, number.size());
            return switch (number.size()) {
                case 4 -> new Value.Real(buffer.getFloat((int) at));
                case 8 -> new Value.Real(buffer.getDouble((int) at));
                default -> new Value.Raw(HexFormat.of().formatHex(bytes, (int) at, (int) at + number.size()));
            };
        }

        private Value array(int id, Array array, long at, int depth) {
            long size = btf.sizeOf(array.elementTypeId());
            require(id, at, Math.multiplyExact(size, array.count()));
            if (btf.type(btf.skipModifiers(array.elementTypeId())) instanceof Int number && isCharacter(number)) {
                Optional<String> text = text((int) at, (int) array.count());
                if (text.isPresent()) {
                    return new Value.Text(text.get());
                }
            }
            List<Value> elements = new ArrayList<>();
            for (long i = 0; i < array.count(); i++) {
                elements.add(value(array.elementTypeId(), at + i * size, depth + 1));
            }
            return new Value.Sequence(List.copyOf(elements));
        }

        /** Text that ends with a NUL before the array does; what follows it was never written, and is not looked at. */
        private Optional<String> text(int at, int count) {
            int end = 0;
            while (end < count && Texts.isPrintable(bytes[at + end] & 0xff)) {
                end++;
            }
            return end < count && bytes[at + end] == 0
                    ? Optional.of(new String(bytes, at, end, StandardCharsets.US_ASCII))
                    : Optional.empty();
        }

        private Value compound(int id, Struct struct, long at, int depth) {
            require(id, at, Integer.toUnsignedLong(struct.size()));
            List<Field> fields = new ArrayList<>(struct.members().size());
            for (Member member : struct.members()) {
                long bitOffset = at * 8 + Integer.toUnsignedLong(member.bitOffset());
                Value value = member.bitSize() == 0
                        ? value(member.typeId(), bitOffset / 8, depth + 1)
                        : bitField(id, member, bitOffset);
                fields.add(new Field(member.name(), value));
            }
            return new Value.Compound(List.copyOf(fields));
        }

        private Value bitField(int id, Member member, long bitOffset) {
            left--;
            BtfType type = btf.type(btf.resolve(member.typeId()));
            if (type instanceof Enumeration enumeration) {
                return choice(enumeration, bits(id, bitOffset, member.bitSize(), enumeration.signed()));
            }
            if (type instanceof Int number) {
                BigInteger value = bits(id, bitOffset, member.bitSize(), number.signed());
                return number.bool() ? new Value.Truth(value.signum() != 0) : new Value.Whole(value);
            }
            throw btf.malformed(id, "bit field '" + member.name() + "' is a " + type.kind());
        }

        private Value section(int id, DataSection section, long at, int depth) {
            List<Field> fields = new ArrayList<>(section.entries().size());
            section.entries().forEach(entry -> {
                if (btf.type(entry.typeId()) instanceof BtfType.Var variable) {
                    fields.add(new Field(variable.name(), value(entry.typeId(), at + entry.offset(), depth + 1)));
                } else {
                    throw btf.malformed(id, "type " + entry.typeId() + " in it is no variable");
                }
            });
            return new Value.Compound(List.copyOf(fields));
        }

        /** Some bits as a number, in either byte order, of any width: a bit field may start anywhere. */
        private BigInteger bits(int id, long bitOffset, long count, boolean signed) {
            int first = (int) (bitOffset / 8);
            int last = (int) ((bitOffset + count + 7) / 8);
            require(id, bitOffset / 8, (bitOffset + count + 7) / 8 - bitOffset / 8);
            byte[] magnitude = new byte[last - first];
            boolean little = buffer.order() == ByteOrder.LITTLE_ENDIAN;
            for (int i = 0; i < magnitude.length; i++) {
                magnitude[i] = little ? bytes[last - 1 - i] : bytes[first + i];
            }
            long below = little ? bitOffset % 8 : 8L * magnitude.length - bitOffset % 8 - count;
            BigInteger mask = BigInteger.ONE.shiftLeft((int) count).subtract(BigInteger.ONE);
            BigInteger value =
                    new BigInteger(1, magnitude).shiftRight((int) below).and(mask);
            return signed && count > 0 && value.testBit((int) count - 1)
                    ? value.subtract(BigInteger.ONE.shiftLeft((int) count))
                    : value;
        }

        private void require(int id, long at, long size) {
            if (at + size > bytes.length) {
                throw btf.malformed(
                        id, "takes " + size + " bytes at offset " + at + ", but there are only " + bytes.length);
            }
        }
    }

    /** C's {@code char}: the flag for it is set by no compiler, so that bpftool goes by the name, too. */
    private static boolean isCharacter(Int number) {
        return number.size() == 1 && (number.character() || number.name().equals("char"));
    }
}
