package io.jbpf.programs;

import java.io.File;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/**
 * Remembers that all was found in a directory, for as long as nothing comes into it and nothing goes: then one look at its time is
 * as good as one at each name.
 */
final class WholeDirectory {
    /** After so long no other change has the same time: the kernel's clock for this goes by ticks. */
    private static final long TICKS_MILLIS = 1000;

    private final File directory;

    /** When the directory had changed last when all was found there; 0 if it has to be looked at. */
    private long wholeSince;

    WholeDirectory(Path directory) {
        this.directory = directory.toFile();
    }

    /**
     * {@return whether all is there}
     *
     * @param hasAll looks at each name
     */
    synchronized boolean isWhole(BooleanSupplier hasAll) {
        long changed = directory.lastModified();
        if (changed != 0 && changed == wholeSince) {
            return true;
        }
        long age = System.currentTimeMillis() - changed;
        boolean whole = hasAll.getAsBoolean();
        wholeSince = whole && age > TICKS_MILLIS ? changed : 0;
        return whole;
    }
}
