package io.kubehv.hv.checkpoint;

import java.util.ArrayList;
import java.util.List;

/**
 * A part of a disk that was written.
 *
 * @param offset where it begins, in bytes
 * @param length how long it is, in bytes; positive
 */
public record WrittenRange(long offset, long length) {
    /** The first byte that is behind it. */
    public long end() {
        return offset + length;
    }

    /** These ranges, or fewer of them that have more in them than was written: so many at most. */
    static List<WrittenRange> atMost(int most, List<WrittenRange> ranges) {
        List<WrittenRange> few = ranges;
        for (long gap = 1; few.size() > most; gap *= 2) {
            few = joined(few, gap);
        }
        return few;
    }

    /** Those that are not farther apart are one. They are in order. */
    private static List<WrittenRange> joined(List<WrittenRange> ranges, long gap) {
        List<WrittenRange> joined = new ArrayList<>();
        for (WrittenRange range : ranges) {
            WrittenRange last = joined.isEmpty() ? null : joined.getLast();
            if (last != null && range.offset() - last.end() <= gap) {
                joined.set(joined.size() - 1, new WrittenRange(last.offset(), range.end() - last.offset()));
            } else {
                joined.add(range);
            }
        }
        return joined;
    }
}
