package io.kubehv.hv.definition;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An export: raw disks and what a machine remembers become a folder of files, or files on a web server.
 *
 * @param manifest what is known before: all but disks and guest state
 * @param format {@code qcow2}, {@code vhdx} or {@code raw}
 * @param disks the disks
 * @param guestStateDirectory the volume with the guest state; null: the VM has none
 * @param memory the guest's memory; null: it is not exported
 * @param target where it goes
 * @param scratchDirectory where a disk is kept while it is uploaded
 */
public record ExportDefinition(
        @JsonProperty(required = true) ExportManifest manifest,
        @JsonProperty(required = true) String format,
        @JsonProperty(required = true) List<Source> disks,
        @Nullable String guestStateDirectory,
        @Nullable Memory memory,
        @JsonProperty(required = true) Target target,
        @JsonProperty(required = true) String scratchDirectory) {

    /** The environment variable of an export's pod that carries the definition. */
    public static final String ENVIRONMENT_VARIABLE = "KUBEHV_EXPORT";

    /** Refuses missing parts. */
    public ExportDefinition {
        Required.value("manifest", manifest);
        Required.text("format", format);
        disks = Required.list(disks);
        Required.value("target", target);
        Required.text("scratchDirectory", scratchDirectory);
    }

    /** Reads what {@link #toJson()} wrote. */
    public static ExportDefinition fromJson(String json) {
        return DefinitionJson.read(json, ExportDefinition.class);
    }

    /** One line of JSON; equal definitions give equal text. */
    public String toJson() {
        return DefinitionJson.write(this);
    }

    /**
     * A guest's memory.
     *
     * @param directory the volume that it is on, with what it is of beside it
     * @param machine the machine that it is of
     */
    public record Memory(
            @JsonProperty(required = true) String directory,
            @JsonProperty(required = true) VirtualMachineDefinition machine) {
        /** Refuses missing parts. */
        public Memory {
            Required.text("directory", directory);
            Required.value("machine", machine);
        }
    }

    /**
     * A disk.
     *
     * @param name its name in the VM
     * @param path the raw file, or a block device
     */
    public record Source(
            @JsonProperty(required = true) String name,
            @JsonProperty(required = true) String path) {
        /** Refuses missing parts. */
        public Source {
            Required.text("name", name);
            Required.text("path", path);
        }
    }

    /** Where an export goes; {@code kind} tells which. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Folder.class, name = "folder"),
        @JsonSubTypes.Type(value = WebFolder.class, name = "web")
    })
    public sealed interface Target permits Folder, WebFolder {}

    /**
     * A folder that is made; one that exists is never written to.
     *
     * @param root where the volume is mounted
     * @param path the folder, from there
     */
    public record Folder(
            @JsonProperty(required = true) String root,
            @JsonProperty(required = true) String path) implements Target {
        /** Refuses missing parts. */
        public Folder {
            Required.text("root", root);
            Required.text("path", path);
        }
    }
}
