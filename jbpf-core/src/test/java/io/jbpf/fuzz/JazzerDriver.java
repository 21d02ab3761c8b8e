package io.jbpf.fuzz;

/**
 * Where Jazzer comes in: {@code -Djbpf.fuzz.target=ELF} and its like choose the target. Jazzer calls these by name, so
 * nothing of it is needed to compile them.
 */
public final class JazzerDriver {
    private static final FuzzTarget TARGET = FuzzTarget.valueOf(System.getProperty("jbpf.fuzz.target", "OBJECT"));

    private JazzerDriver() {}

    /** One input. What it throws is a finding. */
    public static void fuzzerTestOneInput(byte[] input) {
        TARGET.accept(input);
    }
}
