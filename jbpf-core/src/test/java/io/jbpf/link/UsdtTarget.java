package io.jbpf.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** The program {@code src/test/native/usdt_target.S}, running: with each byte it passes its probe's two places. */
final class UsdtTarget implements AutoCloseable {
    static final String PROVIDER = "jbpf";
    static final String PROBE = "sample";

    private final Path file;
    private final Process process;

    private UsdtTarget(Path file) throws IOException {
        this.file = file;
        this.process = new ProcessBuilder(file.toString()).start();
    }

    /**
     * Starts one.
     *
     * @param name of the file: with {@code _pie} it is loaded anywhere
     * @param directory where to put it
     */
    static UsdtTarget start(String name, Path directory) throws IOException {
        Path file = directory.resolve(name);
        try (InputStream in = UsdtTarget.class.getResourceAsStream("/elf/" + name)) {
            Files.write(file, in.readAllBytes());
        }
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
        return new UsdtTarget(file);
    }

    Path file() {
        return file;
    }

    int pid() {
        return (int) process.pid();
    }

    /** Lets it pass the places once; answers its semaphore. */
    int pass(int number) throws IOException {
        process.getOutputStream().write(number);
        process.getOutputStream().flush();
        byte[] semaphore = process.getInputStream().readNBytes(2);
        assertThat(semaphore).hasSize(2);
        return (semaphore[0] & 0xff) | (semaphore[1] & 0xff) << 8;
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
