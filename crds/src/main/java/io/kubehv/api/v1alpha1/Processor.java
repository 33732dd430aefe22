package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** The virtual processors of a VM. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "self.?maximum.orValue(64) >= self.?count.orValue(1)",
        message = "processor.maximum is below processor.count; raise it")
@ValidationRule(
        value =
                "self.?maximum.orValue(self.?count.orValue(1)) % (self.?sockets.orValue(1) * self.?threadsPerCore.orValue(1)) == 0 && self.?maximum.orValue(self.?count.orValue(1)) % self.?numaNodes.orValue(1) == 0",
        message =
                "processor: the processors can't be divided evenly among sockets, threadsPerCore and numaNodes; change one")
@ValidationRule(
        value = "self.?reserve.orValue(0) <= self.?limit.orValue(100)",
        message = "processor.reserve is above processor.limit; lower it or raise the limit")
@ValidationRule(
        value = "!self.?dedicated.orValue(false) || self.?limit.orValue(100) == 100",
        message = "processor.dedicated needs processor.limit 100; remove one of them")
public record Processor(
        @Default("1")
        @Min(1)
        @Max(64)
        @JsonPropertyDescription("How many virtual processors the guest has, from 1 to 64.")
        @Nullable
        Integer count,

        @Min(1)
        @Max(64)
        @JsonPropertyDescription(
                "Up to how many processors may be added to the running VM by raising count; left out: none.")
        @Nullable
        Integer maximum,

        @Default("1") @Min(1) @Max(8) @JsonPropertyDescription("Over how many sockets they are spread.") @Nullable
        Integer sockets,

        @Default("1") @Min(1) @Max(2) @JsonPropertyDescription("How many of them are threads of one core.") @Nullable
        Integer threadsPerCore,

        @Default("1")
        @Min(1)
        @Max(8)
        @JsonPropertyDescription("Over how many NUMA nodes processors and memory are spread.")
        @Nullable
        Integer numaNodes,

        @Default("0")
        @Min(0)
        @Max(100)
        @JsonPropertyDescription("How much of its processors the VM is sure to get, in percent: the pod's CPU request.")
        @Nullable
        Integer reserve,

        @Default("100")
        @Min(1)
        @Max(100)
        @JsonPropertyDescription("How much of its processors the VM may use, in percent; 100: no limit.")
        @Nullable
        Integer limit,

        @Default("100")
        @Min(1)
        @Max(10000)
        @JsonPropertyDescription(
                "The VM's share when processors are scarce, relative to other VMs' of as many processors: it scales the pod's CPU request, of which the kubelet makes the cgroup's weight.")
        @Nullable
        Integer weight,

        @Default("false")
        @JsonPropertyDescription(
                "Whole processors of the node for this VM alone, where the kubelet's CPU manager policy is static.")
        @Nullable
        Boolean dedicated,

        @Default("None")
        @Size(min = 1, max = 64)
        @ValidationRule(
                value = "self.matches('^[A-Za-z0-9][-A-Za-z0-9._]*$')",
                message = "must be None, MinimumFeatureSet or the name of a QEMU processor model",
                messageExpression =
                        "'\"' + self + '\" must be None, MinimumFeatureSet or the name of a QEMU processor model, such as EPYC-Rome'")
        @JsonPropertyDescription(
                "None: the node's own processor. MinimumFeatureSet: what all nodes of a maker have (x86-64-v2), so that the VM can move between them. Or a QEMU processor model.")
        @Nullable
        String compatibility,

        @Default("false")
        @JsonPropertyDescription("The guest sees vmx or svm, so that it can run VMs itself.")
        @Nullable
        Boolean exposeVirtualizationExtensions) {}
