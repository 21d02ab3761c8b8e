package io.jbpf.controller.failover;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;

/**
 * What is asked for on the command line.
 *
 * @param manifests the directory of the manifests
 * @param seconds how long pods and configs change
 * @param seed what all chance follows from
 * @param outageSeconds how long the API server is away the first time; a few seconds if nothing is said, as the second time
 * @param spoil what is put wrong in the end, to see that it is noticed
 */
record SoakOptions(Path manifests, int seconds, long seed, OptionalInt outageSeconds, Optional<String> spoil) {
    private static final int SECONDS = 1200;
    private static final Set<String> SPOILS = Set.of("pin", "configmap", "rule");

    /** Reads them: the directory first. */
    static SoakOptions of(String... arguments) {
        int seconds = SECONDS;
        long seed = new Random().nextInt(1_000_000);
        OptionalInt outage = OptionalInt.empty();
        Optional<String> spoil = Optional.empty();
        if (arguments.length % 2 == 0) {
            throw new IllegalArgumentException("each option has a value");
        }
        for (int i = 1; i < arguments.length; i += 2) {
            String value = arguments[i + 1];
            switch (arguments[i]) {
                case "--seconds" -> seconds = Integer.parseInt(value);
                case "--seed" -> seed = Long.parseLong(value);
                case "--outage" -> outage = OptionalInt.of(Integer.parseInt(value));
                case "--spoil" -> spoil = Optional.of(value);
                default -> throw new IllegalArgumentException("there is no option " + arguments[i]);
            }
        }
        if (spoil.filter(what -> !SPOILS.contains(what)).isPresent()) {
            throw new IllegalArgumentException("--spoil is one of " + SPOILS);
        }
        return new SoakOptions(Path.of(arguments[0]), seconds, seed, outage, spoil);
    }
}
