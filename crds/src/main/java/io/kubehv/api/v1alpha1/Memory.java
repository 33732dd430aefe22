package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Quantity;
import org.jspecify.annotations.Nullable;

/** The memory of a VM. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "!has(self.startup) || isQuantity(string(self.startup))",
        message = "startup must be a quantity such as 512Mi or 4Gi",
        messageExpression =
                "'startup \"' + string(self.startup) + '\" is not a quantity; write for example 512Mi or 4Gi'")
@ValidationRule(
        value =
                "!has(self.startup) || !isQuantity(string(self.startup)) || !quantity(string(self.startup)).isLessThan(quantity('32Mi'))",
        message = "startup must be at least 32Mi",
        messageExpression =
                "'startup ' + string(self.startup) + ' must be at least 32Mi; for MiB write Mi, not M or m'")
@ValidationRule(
        value =
                "!has(self.startup) || !isQuantity(string(self.startup)) || !quantity(string(self.startup)).isInteger() || quantity(string(self.startup)).asInteger() % 2097152 == 0",
        message = "startup must be a multiple of 2Mi",
        messageExpression = "'startup ' + string(self.startup) + ' must be a multiple of 2Mi; round it'")
@ValidationRule(
        value = "!has(self.maximum) || isQuantity(string(self.maximum))",
        message = "maximum must be a quantity such as 2Gi",
        messageExpression = "'maximum \"' + string(self.maximum) + '\" is not a quantity; write for example 2Gi'")
@ValidationRule(
        value =
                "!has(self.maximum) || !isQuantity(string(self.maximum)) || !has(self.startup) || !isQuantity(string(self.startup)) || quantity(string(self.maximum)).compareTo(quantity(string(self.startup))) >= 0",
        message = "maximum is below startup; raise it",
        messageExpression =
                "'maximum ' + string(self.maximum) + ' is below startup ' + string(self.startup) + '; raise it'")
@ValidationRule(
        value =
                "!has(self.maximum) || !isQuantity(string(self.maximum)) || (quantity(string(self.maximum)).isInteger() && quantity(string(self.maximum)).asInteger() % 2097152 == 0)",
        message = "maximum must be a multiple of 2Mi",
        messageExpression = "'maximum ' + string(self.maximum) + ' must be a multiple of 2Mi; round it'")
@ValidationRule(
        value = "!has(self.maximum) || !has(self.hugePages)",
        message = "maximum and hugePages exclude each other: a running pod gets no more huge pages; remove one")
@ValidationRule(
        value =
                "[has(self.startup) ? string(self.startup) : '0', has(self.maximum) ? string(self.maximum) : '0'].all(q, !isQuantity(q) || !quantity(q).isGreaterThan(quantity('12Ti')))",
        message = "startup and maximum may be 12Ti at most; lower them")
public record Memory(
        @Default("\"1Gi\"") @JsonPropertyDescription("The memory that the guest starts with, at least 32Mi.") @Nullable
        Quantity startup,

        @JsonPropertyDescription(
                "Up to how much memory the running VM may have, when startup is raised; left out: no more than it started with.")
        @Nullable
        Quantity maximum,

        @JsonPropertyDescription("Back the memory with huge pages of the node, of this size: 2Mi or 1Gi.") @Nullable
        HugePageSize hugePages) {}
