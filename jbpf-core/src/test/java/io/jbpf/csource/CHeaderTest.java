package io.jbpf.csource;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.btf.RandomBtf;
import io.jbpf.testkit.RequiresTool;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@RequiresTool("clang-14")
final class CHeaderTest {
    @Test
    void randomTypesCompileToTheSameSizesAndOffsets(@TempDir Path directory) throws Exception {
        for (long seed = 0; seed < 25; seed++) {
            Btf btf = RandomBtf.of(seed, ByteOrder.LITTLE_ENDIAN, 40);
            CHeader header = CHeader.of(btf);
            Map<String, List<String>> wanted = new TreeMap<>();
            for (int id = 1; id <= btf.lastId(); id++) {
                if (btf.type(id) instanceof Struct struct && !struct.name().isEmpty()) {
                    wanted.put(header.nameOf(id), CompiledHeader.layout(btf, id));
                }
            }
            assertThat(CompiledHeader.compile(directory, header.text(), wanted.keySet()))
                    .as("seed %d: %s", seed, header.text())
                    .isEqualTo(wanted);
        }
    }

    @Test
    void randomSplitTypesCompileAloneAndOnTopOfTheirBase(@TempDir Path directory) throws Exception {
        for (long seed = 0; seed < 15; seed++) {
            Btf split = RandomBtf.split(seed, ByteOrder.LITTLE_ENDIAN, 40);
            Btf base = split.base().orElseThrow();
            CHeader alone = CHeader.of(split);
            CHeader below = CHeader.of(base);
            CHeader onTop = CHeader.onTopOfBase(split, "base.h");
            Files.writeString(directory.resolve("base.h"), below.text());
            Map<String, List<String>> wantedAlone = new TreeMap<>();
            Map<String, List<String>> wantedOnTop = new TreeMap<>();
            for (int id = 1; id <= split.lastId(); id++) {
                if (split.type(id) instanceof Struct struct && !struct.name().isEmpty()) {
                    wantedOnTop.put(onTop.nameOf(id), CompiledHeader.layout(split, id));
                    if (id >= split.firstId()) {
                        wantedAlone.put(alone.nameOf(id), CompiledHeader.layout(split, id));
                    } else {
                        assertThat(onTop.nameOf(id))
                                .as("the name in the base's header")
                                .isEqualTo(below.nameOf(id));
                        assertThat(onTop.text()).doesNotContain(below.nameOf(id) + " {");
                    }
                }
            }
            assertThat(CompiledHeader.compile(directory, alone.text(), wantedAlone.keySet()))
                    .as("seed %d alone: %s", seed, alone.text())
                    .isEqualTo(wantedAlone);
            assertThat(CompiledHeader.compile(directory, onTop.text(), wantedOnTop.keySet()))
                    .as("seed %d on %s: %s", seed, below.text(), onTop.text())
                    .isEqualTo(wantedOnTop);
        }
    }
}
