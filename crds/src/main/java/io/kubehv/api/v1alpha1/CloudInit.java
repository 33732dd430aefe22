package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** What cloud-init in the guest is told at its first start (a NoCloud seed). */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "!(has(self.userData) && has(self.userDataSecretName))",
        message = "userData and userDataSecretName exclude each other; remove one")
@ValidationRule(
        value = "!(has(self.networkData) && has(self.networkDataSecretName))",
        message = "networkData and networkDataSecretName exclude each other; remove one")
// They go through an environment variable of at most 128 KiB, and a saved VM keeps that in an annotation: both quote
// them.
@ValidationRule(
        value =
                "(has(self.userData) ? size(self.userData) : 0) + (has(self.networkData) ? size(self.networkData) : 0) <= 32768",
        message =
                "userData and networkData have more than 32768 characters together; put them into a Secret and name it by userDataSecretName or networkDataSecretName")
public record CloudInit(
        @Size(max = 32768)
        @JsonPropertyDescription(
                "The user data itself, for example a #cloud-config document. It is readable by all who may read the VM: put passwords into a Secret.")
        @Nullable
        String userData,

        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription("A Secret of the same namespace whose key userData (or userdata) holds the user data.")
        @Nullable
        String userDataSecretName,

        @Size(max = 32768) @JsonPropertyDescription("The network configuration itself, version 1 or 2.") @Nullable
        String networkData,

        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription(
                "A Secret of the same namespace whose key networkData (or networkdata) holds the network configuration.")
        @Nullable
        String networkDataSecretName) {}
