package io.kubehv.operator.machineimport.dependent;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.kubehv.api.v1alpha1.Import;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.Owners;
import io.kubehv.operator.virtualmachine.dependent.GuestState;

/** The claim of what the machine remembers, which is filled before its VM is there. */
public final class ImportedGuestState {
    private ImportedGuestState() {}

    /** The import's, until the VM is there and gets it. */
    public static PersistentVolumeClaim desired(Import request, VirtualMachine machine) {
        return new PersistentVolumeClaimBuilder(
                        GuestState.desired(machine, request.getSpec().storageClassName()))
                .editMetadata()
                .withOwnerReferences(Owners.controller(request))
                .removeFromLabels(KubeHV.VIRTUAL_MACHINE_UID_LABEL)
                .addToLabels(KubeHV.IMPORT_UID_LABEL, request.getMetadata().getUid())
                .endMetadata()
                .build();
    }
}
