package io.jbpf.cli.output;

import java.util.Locale;

/** How results are shown. */
public enum OutputFormat {
    /** In columns, for people. */
    TABLE,

    /** For programs. */
    JSON;

    /** {@return the word for it on the command line} */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
