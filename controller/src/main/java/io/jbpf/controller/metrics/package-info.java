/**
 * What can be read from the controller over HTTP.
 *
 * <p>The kernel is read when a pod's interval is over ({@link io.jbpf.controller.metrics.PodSampler}), not when somebody
 * scrapes, and the page {@code /metrics} is rendered when something was read or changed
 * ({@link io.jbpf.controller.metrics.PreparedMetrics}), so that it answers at once however many pods there are.
 * Each metric is named in one place, with its help and its labels ({@link io.jbpf.controller.metrics.EbpfMetrics},
 * {@link io.jbpf.controller.metrics.ConfigMetrics}, {@link io.jbpf.controller.metrics.WorkMetrics}); so many processes of
 * a pod have a series and no more ({@code ProcessSeries}).
 */
@NullMarked
package io.jbpf.controller.metrics;

import org.jspecify.annotations.NullMarked;
