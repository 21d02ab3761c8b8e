/**
 * BTF, the type format of BPF (Documentation/bpf/btf.rst in the kernel tree): what the types of a program, of a kernel
 * or of a module look like.
 *
 * <p>{@link io.jbpf.btf.Btf} is a blob of types. Opening one costs a scan that notes where each type starts; a type is
 * decoded when it is asked for, as one of the records of the sealed {@link io.jbpf.btf.BtfType}. So the 100,000 types
 * of a kernel cost milliseconds. Types refer to each other by id; id 0 is {@code void}.
 *
 * <p>{@link io.jbpf.btf.BtfExt} is what a compiler adds beside it: which instruction belongs to which function, source
 * line, and relocation against the kernel's types (CO-RE). {@link io.jbpf.btf.BtfPatch} edits a copy in place,
 * {@link io.jbpf.btf.BtfBuilder} makes BTF from types, and {@link io.jbpf.btf.BtfSanitiser} turns it into what an older
 * kernel takes.
 *
 * <p>Pure: no kernel, no system call. Damaged bytes give {@link io.jbpf.error.MalformedObjectException}, at the latest
 * when the damaged type is asked for.
 */
@NullMarked
package io.jbpf.btf;

import org.jspecify.annotations.NullMarked;
