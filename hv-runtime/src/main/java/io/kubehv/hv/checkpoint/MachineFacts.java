package io.kubehv.hv.checkpoint;

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
    /** The environment variable of a pod that tells what the memory is of that it goes on from, as JSON. */
    public static final String ENVIRONMENT_VARIABLE = "KUBEHV_MEMORY_OF";

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
            throw new DefinitionException(ENVIRONMENT_VARIABLE + ": " + e.getOriginalMessage(), e);
        }
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
