package io.kubehv.csi.linux;

import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The extents of a file that nobody changes, kept in memory: 24 bytes for each. */
final class ExtentList {
    private static final int FIELDS = 3;

    private long[] fields = new long[FIELDS * 1024];
    private int count;

    private ExtentList() {}

    /** The file's extents; null where it has more of them than that. */
    static @Nullable ExtentList read(Path file, int most) throws SystemCallException {
        ExtentList list = new ExtentList();
        try (Extents extents = Extents.of(file, 0)) {
            for (Extent extent = extents.peek(); extent != null; extent = extents.peek()) {
                if (list.count == most) {
                    return null;
                }
                list.add(extent);
                extents.skipTo(extent.end());
            }
        }
        return list;
    }

    private void add(Extent extent) {
        int at = count * FIELDS;
        if (at == fields.length) {
            fields = Arrays.copyOf(fields, 2 * fields.length);
        }
        fields[at] = extent.offset();
        fields[at + 1] = extent.length();
        fields[at + 2] = extent.place();
        count++;
    }

    /** From the first on. */
    ExtentCursor cursor() {
        return new ExtentCursor() {
            private int next;
            private @Nullable Extent current;

            @Override
            public @Nullable Extent peek() {
                if (current == null && next < count) {
                    int at = next++ * FIELDS;
                    current = new Extent(fields[at], fields[at + 1], fields[at + 2]);
                }
                return current;
            }

            @Override
            public void skipTo(long end) {
                for (Extent extent = peek(); extent != null && extent.offset() < end; extent = peek()) {
                    current = extent.end() > end ? extent.from(end) : null;
                }
            }
        };
    }
}
