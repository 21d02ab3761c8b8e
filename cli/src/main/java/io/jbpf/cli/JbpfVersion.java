package io.jbpf.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints: jbpf's version, and what it runs on. */
final class JbpfVersion implements IVersionProvider {
    @Override
    public String[] getVersion() throws IOException {
        Properties properties = new Properties();
        try (InputStream in = Objects.requireNonNull(JbpfVersion.class.getResourceAsStream("version.properties"))) {
            properties.load(in);
        }
        return new String[] {
            "jbpf " + properties.getProperty("version"),
            "Java " + System.getProperty("java.version") + ", " + System.getProperty("os.name") + " "
                    + System.getProperty("os.version") + " " + System.getProperty("os.arch")
        };
    }
}
