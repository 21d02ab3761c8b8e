package io.jbpf.csource;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.btf.RandomBtf;
import io.jbpf.testkit.RequiresTool;
import java.nio.ByteOrder;
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
}
