/**
 * eBPF for the JVM: object files as specs, loaded objects, maps, programs, links.
 *
 * <p>Not exported are {@code io.jbpf.bytes}, the parsers' cursor, and {@code io.jbpf.sys}, the one native seam. The
 * latter is open, though: jnr-ffi makes its bindings of the interfaces there at run time, from classes outside any named
 * module.
 */
module io.jbpf.core {
    requires static transitive org.jspecify;
    requires org.jnrproject.ffi;
    requires org.jnrproject.jffi;
    // For jnr-ffi, which is an automatic module and cannot say itself that it needs these.
    requires org.objectweb.asm;
    requires org.objectweb.asm.commons;
    requires org.objectweb.asm.util;
    requires org.slf4j;

    exports io.jbpf;
    exports io.jbpf.btf;
    exports io.jbpf.csource;
    exports io.jbpf.elf;
    exports io.jbpf.error;
    exports io.jbpf.event;
    exports io.jbpf.fs;
    exports io.jbpf.insn;
    exports io.jbpf.inspect;
    exports io.jbpf.kernel;
    exports io.jbpf.link;
    exports io.jbpf.map;
    exports io.jbpf.netlink;
    exports io.jbpf.object;
    exports io.jbpf.probe;
    exports io.jbpf.program;
    exports io.jbpf.relocation;
    exports io.jbpf.value;

    opens io.jbpf.sys;
}
