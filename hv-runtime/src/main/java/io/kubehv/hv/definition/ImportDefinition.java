package io.kubehv.hv.definition;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.jspecify.annotations.Nullable;

/**
 * An import: one disk image from one source into one raw disk.
 *
 * @param namespace the VirtualHardDisk's namespace, for messages
 * @param name the VirtualHardDisk's name, for messages
 * @param source where the image comes from
 * @param sizeBytes the disk's size; an image that is larger is refused
 * @param targetPath the raw disk: a file to make, a file to fill in place, or a block device
 * @param scratchDirectory where the image is kept while it is looked at and converted
 */
public record ImportDefinition(
        @JsonProperty(required = true) String namespace,
        @JsonProperty(required = true) String name,
        @JsonProperty(required = true) Source source,
        @JsonProperty(required = true) long sizeBytes,
        @JsonProperty(required = true) String targetPath,
        @JsonProperty(required = true) String scratchDirectory) {

    /** The environment variable of an import's pod that carries the definition. */
    public static final String ENVIRONMENT_VARIABLE = "KUBEHV_IMPORT";

    /** Refuses missing parts. */
    public ImportDefinition {
        Required.text("namespace", namespace);
        Required.text("name", name);
        Required.value("source", source);
        Required.text("targetPath", targetPath);
        Required.text("scratchDirectory", scratchDirectory);
        if (sizeBytes <= 0) {
            throw new DefinitionException("field \"sizeBytes\" is " + sizeBytes + "; it must be above 0");
        }
    }

    /** Reads what {@link #toJson()} wrote. */
    public static ImportDefinition fromJson(String json) {
        return DefinitionJson.read(json, ImportDefinition.class);
    }

    /** One line of JSON; equal definitions give equal text. */
    public String toJson() {
        return DefinitionJson.write(this);
    }

    /** Where an image comes from; {@code kind} tells which. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Http.class, name = "http"),
        @JsonSubTypes.Type(value = ContainerImage.class, name = "containerImage"),
        @JsonSubTypes.Type(value = VolumeFile.class, name = "volumeFile"),
        @JsonSubTypes.Type(value = Parent.class, name = "parent")
    })
    public sealed interface Source {}

    /**
     * An image that is fetched.
     *
     * @param url {@code http://} or {@code https://}
     * @param checksum {@code sha256:} or {@code sha512:} and hexadecimal digits, of the file as it is fetched; null: unchecked
     * @param credentialsDirectory where a Secret with {@code username} and {@code password} is mounted; null: none
     * @param caDirectory where a ConfigMap with {@code ca.crt} is mounted; null: only the usual certificates
     */
    public record Http(
            @JsonProperty(required = true) String url,
            @Nullable String checksum,
            @Nullable String credentialsDirectory,
            @Nullable String caDirectory)
            implements Source {
        /** Refuses missing parts. */
        public Http {
            Required.text("url", url);
        }
    }

    /**
     * The one file in a directory of another container of the pod, which shares its process namespace.
     *
     * @param command the first word of that container's command line, by which its process is found
     * @param directory the directory in that container
     */
    public record ContainerImage(
            @JsonProperty(required = true) String command,
            @JsonProperty(required = true) String directory) implements Source {
        /** Refuses missing parts. */
        public ContainerImage {
            Required.text("command", command);
            Required.text("directory", directory);
        }
    }

    /**
     * A file on a volume that is mounted in this pod.
     *
     * @param root where the volume is mounted
     * @param path the file, from there
     * @param format the format that it has; null: it is detected
     * @param checksum {@code sha256:} or {@code sha512:} and hexadecimal digits, of the file; null: unchecked
     */
    public record VolumeFile(
            @JsonProperty(required = true) String root,
            @JsonProperty(required = true) String path,
            @Nullable String format,
            @Nullable String checksum)
            implements Source {
        /** Refuses missing parts. */
        public VolumeFile {
            Required.text("root", root);
            Required.text("path", path);
        }
    }

    /**
     * Another disk, mounted in this pod; always raw.
     *
     * @param path the parent's raw image file or block device
     */
    public record Parent(@JsonProperty(required = true) String path) implements Source {
        /** Refuses missing parts. */
        public Parent {
            Required.text("path", path);
        }
    }
}
