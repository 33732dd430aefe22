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
@ValidationRule(
        value =
                "!has(self.dvdDrives) || !has(self.disks) || self.dvdDrives.all(v, !self.disks.exists(d, d.name == v.name))",
        message = "dvdDrives: a DVD drive has the name of a disk; rename one of them")
@ValidationRule(
        value =
                "!has(self.firmware) || !has(self.firmware.bootOrder) || !has(self.disks) || !self.disks.exists(d, has(d.bootOrder))",
        message = "firmware.bootOrder and disks[].bootOrder exclude each other; remove one")
@ValidationRule(
        value =
                "has(self.fromCheckpoint) || !has(self.disks) || self.disks.all(d, has(d.virtualHardDisk) || has(d.persistentVolumeClaim) || has(d.template))",
        message =
                "disks: a disk needs exactly one of virtualHardDisk, persistentVolumeClaim and template, unless fromCheckpoint names the checkpoint that it is of")
@ValidationRule(
        value =
                "has(self.fromCheckpoint) == has(oldSelf.fromCheckpoint) && (!has(self.fromCheckpoint) || self.fromCheckpoint == oldSelf.fromCheckpoint)",
        message = "fromCheckpoint can't be changed; make a new VirtualMachine")
@ValidationRule(
        value =
                "!has(self.firmware) || !has(self.firmware.bootOrder) || (has(self.fromCheckpoint) && !has(self.disks)) || self.firmware.bootOrder.all(n, (has(self.disks) && self.disks.exists(d, d.name == n)) || (has(self.dvdDrives) && self.dvdDrives.exists(d, d.name == n)) || (has(self.networkAdapters) && self.networkAdapters.exists(a, a.name == n)))",
        message =
                "firmware.bootOrder names a device that the VM does not have; write the names of disks, dvdDrives and networkAdapters")
@ValidationRule(
        value = "self.generation == 1 || !has(self.disks) || self.disks.all(d, d.bus != 'IDE')",
        message = "disks: generation 2 has no IDE; use bus SCSI or Virtio, or generation 1")
@ValidationRule(
        value = "self.generation == 1 || !has(self.networkAdapters) || self.networkAdapters.all(a, !a.legacy)",
        message = "networkAdapters: generation 2 has no legacy adapter; remove legacy, or use generation 1")
@ValidationRule(
        value =
                "!has(self.networkAdapters) || self.networkAdapters.all(a, !has(a.macAddress) || a.macAddress == '' || self.networkAdapters.exists_one(b, has(b.macAddress) && b.macAddress.lowerAscii() == a.macAddress.lowerAscii()))",
        message = "networkAdapters: two adapters have the same macAddress; change one")
@ValidationRule(
        value =
                "self.generation == 1 || !has(self.networkAdapters) || self.networkAdapters.all(a, !has(a.networkBoot) || a.networkBoot.url.startsWith('http://'))",
        message =
                "networkAdapters: generation 2 boots from an http:// URL; change networkBoot.url, or use generation 1 for tftp://")
@ValidationRule(
        value =
                "self.generation == 2 || (has(self.disks) ? self.disks.filter(d, d.bus == 'IDE').size() : 0) + (has(self.dvdDrives) ? self.dvdDrives.size() : 0) <= 4",
        message = "generation 1 has room for 4 IDE disks and DVD drives together; use bus SCSI or Virtio for some")
@ValidationRule(
        value =
                "self.generation == 2 || !has(self.firmware) || !has(self.firmware.secureBoot.enabled) || !self.firmware.secureBoot.enabled",
        message = "firmware.secureBoot: generation 1 has no Secure Boot; remove it, or use generation 2")
@ValidationRule(
        value =
                "self.generation == 2 || !has(self.security) || (!self.security.tpm.enabled && !self.security.shielded)",
        message = "security: generation 1 has no TPM and can't be shielded; remove it, or use generation 2")
@ValidationRule(
        value =
                "!has(self.security) || !self.security.shielded || !has(self.firmware) || !has(self.firmware.secureBoot.enabled) || self.firmware.secureBoot.enabled",
        message =
                "firmware.secureBoot.enabled is false and security.shielded is true; a shielded VM has Secure Boot: remove one")
@ValidationRule(
        value =
                "!has(self.memory) || !has(self.memory.maximum) || !has(self.processor) || !has(self.processor.exposeVirtualizationExtensions) || !self.processor.exposeVirtualizationExtensions",
        message =
                "memory.maximum: memory can't be changed while a hypervisor runs in the guest, as processor.exposeVirtualizationExtensions lets it; remove one")
@ValidationRule(
        value = "!has(self.comPorts) || self.comPorts.all(c, self.comPorts.exists_one(d, d.port == c.port))",
        message = "comPorts: two serial ports have the same port; give each its own")
@ValidationRule(
        value =
                "!has(self.comPorts) || !has(self.networkAdapters) || self.comPorts.all(c, !self.networkAdapters.exists(a, has(a.ports) && a.ports.exists(p, p.port == c.port && p.protocol == 'TCP')))",
        message = "comPorts: a serial port has the port of a network adapter; give it another")
@ValidationRule(
        value =
                "!has(self.networkAdapters) || self.networkAdapters.all(a, !has(a.ports) || a.ports.all(p, self.networkAdapters.exists_one(b, has(b.ports) && b.ports.exists(q, q.port == p.port && q.protocol == p.protocol))))",
        message = "networkAdapters: two adapters have the same port, which the pod has once; remove one")
@ValidationRule(
        value =
                "!has(self.firmware) || !has(self.firmware.bootOrder) || !has(self.networkAdapters) || !self.networkAdapters.exists(a, a.name in self.firmware.bootOrder && ((has(self.disks) && self.disks.exists(d, d.name == a.name)) || (has(self.dvdDrives) && self.dvdDrives.exists(d, d.name == a.name))))",
        message =
                "firmware.bootOrder names a network adapter and a disk or DVD drive that are called the same; rename one of them")
@ValidationRule(
        value = "!has(self.security) || !self.security.shielded || !has(self.comPorts) || self.comPorts.size() == 0",
        message = "comPorts: a shielded VM has no serial ports; remove them, or security.shielded")
@ValidationRule(
        value =
                "self.generation == 2 || !has(self.firmware) || !has(self.firmware.secureBoot.template) || self.firmware.secureBoot.template == 'MicrosoftUEFICertificateAuthority'",
        message = "firmware.secureBoot.template: generation 1 has no Secure Boot; remove it, or use generation 2")
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

        @Size(max = 64)
        @JsonPropertyDescription(
                "The disks, in the order in which the guest sees them; left out with fromCheckpoint: the checkpoint's.")
        @Nullable
        List<Disk> disks,

        @Size(max = 8) @JsonPropertyDescription("The DVD drives.") @Nullable
        List<DvdDrive> dvdDrives,

        @Size(max = 8)
        @Default("[{\"name\": \"default\"}]")
        @JsonPropertyDescription("The network adapters; left out: one on the default switch. An empty list: none.")
        @Nullable
        List<NetworkAdapter> networkAdapters,

        @JsonPropertyDescription("What runs before the guest's own loader.") @Nullable
        Firmware firmware,

        @JsonPropertyDescription("The virtual TPM, and shielding.") @Nullable
        Security security,

        @JsonPropertyDescription("A watchdog; left out: none.") @Nullable
        Watchdog watchdog,

        @Size(max = 3) @JsonPropertyDescription("Serial ports beside the console, which is COM1.") @Nullable
        List<ComPort> comPorts,

        @JsonPropertyDescription("The screen.") @Nullable Video video,

        @JsonPropertyDescription("The hardware clock.") @Nullable
        Clock clock,

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

        @JsonPropertyDescription("What follows when a disk is full or fails.") @Nullable
        CriticalErrorAction criticalErrorAction,

        @JsonPropertyDescription("What follows when the VM's node has been restarted.") @Nullable
        AutomaticStartAction automaticStartAction,

        @Default("ShutDown")
        @JsonPropertyDescription(
                "What becomes of the VM when its node shuts down or is drained: ShutDown, TurnOff, or Save, which keeps a volume of the memory's size for as long as the VM runs.")
        @Nullable
        AutomaticStopAction automaticStopAction,

        @Default("Production")
        @JsonPropertyDescription(
                "What a checkpoint of it is that names no type: Production, ProductionOnly, Standard, or Disabled, which refuses all.")
        @Nullable
        CheckpointType checkpointType,

        @Default("false")
        @JsonPropertyDescription(
                "Whether a checkpoint is taken when it starts, if it has none; it goes when the guest has shut down.")
        @Nullable
        Boolean automaticCheckpoints,

        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription(
                "A Checkpoint of the namespace that the VM is made from, with an identity of its own: a disk that names no source is the checkpoint's disk of that name, and disks left out are all of the checkpoint's. The firmware's variables and the TPM come along, memory does not. It can't be changed later.")
        @Nullable
        String fromCheckpoint,

        @ValidationRule(
                value = LabelRules.KEYS,
                message = LabelRules.KEY_MESSAGE,
                messageExpression = LabelRules.KEYS_MESSAGE_EXPRESSION)
        @ValidationRule(
                value = LabelRules.VALUES,
                message = LabelRules.VALUE_MESSAGE,
                messageExpression = LabelRules.VALUES_MESSAGE_EXPRESSION)
        @JsonPropertyDescription("Labels that the VM's node must have.")
        @Nullable
        Map<String, String> nodeSelector,

        @JsonPropertyDescription("Where the VM may or should run, as for a pod.") @Nullable
        Affinity affinity,

        @JsonPropertyDescription("Taints of nodes that the VM tolerates, as for a pod.") @Nullable
        List<Toleration> tolerations,

        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription("The priority of the VM's pod.")
        @Nullable
        String priorityClassName,

        @JsonPropertyDescription("How VMs spread over nodes, as for a pod.") @Nullable
        List<TopologySpreadConstraint> topologySpreadConstraints) {}
