/**
 * CO-RE, "compile once, run everywhere": fitting a program to the types of the kernel it meets.
 *
 * <p>A compiler notes for each access of a kernel type which part of which type it meant, and what it asked: where the
 * field lies, how large it is, whether it exists, what an enum's name stands for. {@link
 * io.jbpf.relocation.CoreRelocator} answers these questions from the BTF of a {@link io.jbpf.relocation.CoreTarget}, the
 * kernel and its modules, and rewrites the instructions. {@code AccessPath} is the compiler's note made concrete, {@code
 * Candidates} finds the types that may be meant, {@code PathMatcher} the same path in one of them, {@code
 * TypeCompatibility} says which types may stand for each other, {@code PathValue} computes the answer, and {@code
 * InstructionPatch} puts it into the instruction.
 *
 * <p>What cannot be answered makes its instruction a call that no verifier accepts ("poisons" it), exactly as libbpf
 * does: a program that never gets there on this kernel still loads. {@link io.jbpf.relocation.FailedRelocation} keeps
 * what was wanted, for the day a verifier does get there.
 *
 * <p>The same can be looked at without being carried out: a {@link io.jbpf.relocation.CoreResolution} is one question
 * with what this kernel says to it.
 *
 * <p>Pure: both sides are {@link io.jbpf.btf.Btf}, wherever they come from.
 */
@NullMarked
package io.jbpf.relocation;

import org.jspecify.annotations.NullMarked;
