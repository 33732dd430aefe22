package io.kubehv.operator.machineimport.dependent;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.ExportFormat;
import io.kubehv.api.v1alpha1.HttpFolder;
import io.kubehv.api.v1alpha1.HttpSource;
import io.kubehv.api.v1alpha1.Import;
import io.kubehv.api.v1alpha1.ImportFolder;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VirtualHardDiskSpec;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VolumeFileSource;
import io.kubehv.hv.definition.ExportManifest;
import io.kubehv.hv.definition.ExportManifest.PackedDisk;
import io.kubehv.hv.definition.WebFolder;
import io.kubehv.operator.Owners;
import io.kubehv.operator.virtualharddisk.dependent.Placement;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** A VirtualHardDisk that is filled from an exported disk. It is the import's until the VM is there, then its user's. */
public final class ImportedDisk {
    private ImportedDisk() {}

    public static String name(String machine, String disk) {
        return DerivedName.of(machine, disk);
    }

    /** The disks, in the manifest's order; all come to where the first one is, and by the VM's rules. */
    public static List<VirtualHardDisk> desired(Import request, ExportManifest manifest, VirtualMachine machine) {
        List<PackedDisk> packed = manifest.disks();
        return packed.stream()
                .map(disk -> {
                    List<String> siblings = disk.equals(packed.getFirst())
                            ? List.of()
                            : List.of(name(
                                    machine.getMetadata().getName(),
                                    packed.getFirst().name()));
                    return desired(request, disk, machine, Placement.with(machine, siblings));
                })
                .toList();
    }

    private static VirtualHardDisk desired(
            Import request, PackedDisk packed, VirtualMachine machine, Placement placement) {
        VirtualHardDisk disk = new VirtualHardDisk();
        disk.setMetadata(new ObjectMetaBuilder()
                .withName(name(machine.getMetadata().getName(), packed.name()))
                .withNamespace(request.getMetadata().getNamespace())
                .withOwnerReferences(Owners.controller(request))
                .addToLabels(KubeHV.IMPORT_UID_LABEL, request.getMetadata().getUid())
                .addToAnnotations(KubeHV.PLACEMENT_ANNOTATION, placement.note())
                .build());
        String checksum = "sha256:" + packed.sha256();
        ImportFolder folder = request.getSpec().source().persistentVolumeClaim();
        HttpFolder http = request.getSpec().source().http();
        disk.setSpec(new VirtualHardDiskSpec(
                new Quantity(String.valueOf(packed.virtualSize())),
                request.getSpec().storageClassName(),
                null,
                http == null
                        ? null
                        : new HttpSource(
                                new WebFolder(http.url(), null, null).urlOf(packed.file()),
                                checksum,
                                http.secretName(),
                                http.caConfigMapName()),
                null,
                null,
                http != null
                        ? null
                        : new VolumeFileSource(
                                Objects.requireNonNull(folder).name(),
                                folder.path() + "/" + packed.file(),
                                ExportFormat.valueOf(packed.format().toUpperCase(Locale.ROOT)),
                                checksum)));
        return disk;
    }
}
