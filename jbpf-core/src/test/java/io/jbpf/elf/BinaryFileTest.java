package io.jbpf.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.BpfException;
import io.jbpf.error.MalformedObjectException;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.Tool;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BinaryFileTest {
    private static final Path LIBC = BinaryFile.locate("libc.so.6");

    @Test
    @RequiresTool("nm")
    void everyFunctionIsWhereNmSaysInEachVersion() throws Exception {
        BinaryFile libc = BinaryFile.read(LIBC);
        Map<String, Long> expected = new HashMap<>();
        // 0000000000099940 T memcpy@@GLIBC_2.14; in a library the text is where it is in the file
        for (String line : Tool.run("nm", "--dynamic", "--defined-only", LIBC.toString())
                .lines()
                .toList()) {
            String[] word = line.split(" ", -1);
            if (word.length == 3 && "TW".contains(word[1])) {
                expected.put(word[2], Long.parseLong(word[0], 16));
            }
        }
        assertThat(expected).hasSizeGreaterThan(1000);
        expected.forEach((symbol, address) -> {
            assertThat(libc.fileOffset(symbol)).as(symbol).isEqualTo(address);
            if (symbol.contains("@@")) {
                String bare = symbol.substring(0, symbol.indexOf('@'));
                assertThat(libc.fileOffset(bare)).as(bare).isEqualTo(address);
            }
        });
    }

    @Test
    void patternsFindFunctions() {
        assertThat(BinaryFile.read(LIBC).functions("getp?id"))
                .containsKey("getppid")
                .doesNotContainKey("getpid");
        assertThat(BinaryFile.read(LIBC).functions("getp*id")).containsKeys("getppid", "getpid", "getpgid");
    }

    @Test
    void whatIsNotThereIsNamed() {
        BinaryFile libc = BinaryFile.read(LIBC);
        assertThatThrownBy(() -> libc.fileOffset("no_such_function"))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining(LIBC + " has no function 'no_such_function'");
        assertThatThrownBy(() -> libc.fileOffset("getppid@NO_SUCH"))
                .hasMessageContaining("getppid@NO_SUCH")
                .hasMessageContaining("getppid@GLIBC_");
        assertThatThrownBy(() -> BinaryFile.locate("no_such_library.so"))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("library 'no_such_library.so'");
        assertThatThrownBy(() -> BinaryFile.read(Path.of("/no/such/file"))).hasMessageContaining("/no/such/file");
    }

    @Test
    void aDamagedFileIsRefusedAndNeverCrashes() throws Exception {
        assertThatThrownBy(() -> BinaryFile.parse("x", ByteBuffer.wrap(new byte[100])))
                .isInstanceOf(MalformedObjectException.class);
        byte[] bytes = Files.readAllBytes(BinaryFile.locate("true"));
        for (int cut = 0; cut < bytes.length; cut += Math.max(1, bytes.length / 200)) {
            use(Arrays.copyOf(bytes, cut));
        }
        Random random = new Random(4711);
        for (int i = 0; i < 2000; i++) {
            byte[] damaged = bytes.clone();
            // The section table is at the end, the versions near the beginning.
            for (int j = 0; j < 20; j++) {
                int from = random.nextBoolean() ? 0 : bytes.length - 4096;
                damaged[from + random.nextInt(4096)] = (byte) random.nextInt();
            }
            use(damaged);
        }
    }

    private static void use(byte[] bytes) {
        try {
            BinaryFile file = BinaryFile.parse("damaged", ByteBuffer.wrap(bytes));
            file.functions("*");
            file.usdtProbes("any", "probe");
        } catch (MalformedObjectException e) {
            assertThat(e).hasMessageContaining("damaged");
        }
    }
}
