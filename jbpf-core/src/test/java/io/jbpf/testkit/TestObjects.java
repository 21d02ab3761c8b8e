package io.jbpf.testkit;

import io.jbpf.object.ObjectSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The object files that tests bring along, so that none needs a compiler. */
public final class TestObjects {
    private TestObjects() {}

    /**
     * An object of the test resources.
     *
     * @param name its name without {@code .bpf.o}
     */
    public static ObjectSpec read(String name) {
        return ObjectSpec.parse(name, bytes(name));
    }

    /**
     * The bytes of an object of the test resources.
     *
     * @param name its name without {@code .bpf.o}
     */
    public static byte[] bytes(String name) {
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
