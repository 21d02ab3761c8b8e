package io.jbpf.testkit;

import io.jbpf.object.ObjectSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The object files that tests bring along, so that none needs a compiler. */
public final class TestObjects {
    private static final String SUFFIX = ".bpf.o";

    private TestObjects() {}

    /**
     * An object of the test resources.
     *
     * @param name its name without {@code .bpf.o}
     */
    public static ObjectSpec read(String name) {
        return ObjectSpec.parse(name, bytes(name));
    }

    /** {@return the names of all objects, sorted; only where the resources lie in a directory, as in this module} */
    public static List<String> names() {
        URL one = Objects.requireNonNull(TestObjects.class.getResource("/bpf/compiler.txt"));
        try (Stream<Path> files = Files.list(Path.of(one.toURI()).resolveSibling("."))) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.endsWith(SUFFIX))
                    .map(name -> name.substring(0, name.length() - SUFFIX.length()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * The bytes of an object of the test resources.
     *
     * @param name its name without {@code .bpf.o}
     */
    public static byte[] bytes(String name) {
        try (InputStream in = TestObjects.class.getResourceAsStream("/bpf/" + name + SUFFIX)) {
            if (in == null) {
                throw new IllegalArgumentException("no test object " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
