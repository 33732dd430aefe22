package io.kubehv.csi.linux;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A copy by reflinks of a file that is being written, begun before the moment that it is to be of. A reflink costs some
 * microseconds an extent, in which nobody writes the file; here it is made a few extents at a time, and at that moment only
 * what was written meanwhile is made anew. What that is, the writer may know; else the places of the blocks tell, which takes
 * the longer the more there are: while the copy holds a block, its writer gets another one. Not for several threads at once.
 */
public final class LiveCopy {
    /** So that writers wait for some milliseconds at a time. */
    private static final int EXTENTS_AT_ONCE = 500;

    /** As long as writers are let in between. */
    private static final long PAUSE_NANOS = 1_000_000;

    private final Path source;
    private final Path target;

    private LiveCopy(Path source, Path target) {
        this.source = source;
        this.target = target;
    }

    /** Whether the file has so many extents that a reflink of it takes long. */
    public static boolean isWorthwhile(Path source, int extents) throws SystemCallException {
        return Extents.areMoreThan(extents, source);
    }

    /**
     * Begins a copy of all of the source, as it is by and by. The target exists and is empty.
     *
     * @param requireWanted runs now and then, and ends it by an exception
     */
    public static LiveCopy begin(Path source, Path target, Runnable requireWanted) throws IOException {
        LiveCopy copy = new LiveCopy(source, target);
        copy.copyAll(requireWanted);
        return copy;
    }

    private void copyAll(Runnable requireWanted) throws SystemCallException {
        try (Extents extents = Extents.of(source, 0);
                OpenFile from = OpenFile.forReading(source);
                OpenFile to = OpenFile.forReadingAndWriting(target)) {
            int count = 0;
            long begin = -1;
            long end = -1;
            for (Extent extent = extents.peek(); extent != null; extent = extents.peek()) {
                begin = begin < 0 ? extent.offset() : begin;
                end = extent.end();
                count++;
                extents.skipTo(end);
                if (count == EXTENTS_AT_ONCE) {
                    clone(from, to, begin, end - begin);
                    requireWanted.run();
                    LockSupport.parkNanos(PAUSE_NANOS);
                    count = 0;
                    begin = -1;
                }
            }
            if (begin >= 0) {
                clone(from, to, begin, end - begin);
            }
        }
    }

    /**
     * Makes the copy what the source is now. Where the source is written meanwhile, it may be what that was or is.
     *
     * @param written all that was written since {@link #begin} or the last call began, or more; null: nobody knows
     */
    public void catchUp(@Nullable List<ByteRange> written) throws IOException {
        try (OpenFile from = OpenFile.forReading(source);
                OpenFile to = OpenFile.forReadingAndWriting(target)) {
            if (written == null) {
                FileComparison.changed(target, source, 0, (offset, length) -> clone(from, to, offset, length));
                return;
            }
            long size = FileStatus.of(source).size();
            for (ByteRange range : written) {
                ByteRange part = range.within(size);
                if (part.length() > 0) {
                    clone(from, to, part.offset(), part.length());
                }
            }
        }
    }

    private static void clone(OpenFile from, OpenFile to, long offset, long length) throws SystemCallException {
        to.cloneRange(from, offset, length);
    }
}
