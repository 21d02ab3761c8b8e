package io.jbpf.object;

/** What an instruction refers to, to be filled in when linking. */
sealed interface Reference {
    /** A map, by its name in the object. */
    record ToMap(String map) implements Reference {}

    /** A place in a data section; {@code offset} counts on top of the instruction's immediate. */
    record ToData(String map, int offset) implements Reference {}

    /** A function that is called; {@code instruction} is its first slot in {@code .text}. */
    record ToCallee(int instruction) implements Reference {}

    /** A function whose address is taken; {@code instruction} is its first slot in {@code .text}. */
    record ToFunction(int instruction) implements Reference {}

    /** Something that is not in the object. */
    record ToExtern(ExternSpec extern) implements Reference {}

    /** Something that BPF cannot refer to. */
    record Refused(String reason) implements Reference {}
}
