/**
 * What becomes of the controller's promises when its processes, its network and its API server fail: real processes, a real
 * API server, real packets. Run by {@code .ci/failover}, which prints what it saw.
 */
@NullMarked
package io.jbpf.controller.failover;

import org.jspecify.annotations.NullMarked;
