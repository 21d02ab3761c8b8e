package io.jbpf.controller.node;

/** The two programs, by the words that metrics use. */
public enum ProgramType {
    /** Counts system calls. */
    SYSCALL_COUNTER("syscall_counter"),
    /** Filters packets. */
    L4_FIREWALL("l4_firewall");

    private final String word;

    ProgramType(String word) {
        this.word = word;
    }

    /**
     * The value of the label {@code program_type}.
     *
     * @return such as {@code l4_firewall}
     */
    public String word() {
        return word;
    }
}
