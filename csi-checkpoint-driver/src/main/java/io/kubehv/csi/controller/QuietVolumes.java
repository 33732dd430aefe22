package io.kubehv.csi.controller;

import io.kubehv.csi.state.VolumeRecord;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Several volumes that are quiet at the same time. Closing ends that for all, whatever happens with one of them. */
final class QuietVolumes implements AutoCloseable {
    private final VolumeUse use;
    private final Deque<VolumeUse.Quiet> all = new ArrayDeque<>();

    QuietVolumes(VolumeUse use) {
        this.use = use;
    }

    void add(VolumeRecord volume) throws IOException {
        all.push(use.quiesce(volume));
    }

    @Override
    public void close() throws IOException {
        IOException failure = null;
        while (!all.isEmpty()) {
            failure = end(all.pop(), failure);
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static @Nullable IOException end(VolumeUse.Quiet quiet, @Nullable IOException earlier) {
        try {
            quiet.close();
            return earlier;
        } catch (IOException e) {
            if (earlier != null) {
                e.addSuppressed(earlier);
            }
            return e;
        }
    }
}
