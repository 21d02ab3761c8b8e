package io.jbpf.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.BpfObject;
import io.jbpf.LoadOptions;
import io.jbpf.error.BpfException;
import io.jbpf.inspect.Disassembly;
import io.jbpf.object.ObjectSpec;
import io.jbpf.program.BpfProgram;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is in the kernel after loading everything we have, instruction by instruction as bpftool shows it. */
@KernelTest
@RequiresTool({"clang-19", Bpftool.NEWEST, "dpkg", "xdp-loader", "tcptracer"})
class XlatedDumpTest {
    private static final Pattern MAP_ID = Pattern.compile("map\\[id:\\d+]");

    /** What was compared, but for the numbers of maps. */
    private final Set<String> seen = ConcurrentHashMap.newKeySet();

    private int programs;
    private int instructions;

    @Test
    void everyInstructionReadsAsBpftoolShowsIt() throws Exception {
        for (Map.Entry<String, byte[]> object : objects().entrySet()) {
            compareAll(object.getKey(), object.getValue());
        }
        System.out.println(
                "[jbpf] " + instructions + " instructions of " + programs + " programs as bpftool shows them");
        assertThat(programs).isGreaterThan(200);
    }

    /** The newest instruction set has the most instructions; Debian's objects have the longest programs. */
    private static Map<String, byte[]> objects() throws IOException, InterruptedException {
        Map<String, byte[]> objects = new LinkedHashMap<>();
        TestObjects.names().forEach(name -> objects.put(name, TestObjects.bytes(name)));
        CorpusTest.Compiler newest = new CorpusTest.Compiler("clang-19", "v4");
        try (Stream<Path> sources = Files.list(Path.of("src", "test", "bpf", "corpus"))) {
            for (Path source : sources.filter(file -> file.toString().endsWith(".bpf.c"))
                    .sorted()
                    .toList()) {
                objects.put(source.toString(), Files.readAllBytes(CorpusTest.compiled(newest, source)));
            }
        }
        DebianObjectsTest.objects().forEach((name, object) -> objects.put(name, object.bytes()));
        return objects;
    }

    private void compareAll(String name, byte[] bytes) throws Exception {
        try (BpfObject object = load(name, bytes)) {
            // By two at a time, and one of those that read alike: for each the other process reads all symbols of the
            // kernel.
            List<Dump> dumps = object.programs().values().parallelStream()
                    .flatMap(program -> dump(program).stream())
                    .toList();
            for (Dump dump : dumps) {
                assertThat(dump.ours).as("%s: %s", name, dump.program).isEqualTo(dump.theirs);
                programs++;
                instructions += dump.ours.size();
            }
        } catch (NothingToLoad e) {
            // There to be refused, or in want of something of the caller's.
        }
    }

    private Optional<Dump> dump(BpfProgram program) {
        List<String> ours = Disassembly.of(program).rows().stream()
                .map(row -> "%4d: %s".formatted(row.index(), row.text()))
                .toList();
        boolean isNew = seen.add(MAP_ID.matcher(String.join("\n", ours)).replaceAll("map"));
        return isNew ? Optional.of(new Dump(program.name(), ours, dumped(program))) : Optional.empty();
    }

    private static List<String> dumped(BpfProgram program) {
        String id = Integer.toString(program.info().id());
        try {
            return Tool.run(Bpftool.NEWEST, "prog", "dump", "xlated", "id", id)
                    .lines()
                    .filter(line -> line.matches(" *\\d+: \\(.*"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static BpfObject load(String name, byte[] bytes) throws NothingToLoad {
        try {
            ObjectSpec spec = ObjectSpec.parse(name, bytes);
            return BpfObject.load(BpfObject.check(spec, LoadOptions.DEFAULTS).loadable(spec));
        } catch (BpfException e) {
            throw new NothingToLoad(e);
        }
    }

    private static final class NothingToLoad extends Exception {
        private static final long serialVersionUID = 1L;

        NothingToLoad(BpfException why) {
            super(why);
        }
    }

    private record Dump(String program, List<String> ours, List<String> theirs) {}
}
