package io.kubehv.csi.controller;

import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.linux.Reflink;
import io.kubehv.csi.linux.SparseFile;
import io.kubehv.csi.pool.Pool;
import io.kubehv.csi.state.VolumeRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** How a file comes to have another's bytes, in this pool. */
final class ImageCopy {
    private ImageCopy() {}

    /** Refuses a source in use where there are no reflinks: a copy takes its time, and would have some of each moment. */
    static void requireUnused(VolumeRecord source, VolumeUse use, Pool.Mode mode) throws IOException {
        Optional<String> user = mode == Pool.Mode.COPY ? use.userOf(source) : Optional.empty();
        if (user.isPresent()) {
            throw new CsiException.FailedPrecondition("the pool of this node has no reflinks, so only a volume that is"
                    + " not in use can be copied; of " + source.id() + ": " + user.get());
        }
    }

    /** Makes a file with the source's bytes, cut off or continued by a hole at that size. */
    static void make(Path source, Path target, long bytes, Pool.Mode mode) throws IOException {
        SparseFile.create(target, 0);
        switch (mode) {
            case REFLINK -> Reflink.clone(source, target);
            case COPY -> SparseFile.copy(source, target);
        }
        SparseFile.resize(target, bytes);
    }
}
