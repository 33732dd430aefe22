package io.kubehv.operator.checkpoint;

import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.api.v1alpha1.CheckpointCapture.Stage;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import io.kubehv.api.v1alpha1.CheckpointStatus;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Decides about a checkpoint whose object is being deleted. Its children are its parent's then; nobody else is touched. Pure. */
final class CheckpointRemoval {
    private static final Duration LATER = Duration.ofSeconds(2);

    private CheckpointRemoval() {}

    static CheckpointPlan decide(ObservedCheckpoint observed) {
        CheckpointStatus status = observed.status();
        CheckpointCapture capture = CheckpointDecision.ofThisAttempt(status);
        boolean begun = status.nodeName() != null && (capture != null || isCreating(observed));
        if (!begun || (capture != null && capture.stage() == Stage.DELETED)) {
            return over(observed);
        }
        if (capture != null && capture.stage() == Stage.FAILED) {
            return over(observed);
        }
        if (observed.applying()) {
            return CheckpointPlan.of(
                            CheckpointStatuses.at(status, observed.phase()),
                            Verdict.no(
                                    Reason.DELETING, "it goes when its VM is no more on its way back to a checkpoint"),
                            List.of())
                    .lookAgain(LATER);
        }
        if (!observed.madeFromIt().isEmpty() && observed.phase() == CheckpointPhase.READY) {
            return CheckpointPlan.of(
                            CheckpointStatuses.at(status, observed.phase()),
                            Verdict.no(
                                    Reason.DELETING,
                                    "it goes when these VMs have been made from it, or are deleted: "
                                            + String.join(", ", observed.madeFromIt())),
                            List.of())
                    .lookAgain(LATER);
        }
        if (isCreating(observed) && (capture == null || capture.stage() != Stage.COMPLETE)) {
            return CheckpointPlan.of(
                            CheckpointStatuses.at(status, observed.phase()),
                            Verdict.no(Reason.DELETING, "it goes when it has been taken"),
                            List.of())
                    .lookAgain(LATER);
        }
        if (!isCreating(observed) && CheckpointDecision.disks(status).stream().noneMatch(CheckpointDisk::ours)) {
            // Nothing of it is on the node, which may be gone.
            return over(observed);
        }
        return CheckpointPlan.of(
                CheckpointStatuses.at(status, CheckpointPhase.DELETING),
                Verdict.no(Reason.DELETING, "its node's daemon deletes what it keeps"),
                List.of(new CheckpointAction.Conceal()));
    }

    private static boolean isCreating(ObservedCheckpoint observed) {
        return observed.phase() == CheckpointPhase.CREATING || observed.phase() == CheckpointPhase.SAVING_MEMORY;
    }

    private static CheckpointPlan over(ObservedCheckpoint observed) {
        List<CheckpointAction> actions = new ArrayList<>(CheckpointDecision.leftovers(observed));
        String parent = observed.status().parent();
        for (Checkpoint sibling : observed.siblings()) {
            if (sibling.getStatus() != null
                    && observed.name().equals(sibling.getStatus().parent())) {
                actions.add(new CheckpointAction.Reparent(sibling, parent));
            }
        }
        VirtualMachine machine = observed.machine();
        if (machine != null && CheckpointDecision.isCurrent(observed)) {
            actions.add(new CheckpointAction.MoveMachine(machine, parent));
        }
        actions.add(new CheckpointAction.Conceal());
        return CheckpointPlan.of(
                        CheckpointStatuses.at(observed.status(), CheckpointPhase.DELETING),
                        Verdict.no(Reason.DELETING, "nothing of it is left"),
                        actions)
                .over();
    }
}
