/**
 * The controller with a thousand pods on one node: real network namespaces, cgroups and processes, a real API server, and the
 * controller as a process of its own in a memory cgroup limited as the manifests say. Run by {@code
 * benchmarks/src/build/pods.sh}.
 */
@org.jspecify.annotations.NullMarked
package io.jbpf.controller.scale;
