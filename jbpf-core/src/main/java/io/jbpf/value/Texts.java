package io.jbpf.value;

import java.util.List;
import java.util.stream.Collectors;

/** How values are written in C. */
final class Texts {
    private Texts() {}

    /** Whether a byte is a character of ASCII that can be seen. */
    static boolean isPrintable(int code) {
        return code >= ' ' && code < 0x7f;
    }

    /** A character between quotation marks. */
    static String escaped(int code, char quote) {
        if (code == quote || code == '\\') {
            return "\\" + (char) code;
        }
        return isPrintable(code) ? Character.toString((char) code) : "\\x%02x".formatted(code);
    }

    static String list(List<?> items) {
        return items.stream().map(Object::toString).collect(Collectors.joining(", ", "{", "}"));
    }
}
