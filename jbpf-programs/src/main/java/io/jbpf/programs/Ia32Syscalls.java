package io.jbpf.programs;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The names of the calls that 32-bit programs make on x86_64: the table is generated from asm/unistd_32.h. */
final class Ia32Syscalls {
    /** From here on a new call has the same number on all architectures: Linux 5.1. */
    private static final int SAME_EVERYWHERE = 424;

    private static final Map<Integer, String> NAMES = read();

    private Ia32Syscalls() {}

    /** {@return the call's name, or its number for one that the table does not have} */
    static String nameOrNumber(int number) {
        String name = NAMES.get(number);
        if (name != null) {
            return name;
        }
        return number < SAME_EVERYWHERE
                ? Integer.toString(number)
                : Syscalls.of(Architecture.X86_64).name(number).orElse(Integer.toString(number));
    }

    private static Map<Integer, String> read() {
        Map<Integer, String> names = new HashMap<>();
        for (String line : Syscalls.lines("syscalls_ia32.txt")) {
            List<String> columns = List.of(line.split(" ", -1));
            names.put(Integer.valueOf(columns.get(1)), columns.get(0));
        }
        return names;
    }
}
