package io.jbpf.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfBuilder;
import io.jbpf.btf.BtfType;
import io.jbpf.insn.Instruction;
import io.jbpf.insn.InstructionCodec;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.Tool;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The test objects, compiled for machines of the other byte order: the same programs, maps and types are in them. */
@RequiresTool("clang-14")
final class BigEndianObjectTest {
    @TempDir
    Path directory;

    private ObjectSpec compiled(String name) throws Exception {
        Path object = directory.resolve(name + ".bpf.o");
        Tool.run(
                "clang-14",
                "-target",
                "bpfeb",
                "-mcpu=v2",
                "-O2",
                "-g",
                "-std=gnu11",
                "-nostdinc",
                "-c",
                "src/test/bpf/" + name + ".bpf.c",
                "-o",
                object.toString());
        return ObjectSpec.read(object);
    }

    private static List<BtfType> types(Btf btf) {
        List<BtfType> types = new ArrayList<>();
        for (int id = btf.firstId(); id <= btf.lastId(); id++) {
            types.add(btf.type(id));
        }
        return types;
    }

    private static List<Instruction> linked(ObjectSpec spec, String program, Btf kernel) {
        ProgramImage image = spec.link(spec.program(program), new LinkTarget() {
            @Override
            public int mapDescriptor(String mapName) {
                return 3;
            }

            @Override
            public Btf kernelBtf() {
                return kernel;
            }
        });
        assertThat(image.byteOrder()).isEqualTo(spec.byteOrder());
        assertThat(image.failedRelocations()).isEmpty();
        return InstructionCodec.decode(program, program, image.instructions(), image.byteOrder());
    }

    @ParameterizedTest
    @ValueSource(strings = {"core", "core_kernel", "externs", "linking", "loaded_maps", "maps", "types"})
    void hasTheSameProgramsMapsAndTypes(String name) throws Exception {
        ObjectSpec little = TestObjects.read(name);
        ObjectSpec big = compiled(name);
        assertThat(big.byteOrder()).isEqualTo(ByteOrder.BIG_ENDIAN);
        assertThat(big.programs().keySet()).isEqualTo(little.programs().keySet());
        assertThat(big.maps().keySet()).isEqualTo(little.maps().keySet());
        little.maps().forEach((map, spec) -> {
            assertThat(big.map(map).keySize()).isEqualTo(spec.keySize());
            assertThat(big.map(map).valueSize()).isEqualTo(spec.valueSize());
            assertThat(big.map(map).maxEntries()).isEqualTo(spec.maxEntries());
            assertThat(big.map(map).slots()).isEqualTo(spec.slots());
        });
        assertThat(big.variables()).isEqualTo(little.variables());

        Btf btf = big.btf().orElseThrow();
        assertThat(btf.byteOrder()).isEqualTo(ByteOrder.BIG_ENDIAN);
        assertThat(types(btf)).isEqualTo(types(little.btf().orElseThrow()));
        assertThat(types(BtfBuilder.copyOf(btf).build("copy"))).isEqualTo(types(btf));
        assertThat(types(BtfBuilder.copyOf(btf, ByteOrder.LITTLE_ENDIAN).build("copy")))
                .isEqualTo(types(btf));
    }

    @Test
    void programsAreLinkedToTheSameInstructions() throws Exception {
        ObjectSpec little = TestObjects.read("core");
        ObjectSpec big = compiled("core");
        Btf littleKernel = TestObjects.read("core_kernel").btf().orElseThrow();
        Btf bigKernel = compiled("core_kernel").btf().orElseThrow();
        for (String program : List.of("numbers", "types", "enums", "flavours", "agreeing")) {
            assertThat(linked(big, program, bigKernel)).isEqualTo(linked(little, program, littleKernel));
        }
        ObjectSpec littleLinking = TestObjects.read("linking");
        ObjectSpec bigLinking = compiled("linking");
        for (String program : littleLinking.programs().keySet()) {
            assertThat(linked(bigLinking, program, bigKernel)).isEqualTo(linked(littleLinking, program, littleKernel));
        }
    }
}
