package io.jbpf.controller.rules;

import java.time.Duration;
import java.util.Optional;

/**
 * The programs that one pod shall have, and whether their counts are exported.
 *
 * @param syscalls what to count; empty means no counting
 * @param firewall what to let through; empty means no filter
 * @param exportInterval how often the counts are read; empty means they are not exported
 */
public record PodPrograms(
        Optional<SyscallRules> syscalls, Optional<FirewallRules> firewall, Optional<Duration> exportInterval) {
    /** No program at all. */
    public static final PodPrograms NONE = new PodPrograms(Optional.empty(), Optional.empty(), Optional.empty());

    /**
     * Whether any program is asked for.
     *
     * @return false if there is nothing to attach
     */
    public boolean any() {
        return syscalls.isPresent() || firewall.isPresent();
    }

    /**
     * What a pod gets that is selected by both: calls counted for either, packets passed by both, the shorter interval.
     *
     * @param other what the other config asks for
     * @return both together
     */
    public PodPrograms with(PodPrograms other) {
        return new PodPrograms(
                either(syscalls, other.syscalls, SyscallRules::or),
                either(firewall, other.firewall, FirewallRules::and),
                either(exportInterval, other.exportInterval, (a, b) -> a.compareTo(b) <= 0 ? a : b));
    }

    private static <T> Optional<T> either(
            Optional<T> a, Optional<T> b, java.util.function.BinaryOperator<T> whereBoth) {
        if (a.isEmpty()) {
            return b;
        }
        return b.isEmpty() ? a : Optional.of(whereBoth.apply(a.get(), b.get()));
    }
}
