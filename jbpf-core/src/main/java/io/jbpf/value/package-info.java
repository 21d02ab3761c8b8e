/**
 * Bytes read as what BTF says they are: a map's value, a data section, a record of a ring buffer.
 *
 * <p>{@link io.jbpf.value.ValueReader} turns bytes of a type into a {@link io.jbpf.value.Value}, a sealed tree with a
 * record per sort of value. A value prints itself as a C initialiser, or becomes plain maps, lists, numbers and strings,
 * ready for any JSON writer, in the shape in which {@code bpftool map dump} shows it.
 *
 * <p>Pure. Types that lie about their size, or never end, give {@link io.jbpf.error.MalformedObjectException}.
 */
@NullMarked
package io.jbpf.value;

import org.jspecify.annotations.NullMarked;
