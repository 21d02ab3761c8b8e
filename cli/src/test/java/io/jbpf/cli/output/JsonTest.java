package io.jbpf.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class JsonTest {
    private record Model(int mapId, @Nullable String error, List<Integer> all) {}

    @Test
    void aRecordIsOneLineWithNamesAsBpftoolWritesThem() {
        assertThat(Json.line(new Model(7, null, List.of(1, 2))))
                .isEqualTo("{\"map_id\":7,\"error\":null,\"all\":[1,2]}");
    }

    @Test
    void aListIsOneArrayWithOneElementALine() {
        Model model = new Model(7, "a\nb", List.of());

        assertThat(Json.array(List.of(model, model))).isEqualTo("""
                        [
                        {"map_id":7,"error":"a\\nb","all":[]},
                        {"map_id":7,"error":"a\\nb","all":[]}
                        ]""");
        assertThat(Json.array(List.of())).isEqualTo("[]");
    }
}
