package io.jbpf.inspect;

import java.util.Optional;

/** The kinds of BPF object that have a descriptor and an id. An id is one among those of its kind. */
public enum ObjectKind {
    /** A program. */
    PROGRAM("bpf-prog", "prog_id"),
    /** A map. */
    MAP("bpf-map", "map_id"),
    /** A link. */
    LINK("bpf_link", "link_id"),
    /** BTF, the types of a program or map. */
    BTF("btf", "btf_id");

    private final String inode;
    private final String property;

    ObjectKind(String inode, String property) {
        this.inode = inode;
        this.property = property;
    }

    /** {@return the property of /proc/PID/fdinfo/N that has its id} */
    String property() {
        return property;
    }

    /** {@return the kind, by where /proc/PID/fd/N leads: {@code anon_inode:bpf-map}} */
    static Optional<ObjectKind> ofDescriptor(String target) {
        // With hyphens or underscores, as it suited whoever wrote it: kernel/bpf/syscall.c, btf.c.
        String name = target.replace('-', '_');
        for (ObjectKind kind : values()) {
            if (name.equals("anon_inode:" + kind.inode.replace('-', '_'))) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }
}
