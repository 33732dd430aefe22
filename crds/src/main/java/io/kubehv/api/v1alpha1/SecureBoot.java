package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Secure Boot: the firmware starts only what is signed by whom it trusts. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value =
                "(has(self.template) && self.template == 'Custom') == (has(self.customSecretName) || has(self.customConfigMapName))",
        message =
                "secureBoot: template Custom and customSecretName or customConfigMapName go together; give both or neither")
@ValidationRule(
        value = "!(has(self.customSecretName) && has(self.customConfigMapName))",
        message = "secureBoot: customSecretName and customConfigMapName exclude each other; remove one")
public record SecureBoot(
        @JsonPropertyDescription("Left out: on for generation 2.") @Nullable
        Boolean enabled,

        @Default("MicrosoftUEFICertificateAuthority")
        @JsonPropertyDescription(
                "Whose signatures are trusted: MicrosoftUEFICertificateAuthority (Linux), MicrosoftWindows (Windows only) or Custom. It is read at the VM's first start; the variables are the guest's afterwards.")
        @Nullable
        SecureBootTemplate template,

        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription(
                "For Custom: a Secret of the same namespace whose keys PK, KEK, db and, if wanted, dbx hold certificates as PEM.")
        @Nullable
        String customSecretName,

        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription("For Custom: a ConfigMap of the same namespace with the same keys.")
        @Nullable
        String customConfigMapName) {}
