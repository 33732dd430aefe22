package io.kubehv.hv.definition;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import io.kubehv.hv.checkpoint.MachineFacts;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an export consists of: the file {@code manifest.json}, which is written last. So a folder that has one is whole.
 *
 * @param formatVersion {@link #FORMAT_VERSION} of who wrote it
 * @param export the UID of the Export that it was written for
 * @param exportedAt when, as in RFC 3339
 * @param namespace where the VM was, for people
 * @param name the VM's name
 * @param uuid the VM's UUID, as its guest knows it; null: it has never had one
 * @param macAddresses MAC address by adapter
 * @param labels the VM's labels
 * @param captureState what its disks are: {@code Off}, {@code DataConsistent} or {@code CrashConsistent}
 * @param spec the VM's spec, as in its object
 * @param disks the disks that it writes to
 * @param memory what its guest goes on from; null: the VM starts
 * @param guestState what its firmware and its TPM remember; the TPM's part is encrypted with a key that is not here
 */
public record ExportManifest(
        @JsonProperty(required = true) int formatVersion,
        @JsonProperty(required = true) String export,
        @JsonProperty(required = true) String exportedAt,
        @JsonProperty(required = true) String namespace,
        @JsonProperty(required = true) String name,
        @Nullable String uuid,
        @Nullable Map<String, String> macAddresses,
        @Nullable Map<String, String> labels,
        @JsonProperty(required = true) String captureState,
        @JsonProperty(required = true) JsonNode spec,
        @JsonProperty(required = true) List<PackedDisk> disks,
        List<StateFile> guestState,
        @Nullable PackedMemory memory) {

    /** The newest version of the format that this program reads: 2 came with memory, and what has none is written as 1. */
    public static final int FORMAT_VERSION = 2;

    private static final int WITHOUT_MEMORY = 1;

    /** The manifest's name in the folder. */
    public static final String FILE = "manifest.json";

    /** As Hyper-V names the folders of an export. */
    public static final String DISKS_FOLDER = "Virtual Hard Disks";

    /** As Hyper-V names the folders of an export. */
    public static final String MACHINES_FOLDER = "Virtual Machines";

    /** Where the guest's memory is. */
    public static final String MEMORY_FILE = MACHINES_FOLDER + "/memory";

    /** Where the guest state is below the machines' folder. */
    public static final String GUEST_STATE_FOLDER = MACHINES_FOLDER + "/guest-state";

    /** Names below the folder: nothing that leads out of it. */
    private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9 ._-]*(/[A-Za-z0-9][A-Za-z0-9 ._-]*)*");

    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    /** Refuses missing parts, and paths that lead elsewhere. */
    public ExportManifest {
        Required.text("export", export);
        Required.text("namespace", namespace);
        Required.text("name", name);
        Required.text("captureState", captureState);
        Required.value("spec", spec);
        disks = Required.list(disks);
        guestState = Required.list(guestState);
    }

    /**
     * Reads what {@link #toJson()} wrote.
     *
     * @throws DefinitionException for what this version does not know: it would not be the VM that was exported
     */
    public static ExportManifest fromJson(String json) {
        ExportManifest manifest;
        try {
            manifest = DefinitionJson.read(json, ExportManifest.class);
        } catch (DefinitionException e) {
            int version = DefinitionJson.number(json, "formatVersion");
            throw version > FORMAT_VERSION ? newer(version) : e;
        }
        if (manifest.formatVersion() > FORMAT_VERSION) {
            throw newer(manifest.formatVersion());
        }
        if (manifest.formatVersion() < 1) {
            throw new DefinitionException(
                    "field \"formatVersion\" is " + manifest.formatVersion() + "; it must be 1 or more");
        }
        return manifest;
    }

    private static DefinitionException newer(int version) {
        return new DefinitionException(
                "field \"formatVersion\" is " + version + ", and this version of KubeHV reads up to " + FORMAT_VERSION
                        + "; import it with a newer KubeHV, or export it again with this one");
    }

    /** One line of JSON. */
    public String toJson() {
        return DefinitionJson.write(this);
    }

    /** The same, whole. */
    public ExportManifest with(List<PackedDisk> packed, List<StateFile> state, @Nullable PackedMemory sent, String at) {
        return new ExportManifest(
                sent == null ? WITHOUT_MEMORY : FORMAT_VERSION,
                export,
                at,
                namespace,
                name,
                uuid,
                macAddresses,
                labels,
                captureState,
                spec,
                packed,
                state,
                sent);
    }

    /** How many bytes its files have. */
    public long bytes() {
        return disks.stream().mapToLong(PackedDisk::length).sum()
                + guestState.stream().mapToLong(StateFile::length).sum()
                + (memory == null ? 0 : memory.length());
    }

    private static void checkFile(String file, String sha256, long length) {
        if (!SAFE.matcher(file).matches()) {
            throw new DefinitionException(
                    "field \"file\" is \"" + file
                            + "\"; it must be a path below the manifest's folder, of letters, digits, dots, hyphens, underscores and spaces");
        }
        if (!SHA256.matcher(sha256).matches()) {
            throw new DefinitionException(
                    "field \"sha256\" of " + file + " is \"" + sha256 + "\"; it must be 64 hexadecimal digits");
        }
        if (length < 0) {
            throw new DefinitionException("field \"length\" of " + file + " is " + length + "; it must not be below 0");
        }
    }

    /**
     * One exported disk.
     *
     * @param name its name in the VM
     * @param file where it is, from the manifest's folder
     * @param format {@code qcow2}, {@code vhdx} or {@code raw}
     * @param virtualSize what the guest sees, in bytes
     * @param length what the file has, in bytes
     * @param sha256 of the file, in hexadecimal digits
     */
    public record PackedDisk(
            @JsonProperty(required = true) String name,
            @JsonProperty(required = true) String file,
            @JsonProperty(required = true) String format,
            @JsonProperty(required = true) long virtualSize,
            @JsonProperty(required = true) long length,
            @JsonProperty(required = true) String sha256) {
        private static final List<String> FORMATS = List.of("qcow2", "vhdx", "raw");

        /** Refuses missing parts, and paths that lead elsewhere. */
        public PackedDisk {
            Required.text("name", name);
            Required.text("file", file);
            Required.text("sha256", sha256);
            checkFile(file, sha256, length);
            if (!FORMATS.contains(format)) {
                throw new DefinitionException("field \"format\" of disk \"" + name + "\" is \"" + format
                        + "\"; it must be one of " + FORMATS);
            }
            if (virtualSize <= 0) {
                throw new DefinitionException(
                        "field \"virtualSize\" of disk \"" + name + "\" is " + virtualSize + "; it must be above 0");
            }
        }
    }

    /**
     * One file of the guest state.
     *
     * @param path where it is on the VM's own volume
     * @param file where it is, from the manifest's folder
     * @param length in bytes
     * @param sha256 of the file, in hexadecimal digits
     */
    public record StateFile(
            @JsonProperty(required = true) String path,
            @JsonProperty(required = true) String file,
            @JsonProperty(required = true) long length,
            @JsonProperty(required = true) String sha256) {
        /** Refuses missing parts, and paths that lead elsewhere. */
        public StateFile {
            Required.text("path", path);
            Required.text("file", file);
            Required.text("sha256", sha256);
            checkFile(file, sha256, length);
            checkFile(path, sha256, length);
        }
    }

    /**
     * A guest's memory, with what its devices are at. It holds all that the guest knows, keys and passwords too.
     *
     * @param file where it is, from the manifest's folder
     * @param length in bytes
     * @param sha256 of the file, in hexadecimal digits
     * @param machine what it is of; null: nobody has told
     * @param definition the machine that it is of, as its pod had it
     */
    public record PackedMemory(
            @JsonProperty(required = true) String file,
            @JsonProperty(required = true) long length,
            @JsonProperty(required = true) String sha256,
            @Nullable MachineFacts machine,
            @JsonProperty(required = true) VirtualMachineDefinition definition) {
        /** Refuses missing parts, and paths that lead elsewhere. */
        public PackedMemory {
            Required.text("file", file);
            Required.text("sha256", sha256);
            Required.value("definition", definition);
            checkFile(file, sha256, length);
        }
    }
}
