/**
 * What the running kernel can do, found out by trying: {@link io.jbpf.probe.KernelProbes} loads a program of two or three
 * instructions, or makes a map of one entry, and looks at the answer. The loader's fallbacks rest on these; nothing
 * compares version numbers.
 */
@NullMarked
package io.jbpf.probe;

import org.jspecify.annotations.NullMarked;
