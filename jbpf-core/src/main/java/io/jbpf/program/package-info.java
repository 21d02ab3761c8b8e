/**
 * Programs as the kernel has them: {@link io.jbpf.program.ProgramLoader} gives a linked image to the verifier and
 * explains its refusal, {@link io.jbpf.program.BpfProgram} owns what was accepted.
 */
@NullMarked
package io.jbpf.program;

import org.jspecify.annotations.NullMarked;
