package io.jbpf.error;

/** Bytes that should be an object file, BTF or a netlink answer are not: says which, which part of it, and where in it. */
public final class MalformedObjectException extends BpfException {
    private static final long serialVersionUID = 1L;

    private final String file;
    private final String section;
    private final long offset;
    private final String problem;

    /**
     * Wrong bytes at a known place.
     *
     * @param file the name of the file, or of the buffer, as the caller knows it
     * @param section the section, or a word for the part of the file: {@code .BTF}, {@code ELF header}
     * @param offset where, in bytes from the start of that section
     * @param problem what is wrong, as a clause: {@code string offset 912 is outside the 100-byte string table}
     */
    public MalformedObjectException(String file, String section, long offset, String problem) {
        super(file + ": " + called(section) + " at offset " + offset + ": " + problem);
        this.file = file;
        this.section = called(section);
        this.offset = offset;
        this.problem = problem;
    }

    /** A hostile file may have sections without names. */
    private static String called(String section) {
        return section.isEmpty() ? "unnamed section" : section;
    }

    /** {@return the name of the file, or of the buffer, as the caller knows it} */
    public String file() {
        return file;
    }

    /** {@return the section, or a word for the part of the file} */
    public String section() {
        return section;
    }

    /** {@return where, in bytes from the start of the section} */
    public long offset() {
        return offset;
    }

    /** {@return what is wrong, without the place} */
    public String problem() {
        return problem;
    }
}
