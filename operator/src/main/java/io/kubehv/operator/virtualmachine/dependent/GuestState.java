package io.kubehv.operator.virtualmachine.dependent;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.Owners;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The claim of what the machine itself remembers beside its disks: UEFI's variables and the TPM's state. Hyper-V's
 * {@code .vmgs} file. It lives and dies with the VM.
 */
public final class GuestState {
    /** The Secret that a TPM state in it may be encrypted with: one of this name that is gone is not made anew. */
    public static final String KEY_PROTECTOR_ANNOTATION = KubeHV.GROUP + "/key-protector";

    private static final String SUFFIX = "guest-state";

    /** Half a MiB of variables, the TPM's some kilobytes, and what a file system keeps for itself. */
    private static final Quantity SIZE = new Quantity("32Mi");

    private GuestState() {}

    public static String name(VirtualMachine machine) {
        return DerivedName.of(machine.getMetadata().getName(), SUFFIX);
    }

    /** The claim of a VM that has none yet. */
    public static PersistentVolumeClaim desired(VirtualMachine machine, @Nullable String storageClass) {
        PersistentVolumeClaimBuilder claim = new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName(name(machine))
                .withNamespace(machine.getMetadata().getNamespace())
                .withOwnerReferences(Owners.controller(machine))
                .addToLabels(
                        KubeHV.VIRTUAL_MACHINE_UID_LABEL, machine.getMetadata().getUid())
                .endMetadata()
                .withNewSpec()
                .withAccessModes("ReadWriteOnce")
                .withStorageClassName(storageClass)
                .withNewResources()
                .addToRequests("storage", SIZE)
                .endResources()
                .endSpec();
        if (SecuritySettings.hasTpm(machine.getSpec())) {
            claim.editMetadata()
                    .addToAnnotations(KEY_PROTECTOR_ANNOTATION, KeyProtector.name(machine))
                    .endMetadata();
        }
        return claim.build();
    }

    /** The Secret that its TPM state is encrypted with, or "". */
    public static String keyProtector(@Nullable PersistentVolumeClaim claim) {
        return Optional.ofNullable(claim)
                .map(found -> found.getMetadata().getAnnotations())
                .map(annotations -> annotations.get(KEY_PROTECTOR_ANNOTATION))
                .orElse("");
    }
}
