package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PortSetTest {
    @Test
    void readsPortsAndRanges() {
        PortSet ports = PortSet.parse("443, 80,8000-8002,65535");
        assertThat(ports.stream()).containsExactly(80, 443, 8000, 8001, 8002, 65535);
        assertThat(ports).hasToString("80,443,8000-8002,65535").isEqualTo(PortSet.parse(ports.toString()));
        assertThat(ports.size()).isEqualTo(6);
        assertThat(ports.contains(8001)).isTrue();
        assertThat(ports.contains(-1)).isFalse();
    }

    @Test
    void anEmptyListIsTheEmptySet() {
        assertThat(PortSet.parse(" ")).isEqualTo(PortSet.empty()).hasToString("");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "0|port 0 is out of range (1 to 65535)",
                "65536|port 65536 is out of range (1 to 65535)",
                "-1|port -1 is out of range (1 to 65535)",
                "80,,443|'' is not a port (a number from 1 to 65535)",
                "http|'http' is not a port (a number from 1 to 65535)",
                "90-80|port range 90-80 runs backwards",
                "80-99999|port 99999 is out of range (1 to 65535)"
            })
    void saysWhatIsWrong(String list, String complaint) {
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> PortSet.parse(list))
                .withMessage(complaint);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -5, 65_536, Integer.MAX_VALUE})
    void takesNoNumberThatIsNoPort(int port) {
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> PortSet.of(List.of(port)))
                .withMessageContaining("port " + port);
    }
}
