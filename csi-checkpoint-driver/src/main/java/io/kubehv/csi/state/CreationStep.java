package io.kubehv.csi.state;

import java.io.IOException;

/** How far the making of a volume has come. */
enum CreationStep {
    /** Its data is there, and closed to other files. */
    SEALED,

    /** Its metadata is written: it is whole, and nobody knows it. */
    DESCRIBED,

    /** It has its place, for now only in memory. */
    RENAMED;

    /** Is told of each step, and may end the making there, as a power cut or a failing disk does. */
    interface Observer {
        void reached(CreationStep step) throws IOException;
    }
}
