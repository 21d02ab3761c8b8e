package io.jbpf.error;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** Somebody else has locked a directory. */
public final class LockHeldException extends BpfException {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial") // the list is one of the JDK's, which can be
    private final List<Long> holders;

    /**
     * Describes it.
     *
     * @param directory what is locked
     * @param holders the processes that hold it, as far as they can be seen from here
     */
    public LockHeldException(Path directory, List<Long> holders) {
        super(directory + " is locked by "
                + (holders.isEmpty()
                        ? "a process that cannot be seen from here (in another pid namespace?)"
                        : holders.stream().map(pid -> "process " + pid).collect(Collectors.joining(", ")))
                + ": only one at a time may work with it; end that, or wait until it is done");
        this.holders = List.copyOf(holders);
    }

    /** {@return the ids of the processes that hold it, as far as they can be seen from here} */
    public List<Long> holders() {
        return holders;
    }
}
