package io.jbpf.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.jbpf.btf.Btf;
import io.jbpf.error.BpfException;
import io.jbpf.error.MalformedObjectException;
import io.jbpf.testkit.TestObjects;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the bytes are, the answer is an object or a typed error, soon. */
final class DamagedObjectTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int ROUNDS = 700;

    private final Btf kernel = TestObjects.read("core_kernel").btf().orElseThrow();

    /** Reads an object and links all its programs; a typed error is fine, anything else is not. */
    private void use(byte[] bytes, String how) {
        try {
            ObjectSpec spec = ObjectSpec.parse("damaged", bytes);
            for (ProgramSpec program : spec.programs().values()) {
                linkOrRefuse(spec, program);
            }
            spec.variables().values().forEach(v -> assertThat(spec.map(v.sectionName()))
                    .isNotNull());
        } catch (MalformedObjectException e) {
            assertThat(e).hasMessageStartingWith("damaged: ");
        } catch (RuntimeException | Error e) {
            fail(how, e);
        }
    }

    private void linkOrRefuse(ObjectSpec spec, ProgramSpec program) {
        try {
            assertThat(spec.link(program, new LinkTarget() {
                        @Override
                        public int mapDescriptor(String mapName) {
                            return 3;
                        }

                        @Override
                        public Btf kernelBtf() {
                            return kernel;
                        }
                    }))
                    .isNotNull();
        } catch (BpfException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"linking", "maps", "core"})
    void anObjectCutShortAnywhereIsRefused(String name) {
        byte[] whole = TestObjects.bytes(name);
        Assertions.assertTimeout(SOON, () -> {
            for (int length = 0; length < whole.length; length++) {
                byte[] cut = Arrays.copyOf(whole, length);
                assertThatThrownBy(() -> ObjectSpec.parse("cut", cut))
                        .as("%s cut to %d bytes", name, length)
                        .isInstanceOf(MalformedObjectException.class);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"linking", "maps", "core"})
    void flippedBitsAreFoundOrHarmless(String name) {
        byte[] whole = TestObjects.bytes(name);
        Random random = new Random(name.hashCode());
        Assertions.assertTimeout(SOON, () -> {
            for (int round = 0; round < ROUNDS; round++) {
                byte[] bytes = whole.clone();
                int flips = 1 + random.nextInt(3);
                for (int i = 0; i < flips; i++) {
                    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                }
                use(bytes, name + ", round " + round);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"linking", "maps", "core"})
    void wildNumbersAreFoundOrHarmless(String name) {
        byte[] whole = TestObjects.bytes(name);
        int[] wild = {0, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, 1, 0xffff, 0x7fff_fff8};
        Random random = new Random(~name.hashCode());
        Assertions.assertTimeout(SOON, () -> {
            for (int round = 0; round < ROUNDS; round++) {
                byte[] bytes = whole.clone();
                int at = random.nextInt(bytes.length / 4) * 4;
                int number = wild[random.nextInt(wild.length)];
                for (int i = 0; i < 4 && at + i < bytes.length; i++) {
                    bytes[at + i] = (byte) (number >> (8 * i));
                }
                use(bytes, name + ", " + number + " at " + at);
            }
        });
    }

    @Test
    void saysWhatIsWrongAndWhere() {
        assertThatThrownBy(
                        () -> ObjectSpec.parse("notes", "not an object file at all".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(MalformedObjectException.class)
                .hasMessageContaining("notes: ELF header at offset 0: not an ELF file");
        byte[] otherMachine = TestObjects.bytes("linking");
        otherMachine[18] = 62;
        assertThatThrownBy(() -> ObjectSpec.parse("x86", otherMachine))
                .hasMessageContaining("machine 62, not BPF")
                .hasMessageContaining("clang -target bpf");
    }
}
