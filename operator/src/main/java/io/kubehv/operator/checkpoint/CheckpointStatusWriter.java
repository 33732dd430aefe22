package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointStatus;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.operator.status.StatusApply;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;

/** The operator's part of a checkpoint's status: stored by server-side apply when it differs, on the version it was decided on. */
@ApplicationScoped
public class CheckpointStatusWriter {
    private final KubernetesClient client;

    public CheckpointStatusWriter(KubernetesClient client) {
        this.client = client;
    }

    /**
     * Stores what a pass decided.
     *
     * @return the checkpoint as it is stored now; empty if nothing had to be written
     * @throws io.fabric8.kubernetes.client.KubernetesClientException with code 409 if the checkpoint has moved
     */
    Optional<Checkpoint> write(ObservedCheckpoint observed, CheckpointPlan plan) {
        Checkpoint checkpoint = observed.checkpoint();
        Long generation = checkpoint.getMetadata().getGeneration();
        List<Condition> conditions = observed.conditions().ready(plan.ready(), generation, observed.now());
        CheckpointStatus wanted = CheckpointStatuses.of(plan.status(), generation, conditions);
        CheckpointStatus present = observed.status();
        if (wanted.equals(CheckpointStatuses.of(present, present.observedGeneration(), present.conditions()))) {
            return Optional.empty();
        }
        Checkpoint patch = new Checkpoint();
        patch.setMetadata(StatusApply.toVersion(checkpoint));
        patch.setStatus(wanted);
        return Optional.of(StatusApply.store(client, patch, KubeHV.OPERATOR_FIELD_MANAGER));
    }
}
