package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** The power state that a user asks for. */
public enum PowerState {
    /** The guest runs. */
    @JsonProperty("Running")
    RUNNING,

    /** The guest is shut down in order, and nothing of it is kept but its disks. */
    @JsonProperty("Off")
    OFF,

    /** The guest keeps its memory and gets no processor time. */
    @JsonProperty("Paused")
    PAUSED,

    /** The guest's memory is in a file on a volume, and the VM takes none. */
    @JsonProperty("Saved")
    SAVED;

    /**
     * From its JSON value. YAML 1.1, which kubectl reads, takes an unquoted {@code Off} for the boolean false: the schema
     * lets that in, and here it becomes what its writer meant.
     *
     * @throws IllegalArgumentException for any other value
     */
    @JsonCreator
    static PowerState of(Object value) {
        return Boolean.FALSE.equals(value) ? OFF : valueOf(value.toString().toUpperCase(Locale.ROOT));
    }
}
