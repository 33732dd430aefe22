package io.kubehv.csi.linux;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A copy by reflinks of a file that is being written, begun before the moment that it is to be of. A reflink costs some
 * microseconds an extent, in which nobody writes the file; here it is made a few extents at a time, and at that moment only
 * what was written meanwhile is made anew. What that is, the places of the blocks tell: while the copy holds a block, its
 * writer gets another one. Not for several threads at once.
 */
public final class LiveCopy {
    /** So that writers wait for some milliseconds at a time. */
    private static final int EXTENTS_AT_ONCE = 500;

    /** As long as writers are let in between. */
    private static final long PAUSE_NANOS = 1_000_000;

    /** 6 MiB of memory; of a copy with more of them, the places are read anew. */
    private static final int MOST_IN_MEMORY = 1 << 18;

    private final Path source;
    private final Path target;
    private @Nullable ExtentList places;

    private LiveCopy(Path source, Path target) {
        this.source = source;
        this.target = target;
    }

    /** Whether the file has so many extents that a reflink of it takes long. */
    public static boolean isWorthwhile(Path source, int extents) throws SystemCallException {
        return ExtentList.read(source, extents) == null;
    }

    /** Begins a copy of all of the source, as it is by and by. The target exists and is empty. */
    public static LiveCopy begin(Path source, Path target) throws IOException {
        LiveCopy copy = new LiveCopy(source, target);
        copy.copyAll();
        return copy;
    }

    private void copyAll() throws SystemCallException {
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
                    LockSupport.parkNanos(PAUSE_NANOS);
                    count = 0;
                    begin = -1;
                }
            }
            if (begin >= 0) {
                clone(from, to, begin, end - begin);
            }
        }
        places = ExtentList.read(target, MOST_IN_MEMORY);
    }

    /** Makes the copy what the source is now. Where the source is written meanwhile, it may be what that was or is. */
    public void catchUp() throws IOException {
        update();
        places = ExtentList.read(target, MOST_IN_MEMORY);
    }

    /** The same for the last time: the source is quiet, and the copy is what it is. */
    public Path finish() throws IOException {
        update();
        return target;
    }

    private void update() throws IOException {
        long size = FileStatus.of(source).size();
        ExtentList known = places;
        // They are not the copy's any more once it changes, and where that fails nobody knows what they are.
        places = null;
        try (Extents now = Extents.of(source, 0);
                Extents read = Extents.of(target, 0);
                OpenFile from = OpenFile.forReading(source);
                OpenFile to = OpenFile.forReadingAndWriting(target)) {
            FileComparison.changed(
                    known == null ? read : known.cursor(),
                    now,
                    size,
                    0,
                    (offset, length) -> clone(from, to, offset, length));
        }
    }

    private static void clone(OpenFile from, OpenFile to, long offset, long length) throws SystemCallException {
        to.cloneRange(from, offset, length);
    }
}
