package io.jbpf.cli.inspect;

import io.jbpf.error.BpfException;
import io.jbpf.program.BpfProgram;
import java.util.HashMap;
import java.util.Map;

/** The names of programs by their ids, as far as this process may know them. */
final class ProgramNames {
    private final Map<Integer, String> names = new HashMap<>();

    /** {@return the name; empty for a program that has none, has gone, or may not be opened} */
    String of(int id) {
        return id == 0 ? "" : names.computeIfAbsent(id, ProgramNames::read);
    }

    private static String read(int id) {
        try (BpfProgram program = BpfProgram.openById(id)) {
            return program.name();
        } catch (BpfException e) {
            return "";
        }
    }
}
