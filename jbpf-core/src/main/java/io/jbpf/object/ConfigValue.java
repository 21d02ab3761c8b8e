package io.jbpf.object;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfType;
import io.jbpf.btf.BtfType.Array;
import io.jbpf.btf.BtfType.Enumeration;
import io.jbpf.btf.BtfType.Int;
import io.jbpf.error.BpfException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Puts a value of the kernel's configuration, as it is written in {@code .config}, into the variable that a program
 * declares for it: {@code bool}, {@code enum libbpf_tristate}, {@code char}, an integer, or {@code char[]}.
 */
final class ConfigValue {
    private static final String TRISTATE = "libbpf_tristate";

    private final ExternSpec extern;
    private final BtfType type;
    private final Btf btf;

    ConfigValue(Btf btf, ExternSpec extern) {
        this.btf = btf;
        this.extern = extern;
        this.type = btf.type(btf.resolve(extern.typeId()));
    }

    /** Writes the value of an option into the map's content. */
    void write(String text, ByteBuffer content) {
        if (text.equals("y") || text.equals("n") || text.equals("m")) {
            answer(text, content);
        } else if (text.startsWith("\"")) {
            string(text, content);
        } else {
            number(parse(text), content);
        }
    }

    private void answer(String text, ByteBuffer content) {
        if (type instanceof Int bool && bool.bool() && bool.size() == 1) {
            if (text.equals("m")) {
                throw refused(text, "a bool cannot say that it is a module; declare it enum libbpf_tristate");
            }
            content.put(extern.offset(), (byte) (text.equals("y") ? 1 : 0));
        } else if (type instanceof Int character && character.size() == 1) {
            content.put(extern.offset(), (byte) text.charAt(0));
        } else if (type instanceof Enumeration tristate && tristate.name().equals(TRISTATE)) {
            int value =
                    switch (text) {
                        case "y" -> 2;
                        case "m" -> 1;
                        default -> 0;
                    };
            put(value, content);
        } else {
            throw refused(text, "it suits a bool, an enum libbpf_tristate or a char");
        }
    }

    private void string(String text, ByteBuffer content) {
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
        content.put(extern.offset(), bytes, 0, Math.min(bytes.length, extern.size() - 1));
    }

    void number(long value, ByteBuffer content) {
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
        put(value, content);
    }

    /** A fact of jbpf's own ({@code LINUX_HAS_…}) goes into a bool as well as into an integer. */
    void fact(boolean value, ByteBuffer content) {
        if (type instanceof Int || type instanceof Enumeration) {
            put(value ? (type instanceof Enumeration ? 2 : 1) : 0, content);
        } else {
            throw refused(value ? "y" : "n", "it suits a bool or an integer");
        }
    }

    private void put(long value, ByteBuffer content) {
        int at = extern.offset();
        switch (extern.size()) {
            case 1 -> content.put(at, (byte) value);
            case 2 -> content.putShort(at, (short) value);
            case 4 -> content.putInt(at, (int) value);
            case 8 -> content.putLong(at, value);
            default -> throw refused(Long.toString(value), "the variable has " + extern.size() + " bytes");
        }
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
