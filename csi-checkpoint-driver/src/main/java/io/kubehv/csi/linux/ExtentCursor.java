package io.kubehv.csi.linux;

import org.jspecify.annotations.Nullable;

/** A file's extents that have data, in order, one after the other. */
interface ExtentCursor {
    /** The next one without taking it; null after the last. */
    @Nullable
    Extent peek() throws SystemCallException;

    /** Takes of the next ones what is before that byte. */
    void skipTo(long end) throws SystemCallException;
}
