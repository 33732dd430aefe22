package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Where an export goes. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "has(self.persistentVolumeClaim) != has(self.http)",
        message = "exactly one of persistentVolumeClaim and http is needed")
public record ExportTarget(
        @JsonPropertyDescription("A folder on a volume.") @Nullable
        ExportFolder persistentVolumeClaim,

        @JsonPropertyDescription("A web server that takes files by PUT, the manifest last.") @Nullable
        HttpFolder http) {}
