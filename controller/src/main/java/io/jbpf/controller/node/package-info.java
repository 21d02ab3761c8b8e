/**
 * The kernel of this node, as far as pods are concerned.
 *
 * <p>{@link io.jbpf.controller.node.NodePrograms} is all that the rest of the controller knows of BPF: bring the
 * programs of a pod to what its rules say, take them away, read what they counted. Where a pod is in the kernel is found
 * from files alone: its UID names its cgroup directory ({@link io.jbpf.controller.node.PodCgroups}), that lists its
 * processes, and a process leads to its network namespace ({@link io.jbpf.controller.node.PodNetworks}).
 */
@NullMarked
package io.jbpf.controller.node;

import org.jspecify.annotations.NullMarked;
