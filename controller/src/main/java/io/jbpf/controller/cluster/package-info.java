/**
 * The Kubernetes API as the controller uses it: caches of what is watched, the ConfigMap that describes a pod, and the
 * status of a config. Only what differs is written, always by server-side apply under one field manager for each role,
 * and nothing is deleted that is not exactly the object that was looked at.
 */
@NullMarked
package io.jbpf.controller.cluster;

import org.jspecify.annotations.NullMarked;
