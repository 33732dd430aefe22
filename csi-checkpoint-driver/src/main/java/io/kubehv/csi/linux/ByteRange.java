package io.kubehv.csi.linux;

/**
 * A part of a file.
 *
 * @param offset where it begins, in bytes; not negative
 * @param length how long it is, in bytes; positive
 */
public record ByteRange(long offset, long length) {
    /** The part of it that is in a file of so many bytes; its length is not positive where there is none. */
    ByteRange within(long size) {
        return new ByteRange(offset, Math.min(length, size - offset));
    }
}
