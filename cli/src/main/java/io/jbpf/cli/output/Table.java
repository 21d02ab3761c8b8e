package io.jbpf.cli.output;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows under headings, in columns as wide as their widest cell. */
public final class Table {
    private static final String GAP = "  ";

    private final List<Column> columns;
    private final List<List<String>> rows = new ArrayList<>();

    /** A column: its heading, and whether its cells are numbers, which stand to the right. */
    private record Column(String heading, boolean number) {}

    private Table(List<Column> columns) {
        this.columns = columns;
    }

    /**
     * A table with these columns.
     *
     * @param headings in order; a {@code >} before one makes it a column of numbers
     */
    public static Table of(String... headings) {
        return new Table(Arrays.stream(headings)
                .map(heading ->
                        heading.startsWith(">") ? new Column(heading.substring(1), true) : new Column(heading, false))
                .toList());
    }

    /**
     * Adds a row.
     *
     * @param cells one for each column; control characters in them are shown, not obeyed
     * @return this table
     */
    public Table row(Object... cells) {
        if (cells.length != columns.size()) {
            throw new IllegalArgumentException(cells.length + " cells for " + columns.size() + " columns");
        }
        rows.add(Arrays.stream(cells)
                .map(cell -> Printable.text(String.valueOf(cell)))
                .toList());
        return this;
    }

    /** {@return what stands in a cell for something that may be missing} */
    public static Object cell(@Nullable Object value) {
        return value == null ? "" : value;
    }

    /** {@return whether it has headings only} */
    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** {@return the headings and the rows, each a line without trailing blanks} */
    public List<String> lines() {
        List<String> headings = columns.stream().map(Column::heading).toList();
        int[] widths = new int[columns.size()];
        for (int i = 0; i < widths.length; i++) {
            int column = i;
            widths[i] = Math.max(
                    headings.get(i).length(),
                    rows.stream()
                            .mapToInt(row -> row.get(column).length())
                            .max()
                            .orElse(0));
        }
        List<String> lines = new ArrayList<>();
        lines.add(line(headings, widths));
        rows.forEach(row -> lines.add(line(row, widths)));
        return lines;
    }

    private String line(List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String padding = " ".repeat(widths[i] - cells.get(i).length());
            line.append(i == 0 ? "" : GAP)
                    .append(columns.get(i).number() ? padding + cells.get(i) : cells.get(i) + padding);
        }
        return line.toString().stripTrailing();
    }
}
