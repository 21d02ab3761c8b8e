/**
 * The kernel of this node, as far as pods are concerned.
 *
 * <p>{@link io.jbpf.controller.node.NodePrograms} is all that the rest of the controller knows of BPF: bring the
 * programs of a pod to what its rules say, take them away, read what they counted. Where a pod is in the kernel is found
 * from what the API says of it ({@link io.jbpf.controller.node.PodFacts}) by {@link io.jbpf.controller.node.PodDiscovery}: its
 * UID names its cgroup ({@link io.jbpf.controller.node.PodCgroups}), that lists its processes, and these, or its address, lead to
 * its network ({@link io.jbpf.controller.node.PodNetworks}). What is looked for is there, or not yet, or there is a reason that
 * somebody has to do something about: {@link io.jbpf.controller.node.Finding}.
 */
@NullMarked
package io.jbpf.controller.node;

import org.jspecify.annotations.NullMarked;
