package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a VM should be. Settings that a running VM can't take on are reported by the condition RestartRequired and hold from its next start. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value =
                "!has(self.disks) || self.disks.all(d, !has(d.bootOrder) || self.disks.exists_one(e, has(e.bootOrder) && e.bootOrder == d.bootOrder))",
        message = "disks: two disks have the same bootOrder; give each its own number")
@ValidationRule(
        value =
                "!has(self.disks) || self.disks.all(d, !has(d.virtualHardDisk) || self.disks.exists_one(e, has(e.virtualHardDisk) && e.virtualHardDisk == d.virtualHardDisk))",
        message = "disks: the same virtualHardDisk is listed twice; remove one")
@ValidationRule(
        value =
                "!has(self.disks) || self.disks.all(d, !has(d.persistentVolumeClaim) || self.disks.exists_one(e, (has(e.persistentVolumeClaim) && e.persistentVolumeClaim == d.persistentVolumeClaim) || (has(e.virtualHardDisk) && e.virtualHardDisk == d.persistentVolumeClaim)))",
        message = "disks: the same persistentVolumeClaim is listed twice; remove one")
public record VirtualMachineSpec(
        @Default("Running") @JsonPropertyDescription("Running, Off, Paused or Saved.") @Nullable
        PowerState powerState,

        @Default("2")
        @Min(1)
        @Max(2)
        @ValidationRule(
                value = "self == oldSelf",
                message = "generation can't be changed; make a new VirtualMachine and give it the disks",
                messageExpression =
                        "'generation can not change from ' + (oldSelf == 1 ? '1' : '2') + '; make a new VirtualMachine and give it the disks'")
        @JsonPropertyDescription("1 (BIOS) or 2 (UEFI); it can't be changed later.")
        @Nullable
        Integer generation,

        @Default("Preferred")
        @JsonPropertyDescription("Required (KVM only), Preferred (KVM, else TCG) or Disabled (TCG).")
        @Nullable
        Acceleration acceleration,

        @Default("{}") @JsonPropertyDescription("The virtual processors.") @Nullable
        Processor processor,

        @Default("{}") @JsonPropertyDescription("The memory.") @Nullable
        Memory memory,

        @Size(max = 64) @JsonPropertyDescription("The disks, in the order in which the guest sees them.") @Nullable
        List<Disk> disks,

        @Size(max = 1)
        @Default("[{\"name\": \"default\"}]")
        @JsonPropertyDescription("The network adapters; left out: one on the default switch. An empty list: none.")
        @Nullable
        List<NetworkAdapter> networkAdapters,

        @JsonPropertyDescription("What cloud-init in the guest is told.") @Nullable
        CloudInit cloudInit,

        @Default("3m")
        @Size(min = 2, max = 16)
        @ValidationRule(
                value =
                        "self.matches('^([0-9]+h)?([0-9]+m)?([0-9]+s)?$') && duration(self) >= duration('0s') && duration(self) <= duration('24h')",
                message = "must be a duration from 0s to 24h, such as 90s, 3m or 1h30m",
                messageExpression = "'\"' + self + '\" must be a duration from 0s to 24h, such as 90s, 3m or 1h30m'")
        @JsonPropertyDescription(
                "How long the guest may take to shut down before it is turned off, as 90s, 3m or 1h; at most 24h.")
        @Nullable
        String terminationGracePeriod,

        @Default("StayOff")
        @JsonPropertyDescription("What follows when the guest shuts itself down: StayOff or Restart.")
        @Nullable
        GuestShutdownAction onGuestShutdown,

        @JsonPropertyDescription("Labels that the VM's node must have.") @Nullable
        Map<String, String> nodeSelector,

        @JsonPropertyDescription("Where the VM may or should run, as for a pod.") @Nullable
        Affinity affinity,

        @JsonPropertyDescription("Taints of nodes that the VM tolerates, as for a pod.") @Nullable
        List<Toleration> tolerations,

        @Size(min = 1, max = 253) @JsonPropertyDescription("The priority of the VM's pod.") @Nullable
        String priorityClassName,

        @JsonPropertyDescription("How VMs spread over nodes, as for a pod.") @Nullable
        List<TopologySpreadConstraint> topologySpreadConstraints) {}
