package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.TypedLocalObjectReferenceBuilder;
import io.kubehv.api.v1alpha1.Accelerator;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.api.v1alpha1.CheckpointMachine;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.hv.checkpoint.MachineFacts;
import io.kubehv.operator.OperatorSettings;
import io.kubehv.operator.Owners;
import io.kubehv.operator.pod.PodRoles;
import io.kubehv.operator.virtualmachine.dependent.SavePod;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The claim that holds a checkpoint's memory, the pod that gives it to the daemon, and the copy that a VM goes on from. */
final class CheckpointMemory {
    private static final String SUFFIX = "memory";
    private static final String SELECTED_NODE = "volume.kubernetes.io/selected-node";

    private CheckpointMemory() {}

    /** The claim's name, and the pod's. */
    static String name(Checkpoint checkpoint) {
        return DerivedName.of(checkpoint.getMetadata().getName(), SUFFIX);
    }

    /**
     * The claim for the memory of a guest. It has room for twice as much, as what changes while it is written may be written
     * twice; the volume's blocks are taken when they are written.
     */
    static PersistentVolumeClaim claim(
            Checkpoint checkpoint, VirtualMachine machine, Pod running, @Nullable String storageClass) {
        PersistentVolumeClaim like = SavedState.desired(machine, running, storageClass);
        Quantity once = like.getSpec().getResources().getRequests().get("storage");
        long bytes = 2 * Quantity.getAmountInBytes(once).longValue();
        return new PersistentVolumeClaimBuilder(like)
                .editMetadata()
                .withName(name(checkpoint))
                .withOwnerReferences(Owners.controller(checkpoint))
                .removeFromLabels(KubeHV.VIRTUAL_MACHINE_UID_LABEL)
                .addToLabels(
                        KubeHV.CHECKPOINT_UID_LABEL, checkpoint.getMetadata().getUid())
                .endMetadata()
                .editSpec()
                .editResources()
                .addToRequests("storage", new Quantity(String.valueOf(bytes)))
                .endResources()
                .endSpec()
                .build();
    }

    /** The claim for the memory of a saved VM: a copy of what it has, which the VM goes on from and removes. */
    static PersistentVolumeClaim copy(Checkpoint checkpoint, PersistentVolumeClaim saved, String nodeName) {
        Map<String, String> annotations = notes(saved);
        annotations.keySet().removeAll(List.of(SavedState.SAVED_AT_ANNOTATION, SavedState.APPLIED_ANNOTATION));
        annotations.put(SELECTED_NODE, nodeName);
        return new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName(name(checkpoint))
                .withNamespace(checkpoint.getMetadata().getNamespace())
                .withOwnerReferences(Owners.controller(checkpoint))
                .addToLabels(
                        KubeHV.CHECKPOINT_UID_LABEL, checkpoint.getMetadata().getUid())
                .withAnnotations(annotations)
                .endMetadata()
                .withNewSpec()
                .withAccessModes("ReadWriteOnce")
                .withStorageClassName(saved.getSpec().getStorageClassName())
                .withResources(saved.getSpec().getResources())
                .withDataSource(new TypedLocalObjectReferenceBuilder()
                        .withKind("PersistentVolumeClaim")
                        .withName(saved.getMetadata().getName())
                        .build())
                .endSpec()
                .build();
    }

    private static Map<String, String> notes(PersistentVolumeClaim claim) {
        Map<String, String> annotations = new HashMap<>();
        claim.getMetadata().getAnnotations().forEach((key, value) -> {
            if (key.startsWith(KubeHV.GROUP + "/")) {
                annotations.put(key, value);
            }
        });
        return annotations;
    }

    static Pod pod(Checkpoint checkpoint, VirtualMachine machine, String nodeName, OperatorSettings settings) {
        return new PodBuilder(SavePod.desired(machine, name(checkpoint), nodeName, settings))
                .editMetadata()
                .withOwnerReferences(Owners.controller(checkpoint))
                .removeFromLabels(KubeHV.SAVE_POD_FOR_LABEL)
                .addToLabels(PodRoles.LABEL, PodRoles.CHECKPOINT)
                .addToLabels(
                        KubeHV.CHECKPOINT_UID_LABEL, checkpoint.getMetadata().getUid())
                .endMetadata()
                .build();
    }

    /** What the memory is of, as far as that was told. */
    static MachineFacts of(Checkpoint checkpoint) {
        CheckpointCapture capture =
                checkpoint.getStatus() == null ? null : checkpoint.getStatus().capture();
        CheckpointMachine machine = capture == null ? null : capture.machine();
        if (machine == null) {
            return MachineFacts.UNKNOWN;
        }
        Accelerator accelerator = machine.accelerator();
        return new MachineFacts(
                machine.qemuVersion(),
                machine.machineType(),
                machine.cpuModel(),
                accelerator == null ? null : io.kubehv.hv.machine.Accelerator.valueOf(accelerator.name()));
    }

    /**
     * A saved state for the VM to go on from: a copy, so that the checkpoint's own memory is never touched.
     *
     * @param empty whether a pod copies it: not every CSI driver makes copies of volumes
     */
    static PersistentVolumeClaim restored(
            VirtualMachine machine,
            PersistentVolumeClaim kept,
            MachineFacts memoryOf,
            String nodeName,
            String apply,
            Instant now,
            boolean empty) {
        Map<String, String> annotations = notes(kept);
        annotations.put(SavedState.SAVED_AT_ANNOTATION, now.toString());
        annotations.put(SavedState.MEMORY_OF_ANNOTATION, memoryOf.toJson());
        annotations.put(SavedState.APPLIED_ANNOTATION, apply);
        if (!empty) {
            // A copy has to be on its source's node, and the scheduler does not look at sources.
            annotations.put(SELECTED_NODE, nodeName);
        }
        return new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName(SavedState.name(machine))
                .withNamespace(machine.getMetadata().getNamespace())
                .withOwnerReferences(Owners.controller(machine))
                .addToLabels(
                        KubeHV.VIRTUAL_MACHINE_UID_LABEL, machine.getMetadata().getUid())
                .withAnnotations(annotations)
                .endMetadata()
                .withNewSpec()
                .withAccessModes("ReadWriteOnce")
                .withStorageClassName(kept.getSpec().getStorageClassName())
                .withResources(kept.getSpec().getResources())
                .withDataSource(
                        empty
                                ? null
                                : new TypedLocalObjectReferenceBuilder()
                                        .withKind("PersistentVolumeClaim")
                                        .withName(kept.getMetadata().getName())
                                        .build())
                .endSpec()
                .build();
    }
}
