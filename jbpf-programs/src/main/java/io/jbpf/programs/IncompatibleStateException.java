package io.jbpf.programs;

import io.jbpf.error.BpfException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What is pinned in a directory is not what this version could go on with. Nothing was changed. */
public final class IncompatibleStateException extends BpfException {
    private static final long serialVersionUID = 1L;

    private final ArrayList<String> differences;

    /**
     * Describes it.
     *
     * @param directory where it is pinned
     * @param differences what does not fit, one by one
     */
    public IncompatibleStateException(Path directory, List<String> differences) {
        super("what is pinned in " + directory + " cannot be gone on with: " + String.join("; ", differences)
                + "; nothing was changed, and what counts there counts on: use another directory; or go on with the version"
                + " that made it; or read its counts with that version and remove it, for they end with it");
        this.differences = new ArrayList<>(differences);
    }

    /** {@return what does not fit, one by one} */
    public List<String> differences() {
        return List.copyOf(differences);
    }
}
