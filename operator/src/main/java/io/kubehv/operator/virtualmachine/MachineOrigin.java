package io.kubehv.operator.virtualmachine;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.kubehv.api.v1alpha1.CheckpointOrigin;
import io.kubehv.api.v1alpha1.OriginDisk;
import io.kubehv.operator.status.Verdict;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a VM that is made from a checkpoint has of it, and lacks.
 *
 * @param known what is written in the VM's status about it; null: it is made from none, or from one that can't be used yet
 * @param problem why the VM can't start yet on account of it; null: nothing, or the disks' problems say it
 * @param disks by disk, what those lack that are the checkpoint's
 * @param toMake the volumes whose claims are to be made now, by the claim's name
 * @param toPlace the claims that are to be told their node again, because the CSI driver's provisioner gave up there
 */
public record MachineOrigin(
        @Nullable CheckpointOrigin known,
        @Nullable Verdict problem,
        Map<String, Verdict> disks,
        Map<String, OriginDisk> toMake,
        List<PersistentVolumeClaim> toPlace) {
    /** Of a VM that is made from no checkpoint. */
    public static final MachineOrigin NONE = new MachineOrigin(null, null, Map.of(), Map.of(), List.of());

    public MachineOrigin {
        disks = Map.copyOf(disks);
        toMake = Map.copyOf(toMake);
        toPlace = List.copyOf(toPlace);
    }

    static MachineOrigin awaits(Verdict problem) {
        return new MachineOrigin(null, problem, Map.of(), Map.of(), List.of());
    }
}
