package io.kubehv.hv.definition;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.jspecify.annotations.Nullable;

/**
 * What is read of an export besides its disks.
 *
 * @param source where the export is
 * @param guestStateDirectory the volume that gets the guest state; null: there is none
 * @param memoryDirectory the volume that gets the guest's memory; null: there is none. Without either the manifest is read and
 *     checked
 */
public record MachineImportDefinition(
        @JsonProperty(required = true) Source source,
        @Nullable String guestStateDirectory,
        @Nullable String memoryDirectory) {

    /** The environment variable of the pod that carries the definition. */
    public static final String ENVIRONMENT_VARIABLE = "KUBEHV_MACHINE_IMPORT";

    /** Refuses missing parts. */
    public MachineImportDefinition {
        Required.value("source", source);
    }

    /** Reads what {@link #toJson()} wrote. */
    public static MachineImportDefinition fromJson(String json) {
        return DefinitionJson.read(json, MachineImportDefinition.class);
    }

    /** One line of JSON; equal definitions give equal text. */
    public String toJson() {
        return DefinitionJson.write(this);
    }

    /** Where an export is; {@code kind} tells which. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Folder.class, name = "folder"),
        @JsonSubTypes.Type(value = WebFolder.class, name = "web")
    })
    public sealed interface Source permits Folder, WebFolder {}

    /**
     * A folder.
     *
     * @param directory the folder with the manifest
     */
    public record Folder(@JsonProperty(required = true) String directory) implements Source {
        /** Refuses missing parts. */
        public Folder {
            Required.text("directory", directory);
        }
    }
}
