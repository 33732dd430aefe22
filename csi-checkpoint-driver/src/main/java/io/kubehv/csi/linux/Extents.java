package io.kubehv.csi.linux;

import com.sun.jna.Memory;
import io.kubehv.csi.linux.libc.LinuxLibc;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A file's extents in order, by ioctl FIEMAP, read some at a time: a file may have more of them than fit into memory.
 * The file may be deleted meanwhile. Close it; not for several threads at once.
 */
public final class Extents implements AutoCloseable {
    /** linux/fiemap.h: struct fiemap without extents, and struct fiemap_extent. */
    private static final int HEADER_BYTES = 32;

    private static final int EXTENT_BYTES = 56;
    private static final int EXTENTS_AT_ONCE = 512;

    private final OpenFile file;
    private final long size;
    private final Memory buffer = new Memory(HEADER_BYTES + (long) EXTENTS_AT_ONCE * EXTENT_BYTES);
    private final Deque<Extent> read = new ArrayDeque<>();
    private long next;
    private boolean isAtEnd;

    private Extents(OpenFile file, long size, long start) {
        this.file = file;
        this.size = size;
        this.next = start;
    }

    /** The extents of that file that end behind that byte; the first of them may begin before it. */
    public static Extents of(Path file, long start) throws SystemCallException {
        long size = FileStatus.of(file).size();
        return new Extents(OpenFile.forReading(file), size, start);
    }

    /** The next one without taking it; null after the last. Its end is within the file. */
    public @Nullable Extent peek() throws SystemCallException {
        while (read.isEmpty() && !isAtEnd) {
            readMore();
        }
        return read.peek();
    }

    /** Takes of the next one what is before that byte; all of it where it ends before. */
    public void skipTo(long end) throws SystemCallException {
        for (Extent extent = peek(); extent != null && extent.offset() < end; extent = peek()) {
            read.remove();
            if (extent.end() > end) {
                read.push(extent.from(end));
                return;
            }
        }
    }

    /** Whether the file has more extents than that; no more of them are read. */
    static boolean areMoreThan(int count, Path file) throws SystemCallException {
        try (Extents extents = of(file, 0)) {
            int seen = 0;
            for (Extent extent = extents.peek(); extent != null && seen <= count; extent = extents.peek()) {
                seen++;
                extents.skipTo(extent.end());
            }
            return seen > count;
        }
    }

    private void readMore() throws SystemCallException {
        if (next >= size) {
            isAtEnd = true;
            return;
        }
        buffer.clear();
        buffer.setLong(0, next);
        buffer.setLong(8, size - next);
        buffer.setInt(16, LinuxLibc.FIEMAP_FLAG_SYNC);
        buffer.setInt(24, EXTENTS_AT_ONCE);
        file.control("FS_IOC_FIEMAP", LinuxLibc.FS_IOC_FIEMAP, buffer);
        int count = buffer.getInt(20);
        isAtEnd = count == 0;
        for (int i = 0; i < count; i++) {
            add(HEADER_BYTES + (long) i * EXTENT_BYTES);
        }
    }

    private void add(long position) {
        long offset = buffer.getLong(position);
        long place = buffer.getLong(position + 8);
        long length = buffer.getLong(position + 16);
        int flags = buffer.getInt(position + 40);
        next = offset + length;
        isAtEnd |= (flags & LinuxLibc.FIEMAP_EXTENT_LAST) != 0;
        // What was allocated and never written reads as zeros, and has no data.
        if ((flags & LinuxLibc.FIEMAP_EXTENT_UNWRITTEN) == 0 && offset < size) {
            boolean known = (flags & LinuxLibc.FIEMAP_PLACE_IS_NO_TELL) == 0;
            Extent extent = new Extent(offset, length, known ? place : Extent.UNKNOWN);
            read.add(extent.end() > size ? extent.until(size) : extent);
        }
    }

    @Override
    public void close() throws SystemCallException {
        buffer.close();
        file.close();
    }
}
