package io.kubehv.hv.qmp.wire;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What QEMU or a guest agent says. */
public sealed interface QmpMessage {
    /**
     * The first message of a QMP session.
     *
     * @param version as text, such as {@code 10.0.3}
     */
    record Greeting(String version) implements QmpMessage {}

    /**
     * A command was carried out.
     *
     * @param id what the command carried; null if it carried none
     * @param value what the command returns
     */
    record Return(@Nullable String id, JsonNode value) implements QmpMessage {}

    /**
     * A command was refused.
     *
     * @param id what the command carried; null if it carried none or could not be read
     * @param errorClass QEMU's error class
     * @param description QEMU's words
     */
    record Failure(@Nullable String id, String errorClass, String description) implements QmpMessage {}

    /**
     * Something happened.
     *
     * @param name such as {@code SHUTDOWN}
     * @param data the event's fields; an empty object where it has none
     * @param time when, by the host's clock
     */
    record Event(String name, JsonNode data, Instant time) implements QmpMessage {}
}
