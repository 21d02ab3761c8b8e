package io.jbpf.insn;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DisassemblerTest {
    private static final Disassembler PLAIN = new Disassembler(InstructionNames.PLAIN);

    private static List<Instruction> code(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        return InstructionCodec.decode("test", "code", bytes, ByteOrder.LITTLE_ENDIAN);
    }

    private static String text(String hex) {
        return PLAIN.text(code(hex), 0);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                // 64-bit and 32-bit arithmetic
                "07 01 0000 f8ffffff ; (07) r1 += -8",
                "0f 21 0000 00000000 ; (0f) r1 += r2",
                "0c 21 0000 00000000 ; (0c) w1 += w2",
                "14 01 0000 05000000 ; (14) w1 -= 5",
                "27 01 0000 03000000 ; (27) r1 *= 3",
                "3f 21 0000 00000000 ; (3f) r1 /= r2",
                "3f 21 0100 00000000 ; (3f) r1 s/= r2",
                "34 01 0100 07000000 ; (34) w1 s/= 7",
                "97 01 0000 07000000 ; (97) r1 %= 7",
                "9c 21 0100 00000000 ; (9c) w1 s%= w2",
                "4f 21 0000 00000000 ; (4f) r1 |= r2",
                "57 01 0000 ff000000 ; (57) r1 &= 255",
                "67 01 0000 20000000 ; (67) r1 <<= 32",
                "77 01 0000 20000000 ; (77) r1 >>= 32",
                "c7 01 0000 20000000 ; (c7) r1 s>>= 32",
                "cc 21 0000 00000000 ; (cc) w1 s>>= w2",
                "af 21 0000 00000000 ; (af) r1 ^= r2",
                "87 01 0000 00000000 ; (87) r1 = -r1",
                "84 03 0000 00000000 ; (84) w3 = -w3",
                // copies
                "b7 00 0000 ffffffff ; (b7) r0 = -1",
                "b4 00 0000 01000000 ; (b4) w0 = 1",
                "bf 16 0000 00000000 ; (bf) r6 = r1",
                "bc 16 0000 00000000 ; (bc) w6 = w1",
                "bf 16 0800 00000000 ; (bf) r6 = (s8)r1",
                "bf 16 1000 00000000 ; (bf) r6 = (s16)r1",
                "bf 16 2000 00000000 ; (bf) r6 = (s32)r1",
                "bc 16 0800 00000000 ; (bc) w6 = (s8)w1",
                "bf 16 0100 01000000 ; (bf) r6 = addr_space_cast(r1, 0, 1)",
                "bf 16 0100 00000100 ; (bf) r6 = addr_space_cast(r1, 1, 0)",
                "bf 16 ffff 00000000 ; (bf) r6 = &(void __percpu *)(r1)",
                // byte order
                "dc 01 0000 10000000 ; (dc) r1 = be16 r1",
                "d4 01 0000 20000000 ; (d4) r1 = le32 r1",
                "d7 01 0000 40000000 ; (d7) r1 = bswap64 r1",
                // memory
                "61 12 0800 00000000 ; (61) r2 = *(u32 *)(r1 +8)",
                "69 12 0000 00000000 ; (69) r2 = *(u16 *)(r1 +0)",
                "71 12 ffff 00000000 ; (71) r2 = *(u8 *)(r1 -1)",
                "79 12 7fff 00000000 ; (79) r2 = *(u64 *)(r1 -129)",
                "81 12 0800 00000000 ; (81) r2 = *(s32 *)(r1 +8)",
                "89 12 0800 00000000 ; (89) r2 = *(s16 *)(r1 +8)",
                "91 12 0800 00000000 ; (91) r2 = *(s8 *)(r1 +8)",
                "7b 1a f8ff 00000000 ; (7b) *(u64 *)(r10 -8) = r1",
                "63 1a fcff 00000000 ; (63) *(u32 *)(r10 -4) = r1",
                "7a 0a f8ff ffffffff ; (7a) *(u64 *)(r10 -8) = -1",
                "72 01 0000 07000000 ; (72) *(u8 *)(r1 +0) = 7",
                "c2 00 0000 00000000 ; (c2) nospec",
                // atomics
                "c3 21 0400 00000000 ; (c3) lock *(u32 *)(r1 +4) += r2",
                "db 21 0000 50000000 ; (db) lock *(u64 *)(r1 +0) &= r2",
                "db 21 0000 40000000 ; (db) lock *(u64 *)(r1 +0) |= r2",
                "db 21 0000 a0000000 ; (db) lock *(u64 *)(r1 +0) ^= r2",
                "db 21 0000 01000000 ; (db) r2 = atomic64_fetch_add((u64 *)(r1 +0), r2)",
                "c3 21 0000 51000000 ; (c3) r2 = atomic_fetch_and((u32 *)(r1 +0), r2)",
                "db 21 0000 41000000 ; (db) r2 = atomic64_fetch_or((u64 *)(r1 +0), r2)",
                "db 21 0000 a1000000 ; (db) r2 = atomic64_fetch_xor((u64 *)(r1 +0), r2)",
                "db 21 0000 e1000000 ; (db) r2 = atomic64_xchg((u64 *)(r1 +0), r2)",
                "c3 21 0800 f1000000 ; (c3) r0 = atomic_cmpxchg((u32 *)(r1 +8), r0, r2)",
                "d3 12 0400 00010000 ; (d3) r2 = load_acquire((u8 *)(r1 +4))",
                "cb 21 0400 10010000 ; (cb) store_release((u16 *)(r1 +4), r2)",
                "db 21 0000 02000000 ; (db) BUG_stx_db",
                // packet data as classic BPF reads it
                "30 00 0000 17000000 ; (30) r0 = *(u8 *)skb[23]",
                "28 00 0000 0c000000 ; (28) r0 = *(u16 *)skb[12]",
                "40 20 0000 0e000000 ; (40) r0 = *(u32 *)skb[r2 + 14]",
                // jumps
                "05 00 feff 00000000 ; (05) goto pc-2",
                "06 00 0000 00000100 ; (06) gotol pc+65536",
                "0d 03 0000 00000000 ; (0d) gotox r3",
                "e5 00 0400 00000000 ; (e5) may_goto pc+4",
                "15 01 0500 00000000 ; (15) if r1 == 0x0 goto pc+5",
                "1d 21 0500 00000000 ; (1d) if r1 == r2 goto pc+5",
                "25 01 0500 ffffffff ; (25) if r1 > 0xffffffff goto pc+5",
                "2e 21 0500 00000000 ; (2e) if w1 > w2 goto pc+5",
                "35 01 0500 01000000 ; (35) if r1 >= 0x1 goto pc+5",
                "45 01 0500 01000000 ; (45) if r1 & 0x1 goto pc+5",
                "56 01 0500 01000000 ; (56) if w1 != 0x1 goto pc+5",
                "65 01 f0ff 01000000 ; (65) if r1 s> 0x1 goto pc-16",
                "75 01 0500 01000000 ; (75) if r1 s>= 0x1 goto pc+5",
                "a5 01 0500 01000000 ; (a5) if r1 < 0x1 goto pc+5",
                "bd 21 0500 00000000 ; (bd) if r1 <= r2 goto pc+5",
                "c6 01 0500 01000000 ; (c6) if w1 s< 0x1 goto pc+5",
                "d5 01 0500 01000000 ; (d5) if r1 s<= 0x1 goto pc+5",
                "95 00 0000 00000000 ; (95) exit",
                // calls
                "85 00 0000 01000000 ; (85) call bpf_map_lookup_elem#1",
                "85 00 0000 d3000000 ; (85) call bpf_cgrp_storage_delete#211",
                "85 00 0000 ffff0000 ; (85) call unknown#65535",
                "85 10 0000 0c000000 ; (85) call pc+12",
                "85 20 0000 39300000 ; (85) call unknown#12345",
                // 64-bit loads
                "18 01 0000 78563412 00 00 0000 01000000 ; (18) r1 = 0x112345678",
                "18 01 0000 ffffffff 00 00 0000 ffffffff ; (18) r1 = 0xffffffffffffffff",
                "18 11 0000 05000000 00 00 0000 00000000 ; (18) r1 = map[id:5]",
                "18 21 0000 05000000 00 00 0000 08000000 ; (18) r1 = map[id:5][0]+8",
                "18 31 0000 10000000 00 00 0000 00000000 ; (18) r1 = 0x10",
                "18 41 0000 07000000 00 00 0000 00000000 ; (18) r1 = subprog[+7]",
                "18 51 0000 02000000 00 00 0000 00000000 ; (18) r1 = map[idx:2]",
                "18 61 0000 02000000 00 00 0000 04000000 ; (18) r1 = map[idx:2]+4",
                // no instructions
                "18 01 0000 78563412 ; (18) BUG_ld_18",
                "00 00 0000 00000000 ; (00) BUG_ld_00",
                "ef 00 0000 00000000 ; (ef) BUG_alu_ef",
                "e1 00 0000 00000000 ; (e1) BUG_ldx_e1",
                "42 00 0000 00000000 ; (42) BUG_st_42",
                "9e 00 0000 00000000 ; (9e) BUG_jmp_9e",
                "f5 00 0000 00000000 ; (f5) BUG_jmp_f5"
            })
    void instructionsReadAsTheKernelWritesThem(String hex, String text) {
        assertThat(text(hex)).isEqualTo(text);
    }

    @Test
    void everyOpcodeHasAText() {
        List<String> texts = new ArrayList<>();
        for (int opcode = 0; opcode < 256; opcode++) {
            Instruction any = new Instruction(opcode, 1, 2, (short) 3, 4);
            texts.add(PLAIN.text(List.of(any, any), 0));
        }

        assertThat(texts).allMatch(text -> text.matches("\\([0-9a-f]{2}\\) .+")).doesNotContainNull();
        assertThat(texts).doesNotHaveDuplicates();
    }

    @Test
    void namesAreTheCallers() {
        Disassembler named = new Disassembler(new InstructionNames() {
            @Override
            public Optional<String> function(Instruction call) {
                return Optional.of("f" + call.source());
            }

            @Override
            public String subprogram(Instruction call) {
                return "+1#inner";
            }

            @Override
            public String value(Instruction load, Instruction next) {
                return "&counts";
            }
        });

        assertThat(named.text(code("85 20 0000 01000000"), 0)).isEqualTo("(85) call f2#1");
        assertThat(named.text(code("85 10 0000 01000000"), 0)).isEqualTo("(85) call pc+1#inner");
        assertThat(named.text(code("18 11 0000 05000000 00 00 0000 00000000"), 0))
                .isEqualTo("(18) r1 = &counts");
    }
}
