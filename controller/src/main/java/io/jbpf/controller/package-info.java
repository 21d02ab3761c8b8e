/**
 * The PodConfigMap controller: for every pod that a {@code PodConfigMapConfig} selects, a ConfigMap that describes it
 * and, on the controller's own node, the two BPF programs attached to it. Which part of that a process does is its scope.
 *
 * <p>The rooms, each importing only from those before it:
 *
 * <ul>
 *   <li>{@code text}, {@code settings}: durations, shortened names, the environment;
 *   <li>{@code health}: whether the loops of the process go on;
 *   <li>{@code crd}: the custom resource, from which deploy/crd.yaml is generated;
 *   <li>{@code rules}: what the resources ask for, read strictly and merged per pod; pure;
 *   <li>{@code node}: the kernel of this node: pods to cgroups and network namespaces, programs attached to them;
 *   <li>{@code metrics}: the metric families and the HTTP server they are read from;
 *   <li>{@code election}: which of several replicas acts;
 *   <li>{@code cluster}: the Kubernetes API: caches, ConfigMaps, status;
 *   <li>{@code reconcile}: the queue and the two reconcilers that bring all of it to the wanted state.
 * </ul>
 */
@NullMarked
package io.jbpf.controller;

import org.jspecify.annotations.NullMarked;
