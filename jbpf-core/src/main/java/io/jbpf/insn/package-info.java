/**
 * The instructions of the BPF machine (RFC 9669; Documentation/bpf/standardization in the kernel tree).
 * {@link io.jbpf.insn.Instruction} is one slot of eight bytes, {@link io.jbpf.insn.Opcodes} has the numbers under the
 * kernel's names, {@link io.jbpf.insn.InstructionCodec} goes from bytes to slots and back.
 *
 * <p>Pure: no kernel, no system call.
 */
@NullMarked
package io.jbpf.insn;

import org.jspecify.annotations.NullMarked;
