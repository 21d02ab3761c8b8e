/**
 * Maps as the kernel has them: {@link io.jbpf.map.BpfMap} owns a descriptor and speaks bytes;
 * {@link io.jbpf.map.TypedMap} and {@link io.jbpf.map.PerCpuMap} are views of it that speak Java values by way of a
 * {@link io.jbpf.map.Codec}, {@link io.jbpf.map.LongMap} and {@link io.jbpf.map.PerCpuLongMap} numbers without boxes.
 * {@link io.jbpf.map.EntryCursor} goes through a whole map. The special types have views of their own, such as
 * {@link io.jbpf.map.LpmTrie} and {@link io.jbpf.map.LocalStorage}. A view owns nothing: it works as long as its map is
 * open.
 */
@NullMarked
package io.jbpf.map;

import org.jspecify.annotations.NullMarked;
