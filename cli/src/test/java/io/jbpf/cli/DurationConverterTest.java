package io.jbpf.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class DurationConverterTest {
    @ParameterizedTest
    @CsvSource({"1s,PT1S", "500ms,PT0.5S", "1m30s,PT1M30S", "1.5s,PT1.5S", "2h,PT2H", "24h,PT24H", "10ms,PT0.01S"})
    void readsDurationsAsKubernetesWritesThem(String text, Duration duration) {
        assertThat(new DurationConverter().convert(text)).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "s", "1s ", "-1s", "1d", "1s2", "1,5s", "9ms", "25h", "999999999h"})
    void refusesEverythingElse(String text) {
        assertThatThrownBy(() -> new DurationConverter().convert(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("'" + text + "'");
    }

    @Test
    void aLongRowOfPartsIsNoTrouble() {
        assertThat(new DurationConverter().convert("1ms".repeat(5000))).isEqualTo(Duration.ofSeconds(5));
    }
}
