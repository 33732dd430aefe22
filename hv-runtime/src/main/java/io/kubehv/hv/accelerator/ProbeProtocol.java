package io.kubehv.hv.accelerator;

import io.kubehv.hv.accelerator.AcceleratorVerdict.NotUsable;
import io.kubehv.hv.accelerator.AcceleratorVerdict.Reason;
import io.kubehv.hv.accelerator.AcceleratorVerdict.Usable;
import java.util.Optional;

/** The lines that the child prints: {@code ready} right before it runs the guest if it comes so far, then a verdict. */
final class ProbeProtocol {
    static final String READY = "ready";

    private static final String USABLE = "usable";
    private static final String NOT_USABLE = "not-usable";

    private ProbeProtocol() {}

    static String verdict(AcceleratorVerdict verdict) {
        return switch (verdict) {
            case Usable() -> USABLE;
            case NotUsable(Reason reason, String detail) ->
                String.join(" ", NOT_USABLE, reason.name(), detail.replace('\n', ' '));
        };
    }

    /** The verdict in a line, or nothing if it is not one. */
    static Optional<AcceleratorVerdict> parse(String line) {
        if (line.equals(USABLE)) {
            return Optional.of(new Usable());
        }
        String[] parts = line.split(" ", 3);
        if (parts.length < 3 || !parts[0].equals(NOT_USABLE)) {
            return Optional.empty();
        }
        for (Reason reason : Reason.values()) {
            if (reason.name().equals(parts[1])) {
                return Optional.of(new NotUsable(reason, parts[2]));
            }
        }
        return Optional.empty();
    }
}
