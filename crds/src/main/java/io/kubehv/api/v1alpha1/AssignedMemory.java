package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Quantity;
import org.jspecify.annotations.Nullable;

/** The memory that a running VM has. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AssignedMemory(
        @JsonPropertyDescription("What the guest has.") @Nullable
        Quantity assigned,

        @JsonPropertyDescription(
                "What it was asked to have: it takes and gives back what is more than it started with in its own time.")
        @Nullable
        Quantity requested) {
    private static final long MIB = 1L << 20;

    /** Of numbers of bytes. */
    public static AssignedMemory of(long assigned, long requested) {
        return new AssignedMemory(quantity(assigned), quantity(requested));
    }

    private static Quantity quantity(long bytes) {
        return new Quantity(bytes % MIB == 0 ? bytes / MIB + "Mi" : String.valueOf(bytes));
    }
}
