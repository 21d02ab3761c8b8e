package io.jbpf.kernel;

import io.jbpf.error.BpfException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * How a kernel was configured: the lines {@code CONFIG_X=value} of its {@code .config}. What is "not set" is not in it.
 *
 * @param source where it was read, for messages
 * @param values the values as they are written: {@code y}, {@code m}, {@code 250}, {@code 0x10}, {@code "text"}
 */
public record KernelConfig(String source, Map<String, String> values) {
    private static final Path COMPRESSED = Path.of("/proc/config.gz");

    /** A configuration. */
    public KernelConfig {
        values = Collections.unmodifiableMap(new HashMap<>(values));
    }

    /**
     * The value of an option.
     *
     * @param option its name, with {@code CONFIG_}
     * @return the value as written; empty if the option is not set
     */
    public Optional<String> value(String option) {
        return Optional.ofNullable(values.get(option));
    }

    /** The same with some options set otherwise. */
    public KernelConfig with(KernelConfig other) {
        Map<String, String> all = new HashMap<>(values);
        all.putAll(other.values);
        return new KernelConfig(other.source + " and " + source, all);
    }

    /**
     * Reads a configuration.
     *
     * @param source what to call it
     * @param text lines {@code CONFIG_X=value}; other lines count for nothing
     */
    public static KernelConfig parse(String source, String text) {
        try {
            return read(source, new BufferedReader(new StringReader(text)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The configuration of the running kernel: {@code /boot/config-RELEASE}, else {@code /proc/config.gz}
     * (CONFIG_IKCONFIG_PROC). Read once, when first asked for.
     *
     * @throws BpfException if there is neither, or it cannot be read
     */
    public static KernelConfig host() {
        KernelConfig known = Holder.known;
        if (known == null) {
            known = find();
            Holder.known = known;
        }
        return known;
    }

    private static KernelConfig find() {
        Path boot = Path.of("/boot", "config-" + KernelVersion.release());
        for (Path path : List.of(boot, COMPRESSED)) {
            if (Files.exists(path)) {
                try (InputStream file = Files.newInputStream(path);
                        InputStream plain = path.equals(COMPRESSED) ? new GZIPInputStream(file) : file;
                        BufferedReader lines =
                                new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8))) {
                    return read(path.toString(), lines);
                } catch (IOException e) {
                    throw new BpfException("cannot read the kernel's configuration from " + path + ": " + e, e);
                }
            }
        }
        throw new BpfException("the kernel's configuration is neither at " + boot + " nor at " + COMPRESSED
                + " (CONFIG_IKCONFIG_PROC); give it in LoadOptions.withKernelConfig");
    }

    private static KernelConfig read(String source, BufferedReader lines) throws IOException {
        Map<String, String> values = new HashMap<>();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            int equals = line.indexOf('=');
            if (equals > 0 && line.startsWith("CONFIG_")) {
                values.put(line.substring(0, equals), line.substring(equals + 1).strip());
            }
        }
        return new KernelConfig(source, values);
    }

    private static final class Holder {
        static volatile @Nullable KernelConfig known;

        private Holder() {}
    }

    /** {@return where it is from and how many options are set} */
    @Override
    public String toString() {
        return source + " (" + values.size() + " options)";
    }
}
