/**
 * An object file as an editable spec: what a compiler made of a BPF program, before any kernel has seen it.
 *
 * <p>{@link io.jbpf.object.ObjectSpec} is the way in: {@code read} or {@code parse} a file, look at its
 * {@linkplain io.jbpf.object.ProgramSpec programs}, {@linkplain io.jbpf.object.MapSpec maps} and
 * {@linkplain io.jbpf.object.GlobalVariable global variables}, make edited copies with the {@code with…} methods, and
 * {@linkplain io.jbpf.object.ObjectSpec#link link} each program to get the instructions a kernel takes. What linking
 * needs from outside, descriptors of maps and the kernel's types, comes through {@link io.jbpf.object.LinkTarget}.
 *
 * <p>The way of a file: {@code ObjectReader} takes the ELF file apart, {@code MapDefinitions} and {@code DataSections}
 * turn sections into maps, {@code CodeReader} finds functions and what their instructions refer to, {@code Linker} puts
 * a program and its sub-programs together, with {@code io.jbpf.relocation} fitting it to the kernel's types. {@code
 * SectionRule} knows what a section's name says about the programs in it.
 *
 * <p>Pure: plain data, made and tested without a kernel. All specs are immutable.
 */
@NullMarked
package io.jbpf.object;

import org.jspecify.annotations.NullMarked;
