package io.kubehv.hv.checkpoint;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kubehv.hv.definition.DefinitionException;
import io.kubehv.hv.machine.Accelerator;
import org.jspecify.annotations.Nullable;

/**
 * What a memory fits: {@link MemoryFit} says which machines those are. What is null is not known.
 *
 * @param qemuVersion such as 10.0.3
 * @param machineType with its version, such as pc-q35-10.0
 * @param cpuModel QEMU's name of it, such as Nehalem-v1
 * @param accelerator what runs the guest's instructions
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record MachineFacts(
        @Nullable String qemuVersion,
        @Nullable String machineType,
        @Nullable String cpuModel,
        @Nullable Accelerator accelerator) {
    /** Of a memory of which nobody has told anything. */
    public static final MachineFacts UNKNOWN = new MachineFacts(null, null, null, null);

    /** The environment variable of a pod that tells what the memory is of that it goes on from, as JSON. */
    public static final String ENVIRONMENT_VARIABLE = "KUBEHV_MEMORY_OF";

    /** The file beside a memory that tells the same, as JSON. */
    public static final String FILE = "memory-of.json";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /**
     * Reads what {@link #toJson()} wrote.
     *
     * @throws DefinitionException it is something else
     */
    public static MachineFacts fromJson(String json) {
        try {
            return JSON.readValue(json, MachineFacts.class);
        } catch (JsonProcessingException e) {
            throw new DefinitionException("it does not tell what a memory is of: " + e.getOriginalMessage(), e);
        }
    }

    /** Whether nothing is known, so that there is nothing to compare. */
    @JsonIgnore
    public boolean isUnknown() {
        return qemuVersion == null && machineType == null && cpuModel == null && accelerator == null;
    }

    /** One line of JSON. */
    public String toJson() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new DefinitionException("can't write " + this + " as JSON", e);
        }
    }
}
