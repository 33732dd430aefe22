package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Where an export is. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "has(self.persistentVolumeClaim) != has(self.http)",
        message = "exactly one of persistentVolumeClaim and http is needed")
public record ImportSource(
        @JsonPropertyDescription("A folder on a volume.") @Nullable
        ImportFolder persistentVolumeClaim,

        @JsonPropertyDescription("A web server that has the files.") @Nullable
        HttpFolder http) {}
