/**
 * What the running kernel says of itself: its types and those of its modules ({@link io.jbpf.kernel.KernelBtf},
 * {@link io.jbpf.kernel.KernelTypes}), the addresses of its symbols ({@link io.jbpf.kernel.KernelSymbols}), how it was
 * configured ({@link io.jbpf.kernel.KernelConfig}) and its version ({@link io.jbpf.kernel.KernelVersion}). Programs ask
 * for these through externs and attach targets; nothing here is read before something asks.
 */
@NullMarked
package io.jbpf.kernel;

import org.jspecify.annotations.NullMarked;
