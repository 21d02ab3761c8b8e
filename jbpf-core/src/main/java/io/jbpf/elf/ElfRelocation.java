package io.jbpf.elf;

/**
 * A place to be filled in once an address is known ({@code Elf64_Rel} in elf(5); the addend is in the place itself).
 *
 * @param offset the place, in bytes from the start of the section that is relocated
 * @param type how to fill it in, an {@code R_BPF_…} number
 * @param symbolIndex the index of the symbol in the file's symbol table
 */
public record ElfRelocation(long offset, int type, int symbolIndex) {}
