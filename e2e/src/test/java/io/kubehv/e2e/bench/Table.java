package io.kubehv.e2e.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A table with a title and notes, which prints as aligned Markdown: the first column to the left, the rest to the right. */
final class Table {
    private final String title;
    private final List<String> columns;
    private final List<List<String>> rows = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    Table(String title, String... columns) {
        this.title = title;
        this.columns = List.of(columns);
    }

    Table row(String... cells) {
        if (cells.length != columns.size()) {
            throw new IllegalArgumentException(
                    "%d cells for the %d columns of '%s'".formatted(cells.length, columns.size(), title));
        }
        rows.add(List.of(cells));
        return this;
    }

    /** How it was measured, where a figure of others comes from. */
    Table note(String note) {
        notes.add(note);
        return this;
    }

    String markdown() {
        List<Integer> widths = IntStream.range(0, columns.size())
                .mapToObj(column -> rows.stream()
                        .map(row -> row.get(column).length())
                        .reduce(Math.max(3, columns.get(column).length()), Math::max))
                .toList();
        List<String> lines = new ArrayList<>(List.of("### " + title, "", line(columns, widths), ruler(widths)));
        rows.forEach(row -> lines.add(line(row, widths)));
        notes.forEach(note -> lines.addAll(List.of("", note)));
        return String.join("\n", lines) + "\n";
    }

    private static String line(List<String> cells, List<Integer> widths) {
        return IntStream.range(0, cells.size())
                .mapToObj(column -> (column == 0 ? "%-" : "%")
                        .concat(widths.get(column) + "s")
                        .formatted(cells.get(column)))
                .collect(Collectors.joining(" | ", "| ", " |"));
    }

    private static String ruler(List<Integer> widths) {
        return IntStream.range(0, widths.size())
                .mapToObj(column -> column == 0
                        ? "-".repeat(widths.get(column))
                        : "-".repeat(widths.get(column) - 1).concat(":"))
                .collect(Collectors.joining(" | ", "| ", " |"));
    }
}
