package io.jbpf.map;

import io.jbpf.error.BpfException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The CPUs this machine could ever have, which is what the kernel sizes per-CPU values by: not those online now. The set
 * may have gaps; values lie one after the other without them.
 */
public final class PossibleCpus {
    private static final Path FILE = Path.of("/sys/devices/system/cpu/possible");

    private PossibleCpus() {}

    /** {@return how many there are} */
    public static int count() {
        return Holder.COUNT;
    }

    /** Counts a list in the kernel's format: {@code 0-3,8}. */
    static int count(String list) {
        int count = 0;
        for (String range : list.strip().split(",", -1)) {
            String[] ends = range.split("-", 2);
            int first = Integer.parseInt(ends[0]);
            int last = Integer.parseInt(ends[ends.length - 1]);
            if (first < 0 || last < first) {
                throw new NumberFormatException("'" + range + "' is no range of CPUs");
            }
            count += last - first + 1;
        }
        return count;
    }

    private static final class Holder {
        static final int COUNT = read();

        private Holder() {}

        private static int read() {
            try {
                return count(Files.readString(FILE));
            } catch (IOException | NumberFormatException e) {
                throw new BpfException("cannot read the possible CPUs from " + FILE + ": " + e, e);
            }
        }
    }
}
