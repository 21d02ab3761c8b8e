/**
 * The two file systems BPF lives with: {@link io.jbpf.fs.BpfFs}, where pins keep kernel objects alive, and
 * {@link io.jbpf.fs.TraceFs}, where tracepoints have their numbers. Each is found, checked for what it claims to be, and
 * mounted on request. A directory of bpffs can be locked among processes: {@link io.jbpf.fs.BpffsLock}.
 */
@NullMarked
package io.jbpf.fs;

import org.jspecify.annotations.NullMarked;
