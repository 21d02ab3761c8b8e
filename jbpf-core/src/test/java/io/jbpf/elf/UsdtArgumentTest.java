package io.jbpf.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.jbpf.elf.UsdtArgument.Constant;
import io.jbpf.elf.UsdtArgument.InMemory;
import io.jbpf.elf.UsdtArgument.InRegister;
import io.jbpf.error.BpfException;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UsdtArgumentTest {
    private static UsdtRegister register(String name) {
        return UsdtRegister.of(name).orElseThrow();
    }

    private static InMemory memory(int size, boolean signed, String base, long displacement) {
        return new InMemory(size, signed, register(base), Optional.empty(), 1, displacement);
    }

    @Test
    void theFormsOfX86AreUnderstood() {
        assertThat(UsdtArgument.parse("-4@%eax 8@%r15 2@%ax 1@%r8b 8@-8(%rbp)  -4@(%rsp) 4@$5 -8@$-71 8@$0x10"))
                .containsExactly(
                        new InRegister(4, true, register("%eax")),
                        new InRegister(8, false, register("%r15")),
                        new InRegister(2, false, register("%ax")),
                        new InRegister(1, false, register("%r8b")),
                        memory(8, false, "%rbp", -8),
                        memory(4, true, "%rsp", 0),
                        new Constant(4, false, 5),
                        new Constant(8, true, -71),
                        new Constant(8, false, 16));
        assertThat(UsdtArgument.parse("1@-96(%rbp,%rax,8) 1@(%rbp,%rax,2) 4@16(%rsi, %rdi) 4@( %rsi , %rdi )"))
                .containsExactly(
                        new InMemory(1, false, register("%rbp"), Optional.of(register("%rax")), 8, -96),
                        new InMemory(1, false, register("%rbp"), Optional.of(register("%rax")), 2, 0),
                        new InMemory(4, false, register("%rsi"), Optional.of(register("%rdi")), 1, 16),
                        new InMemory(4, false, register("%rsi"), Optional.of(register("%rdi")), 1, 0));
    }

    @Test
    void theFormsOfArmAreUnderstood() {
        assertThat(UsdtArgument.parse("8@x4 -4@w30 8@[sp, 96] -4@[x1] 1@[x29,-8] 4@5 -4@-7"))
                .containsExactly(
                        new InRegister(8, false, register("x4")),
                        new InRegister(4, true, register("w30")),
                        memory(8, false, "sp", 96),
                        memory(4, true, "x1", 0),
                        memory(1, false, "x29", -8),
                        new Constant(4, false, 5),
                        new Constant(4, true, -7));
    }

    @ParameterizedTest
    @CsvSource({
        "%r15, 0",
        "%ebp, 32",
        "%bl, 40",
        "%al, 80",
        "%cx, 88",
        "%rdi, 112",
        "%rip, 128",
        "%spl, 152",
        "x0, 0",
        "w4, 32",
        "x30, 240",
        "sp, 248"
    })
    void registersAreWhereTheKernelHasThem(String name, int offset) {
        assertThat(UsdtRegister.of(name)).contains(new UsdtRegister(name, offset));
    }

    @Test
    void numbersHaveSixtyFourBits() {
        assertThat(UsdtArgument.parse("8@$18446744073709551615 -8@$-9223372036854775808 8@$0xffffffffffffffff"))
                .containsExactly(
                        new Constant(8, false, -1), new Constant(8, true, Long.MIN_VALUE), new Constant(8, false, -1));
        assertThat(UsdtArgument.parse("")).isEmpty();
        assertThat(UsdtArgument.parse("  ")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "8f@%xmm0",
                "8@%xmm0",
                "3@%eax",
                "16@%rax",
                "8@",
                "8",
                "@%rax",
                "%rax",
                "8@symbol(%rip)",
                "8@%rax8@%rbx",
                "8@8(%rax",
                "8@(%rax,%rbx,3)",
                "8@(%rax,%rbx,%rcx)",
                "8@[x1",
                "8@x31",
                "8@%",
                "8@$",
                "8@$99999999999999999999",
                "8@-36893488147419103232(%rax)",
                "8@%ah",
                "8@%-"
            })
    void otherFormsAreRefused(String text) {
        assertThatThrownBy(() -> UsdtArgument.parse("4@%eax " + text))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("of a USDT probe is ('4@%eax " + text + "')");
    }

    @Test
    void thereAreTwelveAtMost() {
        assertThat(UsdtArgument.parse("8@%rax ".repeat(12))).hasSize(12);
        assertThatThrownBy(() -> UsdtArgument.parse("8@%rax ".repeat(13)))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("more than 12 arguments");
    }

    /** Whatever a file says, the answer is arguments or a typed error, soon. */
    @Test
    void anyTextIsReadOrRefused() {
        String letters = "-+0123456789fx@%$()[], \trabcdesip_.\u0000\u00e9";
        String good = "-4@%eax 8@-8(%rbp) 4@8(%rsi,%rdi,4) 8@[sp, 12] 4@$5";
        Random random = new Random(4711);
        Assertions.assertTimeout(Duration.ofSeconds(60), () -> {
            for (int i = 0; i < 100_000; i++) {
                StringBuilder text = new StringBuilder(random.nextBoolean() ? good : "");
                for (int j = random.nextInt(20); j >= 0; j--) {
                    text.insert(random.nextInt(text.length() + 1), letters.charAt(random.nextInt(letters.length())));
                }
                use(text.toString());
            }
            for (String part : new String[] {" ", "8@", "9", "-", "(", "%", "8@(%rax,", "[", "8@%rax", "\n"}) {
                use(part.repeat(100_000));
                use("8@" + part.repeat(100_000));
            }
        });
    }

    private static void use(String text) {
        try {
            assertThat(UsdtArgument.parse(text)).hasSizeLessThanOrEqualTo(UsdtArgument.MOST);
        } catch (BpfException e) {
            assertThat(e.getMessage()).contains("USDT");
        } catch (RuntimeException | Error e) {
            fail("'" + text + "'", e);
        }
    }
}
