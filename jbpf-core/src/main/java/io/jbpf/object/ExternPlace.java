package io.jbpf.object;

/** Where an extern was found. */
public sealed interface ExternPlace {
    /**
     * At an address.
     *
     * @param address the address
     */
    record Address(long address) implements ExternPlace {}

    /**
     * Among the types of the kernel or of a module, by which a verifier knows variables and functions.
     *
     * @param typeId the variable or function there
     * @param descriptor a descriptor of the module's BTF, open until the program is loaded; 0 for the kernel itself
     */
    record Typed(int typeId, int descriptor) implements ExternPlace {}

    /** Nowhere: what a weak extern may be. */
    record Missing() implements ExternPlace {}
}
