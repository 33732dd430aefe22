package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** A virtual TPM 2.0. Its state is on the VM's own volume, encrypted with the key protector. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VirtualTpm(
        @Default("false") @JsonPropertyDescription("The guest has a TPM 2.0; generation 2 only.") @Nullable
        Boolean enabled,

        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription(
                "A Secret of the same namespace whose key \"key\" holds 32 random bytes that encrypt the TPM's state. Left out: one named NAME-tpm-key is made. Without it the VM does not start.")
        @Nullable
        String keyProtectorSecretName,

        @Default("Retain")
        @JsonPropertyDescription(
                "Whether a key that was made for the VM stays when the VM is deleted: Retain or Delete.")
        @Nullable
        KeyProtectorDeletionPolicy keyProtectorDeletionPolicy) {}
