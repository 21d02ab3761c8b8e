/**
 * BTF as C. {@link io.jbpf.csource.CHeader} prints a whole BTF, a kernel's say, as the header known as {@code vmlinux.h},
 * or single types with all that they need. What a C compiler makes of the text has the same sizes and offsets again.
 *
 * <p>Three questions have a class each: in which order ({@code CHeader}: a struct that is contained comes first, one that
 * is only pointed to is declared), under which name ({@code CNames}: a name that is taken gets {@code ___2}), and how
 * the members come to lie where they should ({@code CLayout}: padding, {@code packed}, {@code aligned}).
 * {@code CDeclarator} knows C's way of writing pointers to arrays of functions.
 *
 * <p>Pure: no kernel, no compiler.
 */
@NullMarked
package io.jbpf.csource;

import org.jspecify.annotations.NullMarked;
