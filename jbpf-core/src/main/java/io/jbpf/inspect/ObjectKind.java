package io.jbpf.inspect;

import io.jbpf.sys.DescriptorKind;
import java.util.Optional;

/** The kinds of BPF object that have a descriptor and an id. An id is one among those of its kind. */
public enum ObjectKind {
    /** A program. */
    PROGRAM("prog_id"),
    /** A map. */
    MAP("map_id"),
    /** A link. */
    LINK("link_id"),
    /** BTF, the types of a program or map. */
    BTF("btf_id");

    private final String property;

    ObjectKind(String property) {
        this.property = property;
    }

    /** {@return the property of /proc/PID/fdinfo/N that has its id} */
    String property() {
        return property;
    }

    /** {@return the kind, by where /proc/PID/fd/N leads: {@code anon_inode:bpf-map}} */
    static Optional<ObjectKind> ofDescriptor(String target) {
        return DescriptorKind.ofTarget(target).map(kind -> valueOf(kind.name()));
    }
}
