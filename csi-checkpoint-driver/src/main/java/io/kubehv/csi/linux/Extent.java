package io.kubehv.csi.linux;

/**
 * A part of a file that has data of its own; what is between extents reads as zeros.
 *
 * @param offset where it is in the file, in bytes
 * @param length how long it is, in bytes; positive
 * @param place where it is on the device, in bytes; {@link #UNKNOWN} where the file system does not tell
 */
public record Extent(long offset, long length, long place) {
    /** A place that is not the same as any other. */
    public static final long UNKNOWN = -1;

    /** The first byte that is behind it. */
    public long end() {
        return offset + length;
    }

    /** The part of it from that byte on, which is in it. */
    Extent from(long start) {
        long skipped = start - offset;
        return new Extent(start, length - skipped, place == UNKNOWN ? UNKNOWN : place + skipped);
    }

    /** The part of it before that byte, which is in it. */
    Extent until(long newEnd) {
        return new Extent(offset, newEnd - offset, place);
    }
}
