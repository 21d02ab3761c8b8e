package io.jbpf.controller.settings;

import java.time.Duration;

/**
 * How the work is done.
 *
 * @param podWorkers {@code CONTROLLER_POD_WORKERS}: how many pods are reconciled at a time
 * @param configWorkers {@code CONTROLLER_PCMC_WORKERS}: how many configs are reconciled at a time
 * @param maxRetries {@code CONTROLLER_MAX_RETRIES}: how often what failed is tried again before it is left to the next
 *     change or resync
 * @param reconciliationTimeout {@code CONTROLLER_RECONCILIATION_TIMEOUT}: after how long one reconciliation is
 *     interrupted
 * @param resyncPeriod {@code CONTROLLER_RESYNC_PERIOD}: how often everything is looked at again without a cause
 */
public record WorkSettings(
        int podWorkers, int configWorkers, int maxRetries, Duration reconciliationTimeout, Duration resyncPeriod) {

    /** After this {@code /healthz} says that a loop does not get on. */
    public static final Duration STALLED = Duration.ofSeconds(60);

    private static final int MOST_WORKERS = 64;
    private static final int MOST_RETRIES = 1000;
    private static final Duration SHORTEST = Duration.ofSeconds(1);

    static WorkSettings from(Environment environment) {
        Duration timeout = environment.duration(Variable.CONTROLLER_RECONCILIATION_TIMEOUT, SHORTEST);
        if (timeout.compareTo(STALLED) >= 0) {
            throw environment.wrong(
                    Variable.CONTROLLER_RECONCILIATION_TIMEOUT,
                    "must be shorter than " + STALLED.toSeconds() + "s, when /healthz takes a loop for stalled");
        }
        return new WorkSettings(
                environment.number(Variable.CONTROLLER_POD_WORKERS, 1, MOST_WORKERS),
                environment.number(Variable.CONTROLLER_PCMC_WORKERS, 1, MOST_WORKERS),
                environment.number(Variable.CONTROLLER_MAX_RETRIES, 0, MOST_RETRIES),
                timeout,
                environment.duration(Variable.CONTROLLER_RESYNC_PERIOD, SHORTEST));
    }
}
