package io.jbpf.map;

import io.jbpf.sys.Fd;

/** Something that owns a descriptor and so can be put into a map: a program, a map, a process, a file. */
public interface DescriptorOwner {
    /** {@return the owned descriptor; its type is not exported} */
    @SuppressWarnings("exports")
    Fd fd();
}
