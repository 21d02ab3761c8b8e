package io.jbpf.btf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.btf.BtfType.Enumeration;
import io.jbpf.btf.BtfType.Enumerator;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.elf.ElfFile;
import io.jbpf.testkit.TestObjects;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class BtfBuilderTest {
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;

    static List<String> objects() {
        return TestObjects.names();
    }

    private static byte[] section(String object) {
        return ElfFile.parse(object, TestObjects.bytes(object))
                .section(".BTF")
                .orElseThrow()
                .bytes();
    }

    @ParameterizedTest
    @MethodSource("objects")
    void writesTheTypesOfACompiledObjectByteByByteAsTheCompilerDid(String name) {
        byte[] original = section(name);
        Btf btf = Btf.parse(name, original);
        BtfEncoder encoder = new BtfEncoder(BtfStrings.startingAs(btf), btf.byteOrder());
        types(btf).forEach(encoder::type);
        assertThat(encoder.blob()).isEqualTo(original);
    }

    static List<BtfType> types(Btf btf) {
        return IntStream.rangeClosed(btf.firstId(), btf.lastId())
                .mapToObj(btf::type)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("objects")
    void copiesTheTypesOfACompiledObjectInEitherByteOrder(String name) {
        Btf btf = Btf.parse(name, section(name));
        for (ByteOrder order : List.of(LITTLE, ByteOrder.BIG_ENDIAN)) {
            Btf copy = BtfBuilder.copyOf(btf, order).build("copy");
            assertThat(copy.byteOrder()).isEqualTo(order);
            assertThat(types(copy)).isEqualTo(types(btf));
        }
    }

    @Test
    void whatItEncodesIsParsedAsWhatWasAdded() {
        for (long seed = 0; seed < 200; seed++) {
            ByteOrder order = seed % 2 == 0 ? LITTLE : ByteOrder.BIG_ENDIAN;
            Btf btf = RandomBtf.of(seed, order, 30);
            BtfBuilder copy = BtfBuilder.copyOf(btf);
            assertThat(types(copy.build("copy"))).as("seed %d", seed).isEqualTo(types(btf));
            assertThat(copy.encode())
                    .isEqualTo(BtfBuilder.copyOf(copy.build("copy")).encode());
        }
    }

    @Test
    void storesEachNameOnce() {
        BtfBuilder twice = BtfBuilder.create(LITTLE);
        twice.add(BtfBuilder.signed("number", 4));
        int once = twice.encode().length;
        twice.add(new BtfType.Typedef("number", 1));
        assertThat(twice.encode()).hasSize(once + Btf.COMMON_SIZE);
    }

    @Test
    void splitBtfUsesTheTypesAndNamesOfItsBase() {
        BtfBuilder kernel = BtfBuilder.create(LITTLE);
        int u32 = kernel.add(BtfBuilder.unsigned("u32", 4));
        kernel.add(new Struct("shared", 4, false, List.of(new Member("inner", u32, 0, 0))));
        Btf base = kernel.build("vmlinux");
        BtfBuilder module = BtfBuilder.split(base);
        int pointer = module.add(new BtfType.Pointer(2));
        module.add(new Struct("shared", 8, false, List.of(new Member("inner", pointer, 0, 0))));
        module.add(new Struct("own", 8, false, List.of(new Member("inner", pointer, 0, 0))));
        Btf split = module.build("module");

        assertThat(split.firstId()).isEqualTo(3);
        assertThat(split.base()).containsSame(base);
        assertThat(split.findAll("shared")).containsExactly(2, 4);
        assertThat(split.type(5)).isEqualTo(new Struct("own", 8, false, List.of(new Member("inner", pointer, 0, 0))));
        assertThat(split.ownStrings()).as("of all its names only one is new").hasSize("own".length() + 1);
        assertThat(types(BtfBuilder.copyOf(split).build("copy"))).isEqualTo(types(split));

        BtfBuilder onTop = BtfBuilder.split(split);
        int top = onTop.add(new BtfType.Typedef("own", 5));
        onTop.add(new BtfType.Typedef("u32", top));
        assertThat(onTop.build("top").ownStrings()).isEmpty();
        assertThat(onTop.build("top").typeName(7)).isEqualTo("u32");
    }

    @Test
    void refusesWhatBtfCannotSay() {
        BtfBuilder types = BtfBuilder.create(LITTLE);
        assertThatThrownBy(() -> types.add(new BtfType.VoidType())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> types.set(1, new BtfType.Pointer(0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("type 1 was not added");
        types.add(new Struct("far", 1 << 28, false, List.of(new Member("bits", 1, 1 << 24, 1))));
        assertThatThrownBy(types::encode).hasMessageContaining("'bits' of 'far'");
        types.set(1, new Enumeration("e", 4, false, false, List.of(new Enumerator("LARGE", 1L << 32))));
        assertThatThrownBy(types::encode).hasMessageContaining("'LARGE' of enum 'e' has more than 32 bits");
        types.set(1, new Enumeration("e", 4, false, false, Collections.nCopies(1 << 16, new Enumerator("A", 1))));
        assertThatThrownBy(types::encode).hasMessageContaining("65536");
        types.set(1, new BtfType.Forward("a\0b", false));
        assertThatThrownBy(types::encode).hasMessageContaining("NUL");
    }
}
