package io.kubehv.csi.controller;

import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.linux.FileSystemType;
import io.kubehv.csi.proto.VolumeCapability;
import io.kubehv.csi.proto.VolumeCapability.AccessMode;
import io.kubehv.csi.state.AccessType;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a caller wants to do with a volume, checked and in our words.
 *
 * @param accessType mount or block; CSI allows no volume to be both
 * @param fileSystemType the wish of a caller that mounts; null without one
 */
public record Capabilities(AccessType accessType, @Nullable FileSystemType fileSystemType) {
    /** A volume is on one node, so no mode with several nodes can be served, not even for readers. */
    private static final Set<AccessMode.Mode> MODES = EnumSet.of(
            AccessMode.Mode.SINGLE_NODE_WRITER,
            AccessMode.Mode.SINGLE_NODE_READER_ONLY,
            AccessMode.Mode.SINGLE_NODE_SINGLE_WRITER,
            AccessMode.Mode.SINGLE_NODE_MULTI_WRITER);

    /** Reads the capabilities of one request, which all have to hold for the one volume. */
    public static Capabilities of(List<VolumeCapability> all) {
        if (all.isEmpty()) {
            throw new CsiException.InvalidRequest("volume_capabilities are missing");
        }
        Capabilities first = of(all.getFirst());
        for (VolumeCapability each : all) {
            if (!of(each).equals(first)) {
                throw new CsiException.InvalidRequest(
                        "one volume can't have several access types or file systems: " + all.size() + " were given");
            }
        }
        return first;
    }

    /** Reads one capability. */
    public static Capabilities of(VolumeCapability capability) {
        AccessMode.Mode mode = capability.getAccessMode().getMode();
        if (!MODES.contains(mode)) {
            throw new CsiException.InvalidRequest(
                    "access mode " + mode + " can't be served: a volume is on one node; use ReadWriteOnce");
        }
        return switch (capability.getAccessTypeCase()) {
            case BLOCK -> new Capabilities(AccessType.BLOCK, null);
            case MOUNT ->
                new Capabilities(
                        AccessType.MOUNT,
                        fileSystem(capability.getMount().getFsType()).orElse(null));
            case ACCESSTYPE_NOT_SET -> throw new CsiException.InvalidRequest("the access type is missing");
        };
    }

    private static Optional<FileSystemType> fileSystem(String name) {
        if (name.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(FileSystemType.named(name)
                .orElseThrow(() -> new CsiException.InvalidRequest(
                        "file system \"" + name + "\" can't be made: it is one of ext4 and xfs")));
    }
}
