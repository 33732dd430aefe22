package io.kubehv.operator.checkpoint;

import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.VirtualMachine;
import jakarta.enterprise.context.ApplicationScoped;

/** How many checkpoints a VM may have. */
@ApplicationScoped
public class CheckpointLimit {
    /** As in Hyper-V. */
    public static final int MOST = CheckpointRules.MOST;

    private final CheckpointIndex checkpoints;

    public CheckpointLimit(CheckpointIndex checkpoints) {
        this.checkpoints = checkpoints;
    }

    /** How many of them a VM has: those that failed do not count. */
    public long count(VirtualMachine machine) {
        return checkpoints
                .ofMachine(
                        machine.getMetadata().getNamespace(),
                        machine.getMetadata().getName())
                .stream()
                .filter(CheckpointLimit::counts)
                .count();
    }

    static boolean counts(Checkpoint checkpoint) {
        return CheckpointAdmission.counts(checkpoint);
    }
}
