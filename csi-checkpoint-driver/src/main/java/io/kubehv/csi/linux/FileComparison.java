package io.kubehv.csi.linux;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a file was written, told by where its blocks are and without reading them. Two files that never change, of which
 * one came from the other by reflinks, have the same block at a place exactly where nobody wrote: while both hold the
 * block, the file system gives every writer another one.
 */
public final class FileComparison {
    private FileComparison() {}

    /** Is given ranges in order; they neither touch nor overlap. */
    public interface Sink {
        void range(long offset, long length) throws IOException;
    }

    /** The parts of the file that have data, from that byte on. */
    public static void allocated(Path file, long start, Sink sink) throws IOException {
        MergedRanges ranges = new MergedRanges(start, sink);
        try (Extents extents = Extents.of(file, start)) {
            for (Extent extent = extents.peek(); extent != null; extent = extents.peek()) {
                ranges.add(extent.offset(), extent.end());
                extents.skipTo(extent.end());
            }
        }
        ranges.end();
    }

    /**
     * The parts, from that byte on, at which the target was written since the base: those that have other blocks, or
     * have blocks in one of the two only. What the base has beyond the target's end is left out.
     */
    public static void changed(Path base, Path target, long start, Sink sink) throws IOException {
        long size = FileStatus.of(target).size();
        try (Extents before = Extents.of(base, start);
                Extents after = Extents.of(target, start)) {
            changed(before, after, size, start, sink);
        }
    }

    private static void changed(Extents before, Extents after, long size, long start, Sink sink) throws IOException {
        MergedRanges ranges = new MergedRanges(start, sink);
        before.skipTo(start);
        after.skipTo(start);
        for (long end = start; end < size; ) {
            Extent one = before.peek();
            Extent other = after.peek();
            if (one == null && other == null) {
                break;
            }
            long begin = Math.min(offset(one, size), offset(other, size));
            end = Math.min(size, endOfStep(begin, one, other));
            if (begin < end && !isSame(begin, one, other)) {
                ranges.add(begin, end);
            }
            before.skipTo(end);
            after.skipTo(end);
        }
        ranges.end();
    }

    private static long offset(@Nullable Extent extent, long none) {
        return extent == null ? none : extent.offset();
    }

    /** The first byte behind the beginning at which either of the two begins or ends. */
    private static long endOfStep(long begin, @Nullable Extent one, @Nullable Extent other) {
        return Math.min(nextBorder(begin, one), nextBorder(begin, other));
    }

    private static long nextBorder(long begin, @Nullable Extent extent) {
        if (extent == null) {
            return Long.MAX_VALUE;
        }
        return extent.offset() > begin ? extent.offset() : extent.end();
    }

    private static boolean isSame(long begin, @Nullable Extent one, @Nullable Extent other) {
        return one != null
                && other != null
                && one.offset() == begin
                && other.offset() == begin
                && one.place() == other.place()
                && one.place() != Extent.UNKNOWN;
    }

    /** Ranges that touch are one. */
    private static final class MergedRanges {
        private final long start;
        private final Sink sink;
        private long offset = -1;
        private long end = -1;

        MergedRanges(long start, Sink sink) {
            this.start = start;
            this.sink = sink;
        }

        void add(long from, long to) throws IOException {
            long begin = Math.max(from, start);
            if (begin >= to) {
                return;
            }
            if (begin != end) {
                end();
                offset = begin;
            }
            end = to;
        }

        void end() throws IOException {
            if (end > offset) {
                sink.range(offset, end - offset);
            }
        }
    }
}
