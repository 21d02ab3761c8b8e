/**
 * Reading bytes that someone else wrote. Every parser of the library reads through {@link io.jbpf.bytes.ByteView}, so
 * that a wrong length or offset becomes a {@link io.jbpf.error.MalformedObjectException} naming file, section and
 * offset, never an index exception. Not exported: an idea of the parsers, not of their users.
 */
@NullMarked
package io.jbpf.bytes;

import org.jspecify.annotations.NullMarked;
