package io.jbpf.inspect;

/**
 * Something that could not be looked at, so that an answer may lack what is there.
 *
 * @param what a directory, a file, a process
 * @param why the kernel's reason
 */
public record Unreadable(String what, String why) {
    @Override
    public String toString() {
        return what + ": " + why;
    }
}
