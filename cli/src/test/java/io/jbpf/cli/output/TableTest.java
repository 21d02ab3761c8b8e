package io.jbpf.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TableTest {
    @Test
    void columnsAreAsWideAsTheirWidestCellAndNumbersStandToTheRight() {
        assertThat(Table.of("NAME", ">COUNT")
                        .row("read", 7)
                        .row("clock_nanosleep", 1234567)
                        .lines())
                .containsExactly(
                        "NAME               COUNT", //
                        "read                   7",
                        "clock_nanosleep  1234567");
    }

    @Test
    void noLineEndsInBlanks() {
        assertThat(Table.of("A", "B").row("long", "").lines()).containsExactly("A     B", "long");
    }

    @Test
    void controlCharactersAreShownNotObeyed() {
        assertThat(Table.of("NAME").row("a\u001b[2Jb\nc").lines()).contains("a\\u001b[2Jb\\u000ac");
    }

    @Test
    void aRowMustFitTheColumns() {
        Table table = Table.of("A");

        assertThatThrownBy(() -> table.row(1, 2)).isInstanceOf(IllegalArgumentException.class);
    }
}
