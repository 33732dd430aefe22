package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.operator.status.StatusApply;
import jakarta.enterprise.context.ApplicationScoped;
import org.jspecify.annotations.Nullable;

/** Where a VM is in the tree of its checkpoints: one field of its status, written under a name of its own. */
@ApplicationScoped
public class MachinePlace {
    private final KubernetesClient client;

    public MachinePlace(KubernetesClient client) {
        this.client = client;
    }

    /** Notes which checkpoint it goes on from; null: none. */
    void move(VirtualMachine machine, @Nullable String checkpoint) {
        VirtualMachine statusOnly = new VirtualMachine();
        statusOnly.setMetadata(StatusApply.to(machine));
        statusOnly.setStatus(new VirtualMachineStatus(
                null, null, null, null, null, null, null, null, null, null, null, null, null, null, checkpoint));
        var _ = StatusApply.store(client, statusOnly, KubeHV.CHECKPOINT_FIELD_MANAGER);
    }
}
