package io.jbpf.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever bpftool loads of the objects that Debian ships, with the libbpf they were made for or with the newest, jbpf
 * loads: those of xdp-tools, which are files, and those of libbpf-tools, which are inside its programs.
 */
@KernelTest
@RequiresTool({"unshare", "dpkg", "xdp-loader", "tcptracer"})
class DebianObjectsTest {
    @Test
    @RequiresTool(Bpftool.INSTALLED)
    void whateverTheirOwnLibbpfLoadsJbpfLoads(@TempDir Path scratch) throws Exception {
        assertLoadsWhatLoads(new Bpftool(Bpftool.INSTALLED, scratch));
    }

    @Test
    @Tag(KernelSupport.NEWEST)
    @RequiresTool(Bpftool.NEWEST)
    void whateverTheNewestLibbpfLoadsJbpfLoads(@TempDir Path scratch) throws Exception {
        assertLoadsWhatLoads(new Bpftool(Bpftool.NEWEST, scratch));
    }

    private static void assertLoadsWhatLoads(Bpftool bpftool) throws IOException, InterruptedException {
        try (Comparison comparison = new Comparison("debian", bpftool)) {
            for (Map.Entry<String, ElfBytes> object : objects().entrySet()) {
                comparison.add(object.getKey(), object.getValue());
            }
            comparison.print();
            assertThat(comparison.libbpfAhead()).isEmpty();
            assertThat(comparison.loadedByBoth()).isGreaterThanOrEqualTo(60);
        }
    }

    static Map<String, ElfBytes> objects() throws IOException, InterruptedException {
        Map<String, ElfBytes> objects = new TreeMap<>();
        // In libxdp1, which xdp-tools depends on.
        for (Path file : filesOf("libxdp1")) {
            if (file.toString().contains("/bpf/") && file.toString().endsWith(".o")) {
                objects.put(String.valueOf(file.getFileName()), new ElfBytes(Files.readAllBytes(file)));
            }
        }
        for (Path file : filesOf("libbpf-tools")) {
            if (file.startsWith("/usr/sbin") && !Files.isSymbolicLink(file)) {
                List<ElfBytes> embedded = ElfBytes.embeddedIn(Files.readAllBytes(file));
                for (int i = 0; i < embedded.size(); i++) {
                    objects.put(file.getFileName() + (i == 0 ? "" : "." + i), embedded.get(i));
                }
            }
        }
        return objects;
    }

    private static List<Path> filesOf(String debianPackage) throws IOException, InterruptedException {
        return Tool.run("dpkg", "-L", debianPackage)
                .lines()
                .map(Path::of)
                .filter(Files::isRegularFile)
                .toList();
    }
}
