package io.jbpf.programs;

import io.jbpf.error.BpfException;
import java.nio.file.Path;

/**
 * What is pinned in a directory was made by a newer version, whose layout this one does not know. Nothing was changed: it
 * counts on. Run the newer version, or remove the state with it.
 */
public final class NewerStateException extends BpfException {
    private static final long serialVersionUID = 1L;

    private final int found;
    private final int known;

    /**
     * Describes it.
     *
     * @param directory where it is pinned
     * @param found its layout's version
     * @param known the newest that this version knows
     */
    public NewerStateException(Path directory, int found, int known) {
        super("state from a newer version: what is pinned in " + directory + " has layout " + found
                + ", and this version knows layouts up to " + known
                + "; nothing was changed: run the newer version, or remove the state with it");
        this.found = found;
        this.known = known;
    }

    /** {@return the version of the layout that was found} */
    public int found() {
        return found;
    }

    /** {@return the newest version that is known here} */
    public int known() {
        return known;
    }
}
