package io.kubehv.csi.controller;

import io.kubehv.csi.state.VolumeRecord;
import java.io.IOException;
import java.util.Optional;

/** What is going on with a volume on this node; the node service knows. */
public interface VolumeUse {
    /** Something that uses the volume, for a message; empty if nothing does. */
    Optional<String> userOf(VolumeRecord volume) throws IOException;

    /** Something that may use the volume at any moment, staging included, for a message; empty if nothing may. */
    Optional<String> holderOf(VolumeRecord volume) throws IOException;

    /** Brings what users of the volume have written into its file. */
    void flush(VolumeRecord volume) throws IOException;

    /**
     * As {@link #flush}, and makes those wait who would write more, until the result is closed. Of a raw disk only the
     * one who runs on it knows when it is quiet.
     */
    Quiet quiesce(VolumeRecord volume) throws IOException;

    /** A volume that nobody writes, as far as the driver can have it; closing ends that. */
    interface Quiet extends AutoCloseable {
        @Override
        void close() throws IOException;
    }
}
