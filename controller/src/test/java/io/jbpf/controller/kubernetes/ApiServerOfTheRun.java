package io.jbpf.controller.kubernetes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Starts the API server when the first test asks for it, and ends it after the last one. */
final class ApiServerOfTheRun implements ParameterResolver {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == KubeApiServer.class;
    }

    @Override
    public KubeApiServer resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.create(ApiServerOfTheRun.class))
                .computeIfAbsent(KubeApiServer.class, type -> new Running(temporaryDirectory()), Running.class)
                .server;
    }

    private static Path temporaryDirectory() {
        try {
            return Files.createTempDirectory("kube-apiserver");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Running implements AutoCloseable {
        private final Path directory;
        private final KubeApiServer server;

        private Running(Path directory) {
            this.directory = directory;
            try {
                this.server = KubeApiServer.start(directory);
            } catch (AssertionError | RuntimeException e) {
                delete();
                throw e;
            }
        }

        @Override
        public void close() {
            server.close();
            delete();
        }

        private void delete() {
            try (Stream<Path> files = Files.walk(directory)) {
                List<Path> deepestFirst =
                        files.sorted(Comparator.reverseOrder()).toList();
                for (Path file : deepestFirst) {
                    Files.delete(file);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
