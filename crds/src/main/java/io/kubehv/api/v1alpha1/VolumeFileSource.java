package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** A disk image that is a file on a volume. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VolumeFileSource(
        @Required
        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription("A claim of the same namespace: a Filesystem volume; it is only read.")
        String name,

        @Required
        @Size(min = 1, max = 512)
        @ValidationRule(
                value = FilePath.RULE,
                message = FilePath.MESSAGE,
                messageExpression = FilePath.MESSAGE_EXPRESSION)
        @JsonPropertyDescription("The file there; raw, qcow2, vhd, vhdx and vmdk are detected.")
        String path,

        @JsonPropertyDescription("QCOW2, VHDX or RAW; left out: it is detected.") @Nullable
        ExportFormat format,

        @Size(max = 140)
        @ValidationRule(
                value = FileDigest.RULE,
                message = FileDigest.MESSAGE,
                messageExpression = FileDigest.MESSAGE_EXPRESSION)
        @JsonPropertyDescription("The digest of the file: sha256: or sha512: and hexadecimal digits.")
        @Nullable
        String checksum) {}
