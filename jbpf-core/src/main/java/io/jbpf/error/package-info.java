/**
 * What goes wrong, as types. Every floor of the library may throw these; nothing here knows a kernel.
 *
 * <p>{@link io.jbpf.error.BpfException} is the unchecked root. Its children say who refused:
 *
 * <ul>
 *   <li>{@link io.jbpf.error.SystemCallException}: the kernel answered a system call with an errno;
 *   <li>{@link io.jbpf.error.VerifierException}: the verifier read a program and refused it;
 *   <li>{@link io.jbpf.error.MalformedObjectException}: the bytes of an object file or of BTF are wrong, and where;
 *   <li>{@link io.jbpf.error.UnsupportedFeatureException}: this kernel lacks something, and which one has it.
 * </ul>
 *
 * <p>A wrong argument is an {@link IllegalArgumentException}, use after close an {@link IllegalStateException}: those
 * are mistakes in the calling program, not conditions to handle.
 */
@NullMarked
package io.jbpf.error;

import org.jspecify.annotations.NullMarked;
