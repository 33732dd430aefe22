package io.kubehv.launcher;

import io.kubehv.hv.machine.Problem;
import java.util.List;

/** The machine can't be run as it is defined here; trying again without a change is of no use. */
final class LaunchException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<String> lines;

    LaunchException(List<Problem> problems) {
        this(
                "The virtual machine can't be run: ",
                problems.stream().map(Problem::toString).toList());
    }

    LaunchException(String message) {
        this("", List.of(message));
    }

    LaunchException(String prefix, List<String> lines) {
        super(prefix + String.join("; ", lines));
        this.lines = lines.stream().map(line -> prefix + line).toList();
    }

    /** One line a problem. */
    List<String> lines() {
        return lines;
    }
}
