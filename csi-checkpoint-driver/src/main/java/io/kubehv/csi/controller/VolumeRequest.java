package io.kubehv.csi.controller;

import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.linux.FileSystemType;
import io.kubehv.csi.proto.CapacityRange;
import io.kubehv.csi.proto.CreateVolumeRequest;
import io.kubehv.csi.proto.VolumeContentSource;
import io.kubehv.csi.state.AccessType;
import io.kubehv.csi.state.Contents;
import io.kubehv.csi.state.VolumeRecord;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A CreateVolumeRequest that contradicts neither itself nor what this driver can do.
 *
 * @param fileSystemType the caller's wish; null leaves it to us
 * @param sourceId the volume to clone as the caller names it; null for an empty one
 * @param placed whether the caller says where the volume has to be
 */
record VolumeRequest(
        String name,
        CapacityRange capacity,
        Contents contents,
        AccessType accessType,
        @Nullable FileSystemType fileSystemType,
        @Nullable String sourceId,
        boolean placed,
        Map<String, String> claim) {

    static VolumeRequest of(CreateVolumeRequest request, NodeTopology topology) {
        if (request.getName().isEmpty()) {
            throw new CsiException.InvalidRequest("the name is missing");
        }
        Capabilities capabilities = Capabilities.of(request.getVolumeCapabilitiesList());
        if (request.hasAccessibilityRequirements() && !topology.satisfies(request.getAccessibilityRequirements())) {
            throw new CsiException.NoSpace("the volume is not wanted on node " + topology.node(), null);
        }
        return new VolumeRequest(
                request.getName(),
                request.getCapacityRange(),
                VolumeParameters.contents(request.getParametersMap(), request.getVolumeAttributesMap()),
                capabilities.accessType(),
                capabilities.fileSystemType(),
                source(request),
                request.hasAccessibilityRequirements(),
                VolumeParameters.claim(request.getParametersMap()));
    }

    private static @Nullable String source(CreateVolumeRequest request) {
        if (!request.hasVolumeContentSource()) {
            return null;
        }
        VolumeContentSource source = request.getVolumeContentSource();
        return switch (source.getTypeCase()) {
            case VOLUME -> source.getVolume().getVolumeId();
            case SNAPSHOT -> throw new CsiException.InvalidRequest("this driver has no snapshots yet: clone a volume");
            case TYPE_NOT_SET -> throw new CsiException.InvalidRequest("the content source names nothing");
        };
    }

    /** Whether a volume that exists is the one that is asked for. */
    boolean isSatisfiedBy(VolumeRecord volume) {
        String volumeSource = volume.source() == null ? null : volume.source().value();
        return CapacityRanges.contains(capacity, volume.sizeBytes())
                && contents == volume.contents()
                && accessType == volume.accessType()
                && (fileSystemType == null || !needsFileSystem() || fileSystemType == volume.fileSystemType())
                && Objects.equals(sourceId, volumeSource);
    }

    /** Whether the driver has to make a file system in the volume. */
    boolean needsFileSystem() {
        return accessType == AccessType.MOUNT && contents == Contents.FILESYSTEM;
    }
}
