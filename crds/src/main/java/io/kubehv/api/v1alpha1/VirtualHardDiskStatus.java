package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a virtual hard disk is. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VirtualHardDiskStatus(
        @JsonPropertyDescription("Pending, Importing, Ready or Failed.") @Nullable
        VirtualHardDiskPhase phase,

        @JsonPropertyDescription("How far the import is, in percent.") @Nullable
        String progress,

        @JsonPropertyDescription("The size that the guest sees, in bytes, once it is known.") @Nullable
        Long virtualSize,

        @JsonPropertyDescription("The format in which the source was found: raw, qcow2, vpc, vhdx or vmdk.") @Nullable
        String format,

        @JsonPropertyDescription("The claim that holds the disk.") @Nullable
        String persistentVolumeClaim,

        @JsonPropertyDescription("The UID of the claim that was filled from the source: it is never filled again.")
        @Nullable
        String filledClaim,

        @JsonPropertyDescription("How many imports have failed since the spec last changed.") @Nullable
        Integer failedAttempts,

        @JsonPropertyDescription("The generation of the spec that this status speaks of.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("Ready, and what explains it.") @Nullable
        List<Condition> conditions) {}
