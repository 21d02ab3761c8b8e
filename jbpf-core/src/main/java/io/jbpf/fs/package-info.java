/**
 * The two file systems BPF lives with: {@link io.jbpf.fs.BpfFs}, where pins keep kernel objects alive, and
 * {@link io.jbpf.fs.TraceFs}, where tracepoints have their numbers. Each is found, checked for what it claims to be, and
 * mounted on request.
 */
@NullMarked
package io.jbpf.fs;

import org.jspecify.annotations.NullMarked;
