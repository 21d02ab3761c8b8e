/**
 * {@code jbpf inspect}: what is loaded in the kernel, and what is in an object file. What the kernel has is shown under
 * bpftool's names for things, so that neither people nor scripts have to learn new ones.
 */
@NullMarked
package io.jbpf.cli.inspect;

import org.jspecify.annotations.NullMarked;
