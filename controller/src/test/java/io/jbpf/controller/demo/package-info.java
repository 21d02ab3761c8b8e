/**
 * The demonstration behind {@code deploy/demo}: everything between a packet and a Prometheus metric on one machine,
 * without a cluster.
 *
 * <p>What a kubelet and a network plugin would do is done here, for real: a pod of a cgroup, a network namespace, a veth
 * pair and a web server ({@link io.jbpf.controller.demo.DemoPod}). What an API server would do is embedded
 * ({@link io.jbpf.controller.demo.DemoCluster}). The controller between them is the real one, as are its programs, the
 * traffic and the scrape. {@link io.jbpf.controller.demo.Report} says, ✓ or ✗, whether all of it did what the example
 * asks for. Whatever is made belongs to {@link io.jbpf.controller.demo.Belongings}, which takes it away again however the
 * demonstration ends.
 */
@NullMarked
package io.jbpf.controller.demo;

import org.jspecify.annotations.NullMarked;
