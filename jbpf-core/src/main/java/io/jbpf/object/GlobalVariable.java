package io.jbpf.object;

/**
 * A global variable of an object file: a part of the one value of a data section's map, or of an arena.
 *
 * @param name its name in C
 * @param sectionName the section it lives in, such as {@code .bss}, or the arena's name; also the name of the map in
 *     {@link ObjectSpec#maps()}
 * @param offset where it starts in the section, in bytes
 * @param size how many bytes it has
 * @param typeId its type in {@link ObjectSpec#btf()}
 */
public record GlobalVariable(String name, String sectionName, int offset, int size, int typeId) {}
