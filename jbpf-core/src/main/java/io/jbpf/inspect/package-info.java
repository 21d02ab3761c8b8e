/**
 * What is in the kernel, whoever put it there: the code of loaded programs ({@link io.jbpf.inspect.Disassembly}), what maps
 * hold ({@link io.jbpf.inspect.MapDump}), who keeps an object alive ({@link io.jbpf.inspect.Pins},
 * {@link io.jbpf.inspect.Holders}) and what is attached where ({@link io.jbpf.inspect.NetworkPrograms},
 * {@link io.jbpf.inspect.CgroupTree}). Nothing here changes anything.
 *
 * <p>The kernel goes on while it is looked at. What comes or goes meanwhile is in the answer or is not; what may not be read
 * is named ({@link io.jbpf.inspect.Unreadable}) and spoils nothing else. Lists of all objects are
 * {@link io.jbpf.KernelObjects}.
 */
@NullMarked
package io.jbpf.inspect;

import org.jspecify.annotations.NullMarked;
