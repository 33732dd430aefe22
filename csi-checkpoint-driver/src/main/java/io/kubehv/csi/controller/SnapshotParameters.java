package io.kubehv.csi.controller;

import io.kubehv.csi.error.CsiException;
import java.util.Map;

/**
 * The parameters of a VolumeSnapshotClass and of a VolumeGroupSnapshotClass. There are none; a program on the node may ask
 * for a group's copies ahead of its cut.
 */
final class SnapshotParameters {
    /** What the snapshotter adds with --extra-create-metadata. */
    private static final String METADATA_PREFIX = "csi.storage.k8s.io/";

    private static final String AHEAD = "kubehv.io/ahead";

    private SnapshotParameters() {}

    /** Whether nothing is to be cut yet, and what takes long of it is to be done. */
    static boolean asksAhead(Map<String, String> parameters) {
        return "true".equals(parameters.get(AHEAD));
    }

    /** Refuses what would otherwise be ignored. */
    static void check(Map<String, String> parameters) {
        for (String key : parameters.keySet()) {
            if (!key.startsWith(METADATA_PREFIX)) {
                throw new CsiException.InvalidRequest(
                        "parameter \"" + key + "\" is not known: snapshots have none; take it out of the class");
            }
        }
    }
}
