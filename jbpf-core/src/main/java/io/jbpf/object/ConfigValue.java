package io.jbpf.object;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfType;
import io.jbpf.btf.BtfType.Array;
import io.jbpf.btf.BtfType.Enumeration;
import io.jbpf.btf.BtfType.Int;
import io.jbpf.error.BpfException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Makes a value of the kernel's configuration, as it is written in {@code .config}, the bytes of the variable that a
 * program declares for it: {@code bool}, {@code enum libbpf_tristate}, {@code char}, an integer, or {@code char[]}.
 */
final class ConfigValue {
    private static final String TRISTATE = "libbpf_tristate";

    private final ExternSpec extern;
    private final BtfType type;
    private final Btf btf;
    private final ByteOrder byteOrder;

    ConfigValue(Btf btf, ExternSpec extern, ByteOrder byteOrder) {
        this.btf = btf;
        this.byteOrder = byteOrder;
        this.extern = extern;
        this.type = btf.type(btf.resolve(extern.typeId()));
    }

    /** The value of an option: as many bytes as the variable has, or fewer; what is missing is zero. */
    byte[] option(String text) {
        if (text.equals("y") || text.equals("n") || text.equals("m")) {
            return answer(text);
        }
        return text.startsWith("\"") ? string(text) : number(parse(text));
    }

    private byte[] answer(String text) {
        if (type instanceof Int bool && bool.bool() && bool.size() == 1) {
            if (text.equals("m")) {
                throw refused(text, "a bool cannot say that it is a module; declare it enum libbpf_tristate");
            }
            return new byte[] {(byte) (text.equals("y") ? 1 : 0)};
        }
        if (type instanceof Int character && character.size() == 1) {
            return new byte[] {(byte) text.charAt(0)};
        }
        if (type instanceof Enumeration tristate && tristate.name().equals(TRISTATE)) {
            return bytes(
                    switch (text) {
                        case "y" -> 2;
                        case "m" -> 1;
                        default -> 0;
                    });
        }
        throw refused(text, "it suits a bool, an enum libbpf_tristate or a char");
    }

    private byte[] string(String text) {
        if (!(type instanceof Array array)
                || array.count() < 1
                || !(btf.type(btf.resolve(array.elementTypeId())) instanceof Int character)
                || character.size() != 1
                || character.bool()) {
            throw refused(text, "it suits an array of char");
        }
        if (text.length() < 2 || !text.endsWith("\"")) {
            throw refused(text, "the text does not end");
        }
        byte[] bytes = text.substring(1, text.length() - 1).getBytes(StandardCharsets.UTF_8);
        // Cut like libbpf cuts, and always ended by a NUL.
        return Arrays.copyOf(bytes, Math.min(bytes.length, extern.size() - 1));
    }

    byte[] number(long value) {
        if (!(type instanceof Int integer) || integer.bool()) {
            throw refused(Long.toUnsignedString(value), "it suits an integer");
        }
        int bits = 8 * integer.size();
        boolean fits = bits >= Long.SIZE
                || (integer.signed()
                        ? value >= -(1L << (bits - 1)) && value < 1L << (bits - 1)
                        : value >= 0 && value < 1L << bits);
        if (!fits) {
            throw refused(Long.toUnsignedString(value), "it does not fit " + integer.size() + " bytes");
        }
        return bytes(value);
    }

    /** A fact of jbpf's own ({@code LINUX_HAS_…}) goes into a bool as well as into an integer. */
    byte[] fact(boolean value) {
        if (type instanceof Int || type instanceof Enumeration) {
            return bytes(value ? (type instanceof Enumeration ? 2 : 1) : 0);
        }
        throw refused(value ? "y" : "n", "it suits a bool or an integer");
    }

    private byte[] bytes(long value) {
        int size = extern.size();
        return switch (size) {
            case 1 -> new byte[] {(byte) value};
            case 2 -> buffer(size).putShort((short) value).array();
            case 4 -> buffer(size).putInt((int) value).array();
            case 8 -> buffer(size).putLong(value).array();
            default -> throw refused(Long.toString(value), "the variable has " + size + " bytes");
        };
    }

    private ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(byteOrder);
    }

    private long parse(String text) {
        try {
            boolean negative = text.startsWith("-");
            String digits = negative ? text.substring(1) : text;
            long value = digits.startsWith("0x") || digits.startsWith("0X")
                    ? Long.parseUnsignedLong(digits, 2, digits.length(), 16)
                    : Long.parseUnsignedLong(digits);
            return negative ? -value : value;
        } catch (NumberFormatException e) {
            throw refused(text, "it is neither a number, nor a text, nor y, n or m");
        }
    }

    private BpfException refused(String text, String problem) {
        return new BpfException(extern + " is " + text + ", which does not go into its variable: " + problem);
    }
}
