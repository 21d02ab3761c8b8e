package io.jbpf.programs;

import java.util.Locale;

/** What happens to a packet that no rule names. */
public enum DefaultAction {
    /** It passes. */
    ALLOW,

    /** It is dropped. */
    BLOCK;

    /**
     * {@return the action of this name}
     *
     * @param name {@code allow} or {@code block}, in any case
     * @throws IllegalArgumentException for any other name
     */
    public static DefaultAction of(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "allow" -> ALLOW;
            case "block" -> BLOCK;
            default ->
                throw new IllegalArgumentException("default action '" + name + "' is neither 'allow' nor 'block'");
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
