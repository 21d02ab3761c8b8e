package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.HashSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SyscallsTest {
    private final Syscalls x86 = Syscalls.of(Architecture.X86_64);
    private final Syscalls arm = Syscalls.of(Architecture.AARCH64);

    @ParameterizedTest
    @CsvSource({
        "read, 0, 63",
        "write, 1, 64",
        "close, 3, 57",
        "openat, 257, 56",
        "getppid, 110, 173",
        "exit_group, 231, 94",
        "clone3, 435, 435",
        "mseal, 462, 462"
    })
    void knowsTheNumbersOfBothArchitectures(String name, int x86Number, int armNumber) {
        assertThat(x86.resolve(name)).isEqualTo(new Syscalls.Resolved(name, name, x86Number));
        assertThat(arm.resolve(name)).isEqualTo(new Syscalls.Resolved(name, name, armNumber));
        assertThat(x86.name(x86Number)).contains(name);
        assertThat(arm.name(armNumber)).contains(name);
    }

    @ParameterizedTest
    @EnumSource
    void noTwoNamesShareANumberAndAllFitTheProgramsTable(Architecture architecture) {
        var numbers = Syscalls.of(architecture).all().values();
        assertThat(new HashSet<>(numbers)).hasSameSizeAs(numbers).hasSizeGreaterThan(300);
        assertThat(numbers).allMatch(number -> number >= 0 && number < SyscallFilter.NUMBERS);
    }

    @ParameterizedTest
    @CsvSource({"open, openat", "stat, newfstatat", "fork, clone", "pipe, pipe2", "poll, ppoll", "dup2, dup3"})
    void aCallThatAarch64DroppedStandsForItsReplacement(String old, String replacement) {
        Syscalls.Resolved call = arm.resolve(old);
        assertThat(call.name()).isEqualTo(replacement);
        assertThat(call.replaced()).isTrue();
        assertThat(x86.resolve(old).replaced()).isFalse();
    }

    @Test
    void aCallWithoutReplacementIsRefusedByName() {
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> arm.resolve("arch_prctl"))
                .withMessage("system call 'arch_prctl' does not exist on aarch64");
    }

    @ParameterizedTest
    @CsvSource({"opnat, openat", "wirte, write", "Read, read", "getpid_, getpid", "epol_wait, epoll_wait"})
    void aMisspeltNameIsRefusedWithTheNearestOnes(String misspelt, String meant) {
        assertThat(x86.nearest(misspelt)).first().isEqualTo(meant);
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> x86.resolve(misspelt))
                .withMessageContaining("unknown system call '" + misspelt + "'")
                .withMessageContaining("did you mean " + meant);
    }

    @Test
    void aNameLikeNoneGetsNoSuggestion() {
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> x86.resolve("frobnicate_everything"))
                .withMessage("unknown system call 'frobnicate_everything'");
    }

    @Test
    void aNumberWithoutNameIsShownAsNumber() {
        assertThat(x86.name(511)).isEmpty();
        assertThat(x86.nameOrNumber(511)).isEqualTo("syscall_511");
        assertThat(x86.nameOrNumber(39)).isEqualTo("getpid");
    }

    @ParameterizedTest
    @CsvSource({"amd64, X86_64", "x86_64, X86_64", "aarch64, AARCH64"})
    void theVirtualMachinesNamesForArchitecturesAreKnown(String name, Architecture architecture) {
        assertThat(Architecture.of(name)).isEqualTo(architecture);
    }

    @Test
    void anotherArchitectureIsRefused() {
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> Architecture.of("riscv64"))
                .withMessageContaining("riscv64");
    }

    @ParameterizedTest
    @CsvSource({
        "COMPAT, X86_64, 5, ia32_open",
        "COMPAT, X86_64, 64, ia32_getppid",
        "COMPAT, X86_64, 462, ia32_mseal",
        "COMPAT, X86_64, 222, ia32_222",
        "COMPAT, X86_64, 65535, compat_unknown",
        "COMPAT, AARCH64, 5, compat_5",
        "X32, X86_64, 512, x32_512",
        "NATIVE, X86_64, 2, open",
        "NATIVE, X86_64, 65535, unknown"
    })
    void aCallHasTheNameOfItsOwnAbi(SyscallAbi abi, Architecture architecture, int number, String name) {
        assertThat(abi.name(architecture, number)).isEqualTo(name);
    }
}
