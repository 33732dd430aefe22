package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who a VM is: made up once, kept for its life. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Identity(
        @JsonPropertyDescription("The machine's UUID, as the guest's firmware tells it.") @Nullable
        String uuid,

        @JsonPropertyDescription(
                "The generation id (vmgenid): another value means that time went back or the VM was copied.")
        @Nullable
        String generationId,

        @JsonPropertyDescription("MAC address by adapter.") @Nullable
        Map<String, String> macAddresses,

        @JsonPropertyDescription("Switch and addresses by adapter, of those on virtual switches.") @Nullable
        Map<String, AdapterNetwork> networks) {

    /** Of a VM without an adapter on a virtual switch. */
    public Identity(@Nullable String uuid, @Nullable String generationId, @Nullable Map<String, String> macAddresses) {
        this(uuid, generationId, macAddresses, null);
    }

    /** The same machine, of another generation: its time went back. */
    public Identity withGenerationId(String other) {
        return new Identity(uuid, other, macAddresses, networks);
    }
}
