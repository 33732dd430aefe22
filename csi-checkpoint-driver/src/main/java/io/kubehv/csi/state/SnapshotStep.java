package io.kubehv.csi.state;

import java.io.IOException;

/** How far the making of a snapshot, or of a group, has come. */
enum SnapshotStep {
    /** What it is to be is written, so that the next process knows whose writers may have to be let go. */
    PLANNED,

    /** Its data and its metadata are on the disk: it is whole, and nobody knows it. */
    DESCRIBED,

    /** It has its place, for now only in memory. */
    RENAMED;

    /** Is told of each step, and may end the making there, as a power cut or a failing disk does. */
    interface Observer {
        void reached(SnapshotStep step) throws IOException;
    }
}
