package io.jbpf.object;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The compiled test programs; their sources are in src/test/bpf. */
final class TestObjects {
    private TestObjects() {}

    static ObjectSpec parse(String name) {
        return ObjectSpec.parse(name, bytes(name));
    }

    static byte[] bytes(String name) {
        try (InputStream in = TestObjects.class.getResourceAsStream("/bpf/" + name + ".bpf.o")) {
            if (in == null) {
                throw new IllegalArgumentException("no test object " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
