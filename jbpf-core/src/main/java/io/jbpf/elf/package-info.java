/**
 * Reading ELF object files, as much of elf(5) as a compiled BPF program has: 64-bit relocatable files of either byte
 * order, their sections, symbols and relocations. {@link io.jbpf.elf.ElfFile} is the way in. It knows nothing of BPF
 * beyond the machine number; what the sections mean is the business of {@code io.jbpf.object}.
 *
 * <p>Pure: bytes in, immutable model out. Whatever the bytes are, the answer is a model or a
 * {@link io.jbpf.error.MalformedObjectException}.
 */
@NullMarked
package io.jbpf.elf;

import org.jspecify.annotations.NullMarked;
