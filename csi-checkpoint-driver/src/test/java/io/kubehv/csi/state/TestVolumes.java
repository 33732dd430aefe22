package io.kubehv.csi.state;

import java.util.List;
import java.util.Map;

/** Records of volumes that were never given to a driver. */
public final class TestVolumes {
    private TestVolumes() {}

    /** A VM's disk. */
    public static VolumeRecord disk(String name, long bytes) {
        return new VolumeRecord(
                VolumeId.of("node", name),
                name,
                bytes,
                Contents.DISK,
                AccessType.MOUNT,
                null,
                null,
                "2026-01-01T00:00:00Z",
                Map.of(),
                null,
                List.of());
    }
}
