package io.kubehv.operator.virtualmachine.dependent;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.Disk;
import io.kubehv.api.v1alpha1.DiskTemplate;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VirtualHardDiskSpec;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.Owners;
import java.util.Objects;

/** The VirtualHardDisk of an inline template: the VM owns it, so it is deleted with the VM. */
public final class TemplateDisk {
    private TemplateDisk() {}

    public static String name(VirtualMachine machine, Disk disk) {
        return DerivedName.of(machine.getMetadata().getName(), disk.name());
    }

    public static VirtualHardDisk desired(VirtualMachine machine, Disk disk) {
        DiskTemplate template = Objects.requireNonNull(disk.template());
        VirtualHardDisk virtualHardDisk = new VirtualHardDisk();
        virtualHardDisk.setMetadata(new ObjectMetaBuilder()
                .withName(name(machine, disk))
                .withNamespace(machine.getMetadata().getNamespace())
                .withOwnerReferences(Owners.controller(machine))
                .build());
        virtualHardDisk.setSpec(new VirtualHardDiskSpec(
                template.size(),
                template.storageClassName(),
                template.blank(),
                template.http(),
                template.containerImage(),
                template.parent(),
                null));
        return virtualHardDisk;
    }
}
