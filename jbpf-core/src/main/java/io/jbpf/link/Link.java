package io.jbpf.link;

/**
 * A program in its place. Closing the link takes the program out, unless the attachment is held elsewhere too: by a pin,
 * or by the kernel itself as with a clsact filter, each of which says so.
 */
public interface Link extends AutoCloseable {
    /** {@return what is attached where, in words} */
    String description();

    @Override
    void close();
}
