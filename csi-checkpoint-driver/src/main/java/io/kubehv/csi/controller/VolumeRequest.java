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
 * @param source what the volume is to be a copy of; null for an empty one
 * @param placed whether the caller says where the volume has to be
 */
record VolumeRequest(
        String name,
        CapacityRange capacity,
        Contents contents,
        AccessType accessType,
        @Nullable FileSystemType fileSystemType,
        @Nullable Source source,
        boolean placed,
        Map<String, String> claim) {

    /**
     * A volume or a snapshot as the caller names it, which may be on another node or nowhere.
     */
    sealed interface Source {
        /** A clone's source. */
        record OfVolume(String id) implements Source {}

        /** What is to be restored beside the original. */
        record OfSnapshot(String id) implements Source {}
    }

    static VolumeRequest of(CreateVolumeRequest request, NodeTopology topology) {
        RequiredField.require(request.getName(), "name");
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

    private static @Nullable Source source(CreateVolumeRequest request) {
        if (!request.hasVolumeContentSource()) {
            return null;
        }
        VolumeContentSource source = request.getVolumeContentSource();
        return switch (source.getTypeCase()) {
            case VOLUME -> new Source.OfVolume(source.getVolume().getVolumeId());
            case SNAPSHOT -> new Source.OfSnapshot(source.getSnapshot().getSnapshotId());
            case TYPE_NOT_SET -> throw new CsiException.InvalidRequest("the content source names nothing");
        };
    }

    /** Whether a volume that exists is the one that is asked for. */
    boolean isSatisfiedBy(VolumeRecord volume) {
        return CapacityRanges.contains(capacity, volume.sizeBytes())
                && contents == volume.contents()
                && accessType == volume.accessType()
                && (fileSystemType == null || !needsFileSystem() || fileSystemType == volume.fileSystemType())
                && Objects.equals(source, sourceOf(volume));
    }

    private static @Nullable Source sourceOf(VolumeRecord volume) {
        if (volume.snapshot() != null) {
            return new Source.OfSnapshot(volume.snapshot().value());
        }
        return volume.source() == null
                ? null
                : new Source.OfVolume(volume.source().value());
    }

    /** Whether the driver has to make a file system in the volume. */
    boolean needsFileSystem() {
        return accessType == AccessType.MOUNT && contents == Contents.FILESYSTEM;
    }
}
