/**
 * A Kubernetes API to test against, behind one interface: the one in this process ({@code embedded}), or a real
 * kube-apiserver with its etcd, started on loopback for the run.
 */
@NullMarked
package io.jbpf.controller.kubernetes;

import org.jspecify.annotations.NullMarked;
