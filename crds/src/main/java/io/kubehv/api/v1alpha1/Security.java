package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import org.jspecify.annotations.Nullable;

/** What protects the guest's secrets. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Security(
        @Default("{}") @JsonPropertyDescription("The virtual TPM.") @Nullable
        VirtualTpm tpm,

        @Default("false")
        @JsonPropertyDescription(
                "The guest is shielded from who runs the cluster's VMs: no console, no screen, no commands in the guest; Secure Boot and the TPM are on. Generation 2 only.")
        @Nullable
        Boolean shielded) {}
