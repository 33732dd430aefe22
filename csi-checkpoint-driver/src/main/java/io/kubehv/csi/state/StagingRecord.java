package io.kubehv.csi.state;

/**
 * Where a volume was staged. Unlike the volume's metadata it may be lost or outdated after a power cut, when nothing is
 * mounted any more and the kubelet stages again.
 *
 * @param path the staging path, which for a file or a block device has no mount that could be looked at
 */
public record StagingRecord(String path) {
    /** What the record of a volume says that is not staged. */
    static final StagingRecord NOWHERE = new StagingRecord("");
}
