/**
 * What can be read from the controller over HTTP.
 *
 * <p>The kernel is read when a pod's interval is over ({@link io.jbpf.controller.metrics.PodSampler}), not when somebody
 * scrapes: {@code /metrics} is made from what was read last, so that it answers at once however many pods there are.
 * Each metric is named in one place, with its help and its labels ({@link io.jbpf.controller.metrics.EbpfMetrics}).
 */
@NullMarked
package io.jbpf.controller.metrics;

import org.jspecify.annotations.NullMarked;
