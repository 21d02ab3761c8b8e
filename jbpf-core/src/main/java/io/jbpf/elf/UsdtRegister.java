package io.jbpf.elf;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A register that a probe's argument is in or near, by the name the assembler gives it.
 *
 * @param name {@code %eax} on x86_64; {@code x4}, {@code w4} or {@code sp} on aarch64
 * @param offset where the kernel's {@code struct pt_regs} has the whole of it, in bytes
 */
public record UsdtRegister(String name, int offset) {
    /** {@code struct pt_regs} of arch/x86/include/asm/ptrace.h, in 64-bit words, each with the names of its parts. */
    private static final String X86_64 = """
            r15 r15d r15w r15b
            r14 r14d r14w r14b
            r13 r13d r13w r13b
            r12 r12d r12w r12b
            rbp ebp bp bpl
            rbx ebx bx bl
            r11 r11d r11w r11b
            r10 r10d r10w r10b
            r9 r9d r9w r9b
            r8 r8d r8w r8b
            rax eax ax al
            rcx ecx cx cl
            rdx edx dx dl
            rsi esi si sil
            rdi edi di dil
            -
            rip eip
            -
            -
            rsp esp sp spl
            """;

    private static final Map<String, Integer> OFFSETS = offsets();

    private static Map<String, Integer> offsets() {
        Map<String, Integer> offsets = new HashMap<>();
        int offset = 0;
        for (String line : X86_64.split("\n", -1)) {
            for (String name : line.split(" ", -1)) {
                offsets.put("%" + name, offset);
            }
            offset += Long.BYTES;
        }
        offsets.keySet().removeIf(name -> name.length() < 3);
        // struct user_pt_regs of arch/arm64/include/uapi/asm/ptrace.h
        for (int i = 0; i < 31; i++) {
            offsets.put("x" + i, i * Long.BYTES);
            offsets.put("w" + i, i * Long.BYTES);
        }
        offsets.put("sp", 31 * Long.BYTES);
        return Map.copyOf(offsets);
    }

    /** The register of a name, if it is one that {@code struct pt_regs} has. */
    static Optional<UsdtRegister> of(String name) {
        return Optional.ofNullable(OFFSETS.get(name)).map(offset -> new UsdtRegister(name, offset));
    }
}
