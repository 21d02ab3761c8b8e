package io.jbpf.error;

import java.util.List;

/** A Java record does not fit the C struct it is to stand for: says every difference. */
public final class RecordMismatchException extends BpfException {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial") // the list is one of the JDK's, which can be
    private final List<String> differences;

    /**
     * A record that does not fit.
     *
     * @param record the record's name
     * @param struct the struct's name
     * @param differences every difference, as a clause each
     */
    public RecordMismatchException(String record, String struct, List<String> differences) {
        super("record " + record + " does not fit struct " + struct + ": " + String.join("; ", differences));
        this.differences = List.copyOf(differences);
    }

    /** {@return every difference, as a clause each} */
    public List<String> differences() {
        return differences;
    }
}
