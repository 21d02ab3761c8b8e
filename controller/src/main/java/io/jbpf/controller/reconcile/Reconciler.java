package io.jbpf.controller.reconcile;

import java.time.Duration;
import java.util.Optional;

/**
 * Brings what belongs to a key to the wanted state, whatever it was.
 *
 * @param <K> the keys
 */
@FunctionalInterface
public interface Reconciler<K> {
    /**
     * Does the work. A failure is thrown and tried again, later each time.
     *
     * @param key what to look at
     * @return after how long to look again without a cause; empty if there is no need
     */
    Optional<Duration> reconcile(K key);
}
