package io.kubehv.operator.machineimport.dependent;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.kubehv.api.v1alpha1.Import;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.hv.definition.ExportManifest;
import io.kubehv.hv.definition.ExportManifest.PackedMemory;
import io.kubehv.operator.Owners;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import java.util.Optional;

/** The claim of the guest's memory, which is filled before its VM is there. */
public final class ImportedMemory {
    private ImportedMemory() {}

    /**
     * The memory that the VM goes on from; empty: it starts. A guest goes on as who it was, so a copy, who is another, has none:
     * as in a VM from a checkpoint.
     */
    public static Optional<PackedMemory> of(Import request, ExportManifest manifest) {
        return ImportedMachine.registers(request) ? Optional.ofNullable(manifest.memory()) : Optional.empty();
    }

    /** The import's, until the VM is there and gets it. */
    public static PersistentVolumeClaim desired(Import request, PackedMemory memory, VirtualMachine machine) {
        return new PersistentVolumeClaimBuilder(SavedState.imported(
                        machine,
                        memory.definition(),
                        memory.length(),
                        request.getSpec().storageClassName()))
                .editMetadata()
                .withOwnerReferences(Owners.controller(request))
                .removeFromLabels(KubeHV.VIRTUAL_MACHINE_UID_LABEL)
                .addToLabels(KubeHV.IMPORT_UID_LABEL, request.getMetadata().getUid())
                .endMetadata()
                .build();
    }
}
