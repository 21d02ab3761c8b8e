/**
 * Bringing the world to the wanted state, level by level: an event says only which pod or config to look at, never what
 * to do, so that a lost or repeated event ends in the same state.
 *
 * <p>Keys wait in a {@link io.jbpf.controller.reconcile.WorkQueue}, each at most once, and no key is worked on twice at
 * a time. {@link io.jbpf.controller.reconcile.PodReconciler} makes a pod's ConfigMaps and programs;
 * {@link io.jbpf.controller.reconcile.ConfigReconciler} sends it the pods that a changed config concerns and tells the
 * outcome in the config's status.
 */
@NullMarked
package io.jbpf.controller.reconcile;

import org.jspecify.annotations.NullMarked;
