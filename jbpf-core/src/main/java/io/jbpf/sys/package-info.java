/**
 * The one native seam: every system call jbpf makes goes through {@link io.jbpf.sys.SystemCalls}, and nothing outside
 * this package knows that jnr-ffi carries them. Not exported.
 *
 * <p>From the bottom: {@link io.jbpf.sys.SystemCalls} is the calls as the manual lists them, answering a result or a
 * negative errno; {@link io.jbpf.sys.NativeMemory} is memory with an address; {@link io.jbpf.sys.StructLayout} declares
 * a kernel struct once, field by field; {@link io.jbpf.sys.Fd} owns a descriptor; {@link io.jbpf.sys.Bpf} is bpf(2) by
 * command, where an errno becomes an exception that says what was being done.
 */
@NullMarked
package io.jbpf.sys;

import org.jspecify.annotations.NullMarked;
