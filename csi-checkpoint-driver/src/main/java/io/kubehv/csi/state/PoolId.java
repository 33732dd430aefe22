package io.kubehv.csi.state;

/** The handle of something that the pool keeps: what callers name it by, and the name of its directory. */
public sealed interface PoolId permits VolumeId, SnapshotId, GroupId {
    /** The handle as CSI's messages have it. */
    String value();
}
