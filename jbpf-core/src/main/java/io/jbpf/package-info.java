/**
 * eBPF for the JVM: the face of jbpf-core.
 *
 * <p>A {@code .bpf.o} file becomes an {@link io.jbpf.object.ObjectSpec}, plain data that can be looked at and edited
 * without a kernel. {@link io.jbpf.BpfObject} loads it: maps are made, programs relocated and verified. A program is put
 * in its place by a class of {@link io.jbpf.link}, and what it counts is read through {@link io.jbpf.map.BpfMap}.
 *
 * <pre>{@code
 * ObjectSpec spec = ObjectSpec.read(Path.of("counter.bpf.o"));
 * try (BpfObject object = BpfObject.load(spec);
 *         Link link = RawTracepointLink.attach(object.program("on_sys_enter"), "sys_enter")) {
 *     ...
 *     object.map("counts").typed(Codec.u32(), Codec.u64()).entries().forEach(...);
 * }
 * }</pre>
 *
 * {@link io.jbpf.KernelObjects} lists what anyone has loaded.
 */
@NullMarked
package io.jbpf;

import org.jspecify.annotations.NullMarked;
