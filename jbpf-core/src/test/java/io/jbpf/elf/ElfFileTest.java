package io.jbpf.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.MalformedObjectException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class ElfFileTest {
    private static byte[] object() throws IOException {
        try (InputStream in = ElfFileTest.class.getResourceAsStream("/bpf/linking.bpf.o")) {
            return Objects.requireNonNull(in).readAllBytes();
        }
    }

    @Test
    void readsSectionsSymbolsAndRelocations() throws IOException {
        ElfFile elf = ElfFile.parse("linking", object());
        assertThat(elf.byteOrder()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
        ElfSection socket = elf.section("socket").orElseThrow();
        assertThat(socket.isExecutable()).isTrue();
        assertThat(socket.size()).isEqualTo(43 * 8);
        assertThat(elf.section(".bss").orElseThrow().isZeroes()).isTrue();
        assertThat(elf.section(".bss").orElseThrow().bytes()).isEmpty();
        assertThat(elf.relocations(socket))
                .anySatisfy(r -> {
                    assertThat(r.offset()).isEqualTo(0x20);
                    assertThat(elf.symbols().get(r.symbolIndex()).name()).isEqualTo("counts");
                })
                .hasSize(9);
        assertThat(elf.symbols())
                .filteredOn(s -> s.name().equals("concealed"))
                .singleElement()
                .matches(ElfSymbol::isHidden)
                .matches(ElfSymbol::isFunction)
                .matches(s -> !s.isLocal());
    }

    @Test
    void namesThatOverlapWithoutMeasureAreRefused() throws IOException {
        byte[] bytes = object();
        ElfFile elf = ElfFile.parse("linking", bytes);
        assertThat(elf.sections()).isNotEmpty();
        // A symbol table whose names all start somewhere inside one long string: quadratic if decoded one by one.
        byte[] hostile = hostileNames(20_000);
        assertThatThrownBy(() -> ElfFile.parse("hostile", hostile))
                .isInstanceOf(MalformedObjectException.class)
                .hasMessageContaining("overlap");
    }

    /** An ELF file of three sections: none, strings, symbols; symbol n's name starts at byte n of one long string. */
    private static byte[] hostileNames(int symbols) {
        int strings = 64;
        int table = strings + symbols + 1;
        int headers = table + 24 * symbols;
        ByteBuffer file = ByteBuffer.allocate(headers + 3 * 64).order(ByteOrder.LITTLE_ENDIAN);
        file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
        file.putShort(16, (short) 1).putShort(18, (short) ElfFile.EM_BPF).putLong(40, headers);
        file.putShort(58, (short) 64).putShort(60, (short) 3).putShort(62, (short) 1);
        for (int i = 0; i < symbols; i++) {
            file.put(strings + i, (byte) 'x');
            file.putInt(table + 24 * i, i);
        }
        section(file, headers + 64, 3, strings, symbols + 1, 0, 0);
        section(file, headers + 128, ElfSection.SHT_SYMTAB, table, 24 * symbols, 1, 24);
        file.putInt(headers + 64, symbols).putInt(headers + 128, symbols);
        return file.array();
    }

    private static void section(ByteBuffer file, int at, int type, int offset, int size, int link, int entrySize) {
        file.putInt(at + 4, type).putLong(at + 24, offset).putLong(at + 32, size);
        file.putInt(at + 40, link).putLong(at + 56, entrySize);
    }
}
