package io.jbpf.cli.output;

/**
 * Text from outside made fit for a terminal: names from object files and from other people's programs could otherwise
 * carry escape sequences.
 */
public final class Printable {
    private Printable() {}

    /** {@return the text with control characters, line breaks among them, written as {@code \\u001b}} */
    public static String text(String text) {
        if (text.chars().noneMatch(Character::isISOControl)) {
            return text;
        }
        StringBuilder printable = new StringBuilder(text.length() + 16);
        text.chars().forEach(c -> {
            if (Character.isISOControl(c)) {
                printable.append(String.format("\\u%04x", c));
            } else {
                printable.append((char) c);
            }
        });
        return printable.toString();
    }
}
