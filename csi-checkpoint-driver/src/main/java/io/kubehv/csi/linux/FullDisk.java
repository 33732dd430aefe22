package io.kubehv.csi.linux;

import java.io.IOException;
import java.util.Locale;

/** Tells a full file system from other failures, whoever reports it: the kernel to us, to Java, or to a program. */
public final class FullDisk {
    private static final String MESSAGE = "no space left on device";

    private FullDisk() {}

    /** Whether the failure would not have been with more room. */
    public static boolean isCauseOf(IOException failure) {
        return (failure instanceof SystemCallException call && call.isOutOfSpace())
                || String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT).contains(MESSAGE);
    }
}
