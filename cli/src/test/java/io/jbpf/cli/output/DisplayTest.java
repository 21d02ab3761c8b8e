package io.jbpf.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class DisplayTest {
    private record Model(int n) {}

    @Test
    void jsonIsOneObjectALine() {
        assertThat(shown(OutputFormat.JSON, true)).isEqualTo("{\"n\":1}\n{\"n\":2}\n");
    }

    @Test
    void tablesFollowEachOtherWhereThereIsNoTerminal() {
        assertThat(shown(OutputFormat.TABLE, false)).isEqualTo("a\nb\n\nc\nd\n\n");
    }

    @Test
    void aTableIsDrawnOverTheOneBeforeOnATerminal() {
        String draw = "\r\u001b[J\u001b[?7l";
        assertThat(shown(OutputFormat.TABLE, true))
                .isEqualTo(draw + "a\nb\n\u001b[?7h" + "\u001b[2A" + draw + "c\nd\n\u001b[?7h");
    }

    @Test
    void saysWhenNobodyReadsAnyMore() {
        PrintWriter closed = new PrintWriter(new StandardOutput(new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        }));
        Display display = new Display(closed, OutputFormat.JSON, false);

        assertThatThrownBy(() -> display.show(new Model(1), List.of())).isInstanceOf(OutputFailure.class);
    }

    private static String shown(OutputFormat format, boolean terminal) {
        StringWriter out = new StringWriter();
        Display display = new Display(new PrintWriter(out), format, terminal);
        display.show(new Model(1), List.of("a", "b"));
        display.show(new Model(2), List.of("c", "d"));
        return out.toString();
    }
}
