package io.kubehv.hv.definition;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * Volumes that become what others are.
 *
 * @param volumes which, in the order in which they are copied
 */
public record CopyDefinition(@JsonProperty(required = true) List<Volume> volumes) {

    /** The environment variable of the pod that carries the definition. */
    public static final String ENVIRONMENT_VARIABLE = "KUBEHV_COPY";

    /** Refuses missing parts. */
    public CopyDefinition {
        volumes = Required.list(volumes);
    }

    /** Reads what {@link #toJson()} wrote. */
    public static CopyDefinition fromJson(String json) {
        return DefinitionJson.read(json, CopyDefinition.class);
    }

    /** One line of JSON; equal definitions give equal text. */
    public String toJson() {
        return DefinitionJson.write(this);
    }

    /**
     * One of them.
     *
     * @param name what it is called to people
     * @param source where the one is that is read: a directory, or a block device
     * @param target where the one is that is written: of the same kind
     */
    public record Volume(
            @JsonProperty(required = true) String name,
            @JsonProperty(required = true) String source,
            @JsonProperty(required = true) String target) {
        /** Refuses missing parts. */
        public Volume {
            Required.text("name", name);
            Required.text("source", source);
            Required.text("target", target);
        }
    }
}
