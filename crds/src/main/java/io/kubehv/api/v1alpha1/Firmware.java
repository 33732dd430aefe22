package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What runs before the guest's own loader. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Firmware(
        @Size(max = 16)
        @ValidationRule(
                value = "self.all(name, self.exists_one(other, other == name))",
                message = "bootOrder names a device twice; remove one")
        @JsonPropertyDescription(
                "The names of the disks, DVD drives and network adapters that are tried, in this order, and no others. Left out: disks (by their bootOrder, then as listed), DVD drives, adapters with networkBoot.")
        @Nullable
        List<String> bootOrder,

        @Default("{}") @JsonPropertyDescription("Secure Boot, for generation 2.") @Nullable
        SecureBoot secureBoot,

        @Default("false")
        @JsonPropertyDescription("Pause the VM when the firmware found nothing to boot, instead of trying again.")
        @Nullable
        Boolean pauseAfterBootFailure) {}
