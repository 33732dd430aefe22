package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Quantity;
import org.jspecify.annotations.Nullable;

/** Hyper-V's bandwidth management. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "!(has(self.minimumWeight) && has(self.minimum))",
        message = "bandwidth: minimum and minimumWeight exclude each other; remove one")
@ValidationRule(
        value =
                "!has(self.maximum) || (isQuantity(string(self.maximum)) && quantity(string(self.maximum)).isInteger() && quantity(string(self.maximum)).asInteger() >= 8000 && quantity(string(self.maximum)).asInteger() <= 1000000000000)",
        message = "bandwidth.maximum must be from 8k to 1T bits a second, such as 100M or 1G",
        messageExpression =
                "'bandwidth.maximum \"' + string(self.maximum) + '\" must be from 8k to 1T bits a second, such as 100M or 1G'")
@ValidationRule(
        value =
                "!has(self.minimum) || (isQuantity(string(self.minimum)) && quantity(string(self.minimum)).isInteger() && quantity(string(self.minimum)).asInteger() >= 8000 && quantity(string(self.minimum)).asInteger() <= 1000000000000)",
        message = "bandwidth.minimum must be from 8k to 1T bits a second, such as 100M or 1G",
        messageExpression =
                "'bandwidth.minimum \"' + string(self.minimum) + '\" must be from 8k to 1T bits a second, such as 100M or 1G'")
@ValidationRule(
        value =
                "!has(self.maximum) || !has(self.minimum) || !isQuantity(string(self.maximum)) || !isQuantity(string(self.minimum)) || !quantity(string(self.minimum)).isGreaterThan(quantity(string(self.maximum)))",
        message = "bandwidth: minimum is above maximum; raise maximum or lower minimum")
public record AdapterBandwidth(
        @JsonPropertyDescription(
                "The most that it sends, and the most that it gets, in bits a second, such as 100M or 1G.")
        @Nullable
        Quantity maximum,

        @JsonPropertyDescription(
                "What it may send out of its node in any case, in bits a second, on a switch with minimumBandwidthMode Absolute.")
        @Nullable
        Quantity minimum,

        @Min(1)
        @Max(100)
        @JsonPropertyDescription(
                "Its share of a way out of the node that is busy, relative to the others', from 1 to 100, on a switch with minimumBandwidthMode Weight. All adapters without one share a weight of 1.")
        @Nullable
        Integer minimumWeight) {}
