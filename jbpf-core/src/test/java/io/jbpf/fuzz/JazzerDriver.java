package io.jbpf.fuzz;

import io.jbpf.testkit.TestObjects;
import java.util.List;

/**
 * Where Jazzer comes in: {@code -Djbpf.fuzz.target=ELF} and its like choose the target. Jazzer calls these by name, so
 * nothing of it is needed to compile them.
 */
public final class JazzerDriver {
    private static final FuzzTarget TARGET = FuzzTarget.valueOf(System.getProperty("jbpf.fuzz.target", "OBJECT"));

    private JazzerDriver() {}

    /** Loads classes, and with them Jazzer's instrumentation, which takes longer than an input may. */
    public static void fuzzerInitialize() {
        for (String object : List.of("core", "externs", "loaded_maps", "struct_ops")) {
            TARGET.accept(TestObjects.bytes(object));
        }
        TARGET.accept(new byte[0]);
    }

    /** One input. What it throws is a finding. */
    public static void fuzzerTestOneInput(byte[] input) {
        TARGET.accept(input);
    }
}
