package io.kubehv.csi.linux;

import java.io.IOException;
import java.util.List;

/** A program that this driver ran failed; the message has its name and what it printed. */
public final class CommandFailedException extends IOException {
    private static final long serialVersionUID = 1L;

    CommandFailedException(List<String> commandLine, String reason) {
        super(String.join(" ", commandLine) + ": " + reason);
    }
}
