package io.jbpf.fuzz;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Whatever fuzzing has found once stays mended: a model or a typed error, at once. */
class PastFindingsTest {
    private static final Path FINDINGS = Path.of("src", "test", "resources", "fuzz");

    @TestFactory
    Stream<DynamicTest> each() {
        return Stream.of(FuzzTarget.values()).flatMap(target -> inputs(target)
                .map(input -> dynamicTest(
                        target + " " + input.getFileName(),
                        () -> Assertions.assertTimeoutPreemptively(
                                Duration.ofSeconds(1), () -> target.accept(Files.readAllBytes(input))))));
    }

    private static Stream<Path> inputs(FuzzTarget target) {
        Path directory = FINDINGS.resolve(target.name());
        if (!Files.isDirectory(directory)) {
            return Stream.empty();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return List.copyOf(files.toList()).stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
