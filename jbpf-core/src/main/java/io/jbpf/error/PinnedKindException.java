package io.jbpf.error;

import java.nio.file.Path;

/** What is pinned at a path is another kind of object than was asked for: a program where a map should be. */
public final class PinnedKindException extends BpfException {
    private static final long serialVersionUID = 1L;

    private final String path;
    private final String expected;
    private final String found;

    /**
     * Describes it.
     *
     * @param path the pin
     * @param expected what should be there: {@code map}
     * @param found what is: {@code program}
     */
    public PinnedKindException(Path path, String expected, String found) {
        super("what is pinned at " + path + " is a " + found + ", not a " + expected + "; give the path of a "
                + expected + ", or open it as a " + found);
        this.path = path.toString();
        this.expected = expected;
        this.found = found;
    }

    /** {@return the pin} */
    public Path path() {
        return Path.of(path);
    }

    /** {@return what should be there: {@code program}, {@code map} or {@code link}} */
    public String expected() {
        return expected;
    }

    /** {@return what is there: {@code program}, {@code map} or {@code link}} */
    public String found() {
        return found;
    }
}
