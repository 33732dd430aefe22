package io.kubehv.hv.definition;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The small devices.
 *
 * @param watchdog what follows when the guest no longer feeds its watchdog; null: it has none
 * @param comPorts serial ports beside the console
 * @param screen the screen; null: none
 * @param timeZone whose time the hardware clock shows at start
 */
public record Devices(
        @Nullable WatchdogAction watchdog,
        List<ComPort> comPorts,
        @Nullable Screen screen,
        @JsonProperty(required = true) String timeZone) {
    /** Refuses missing parts; an absent list is empty. */
    public Devices {
        comPorts = Required.list(comPorts);
        Required.text("timeZone", timeZone);
    }

    /** What follows when the guest no longer feeds its watchdog. */
    public enum WatchdogAction {
        /** The reset button. */
        RESET,
        /** The guest is asked to shut down. */
        SHUTDOWN,
        /** The power is cut. */
        POWEROFF,
        /** The guest stands still. */
        PAUSE
    }

    /**
     * A serial port.
     *
     * @param number 2 to 4, as in COM2
     * @param port the TCP port on the pod's loopback
     */
    public record ComPort(
            @JsonProperty(required = true) int number,
            @JsonProperty(required = true) int port) {}

    /**
     * The screen.
     *
     * @param width pixels a line that it offers first
     * @param height the same, lines
     */
    public record Screen(
            @JsonProperty(required = true) int width,
            @JsonProperty(required = true) int height) {}
}
