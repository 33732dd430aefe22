package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.operator.Owners;
import io.kubehv.operator.pod.OneShotPod;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Decides how disks of other CSI drivers become what they were: none takes a volume back, so that a volume is made of each
 * VolumeSnapshot while the VM goes on, and when that is off a pod copies their contents. A copy that broke off is made anew
 * from its beginning; what is copied from is only read. Pure.
 */
final class ForeignWayBack {
    private ForeignWayBack() {}

    /** What keeps the VM from being turned off: a volume to copy from is not there. Empty: nothing. */
    static Optional<ApplyPlan> hindrance(ObservedApply observed) {
        List<ApplyPlan.Action> actions = new ArrayList<>();
        List<String> awaited = new ArrayList<>();
        for (CheckpointDisk disk : observed.copies().disks()) {
            PersistentVolumeClaim own = observed.copies().own().get(disk.name());
            PersistentVolumeClaim staged = observed.copies().staged().get(disk.name());
            if (own == null || observed.nodeName() == null) {
                return Optional.of(ApplyDecision.waits(
                        observed, Reason.CLAIM_NOT_FOUND, "the claim of disk \"" + disk.name() + "\" is not there"));
            }
            if (staged == null) {
                actions.add(new ApplyPlan.Action.Stage(disk, own, observed.nodeName()));
                awaited.add(StagedVolume.name(observed.apply(), disk.name()));
            } else if (!Owners.owns(observed.apply(), staged)) {
                return Optional.of(
                        ApplyDecision.refuse(
                                observed,
                                "nothing was done: there is a PersistentVolumeClaim \""
                                        + staged.getMetadata().getName()
                                        + "\" that is not this CheckpointApply's; delete that claim or give this another name"));
            } else if (!StagedVolume.isBound(staged)) {
                awaited.add(staged.getMetadata().getName());
                if (!StagedVolume.isPlaced(staged)) {
                    actions.add(new ApplyPlan.Action.Place(staged, observed.nodeName()));
                }
            }
        }
        return awaited.isEmpty()
                ? Optional.empty()
                : Optional.of(ApplyDecision.waits(
                                observed,
                                Reason.PENDING,
                                "the CSI driver "
                                        + Foreign.drivers(observed.copies().disks())
                                        + " makes volumes of the checkpoint's VolumeSnapshots; the VM goes on meanwhile; "
                                        + "kubectl describe pvc " + String.join(" ", awaited)
                                        + " says what they wait for")
                        .withFirst(actions));
    }

    /** The VM is off: what is to be done before it is what it was, and what is told of it. Empty: nothing. */
    static Optional<ApplyPlan> copying(ObservedApply observed) {
        ObservedCopies copies = observed.copies();
        if (!copies.isNeeded()) {
            return Optional.empty();
        }
        List<ApplyPlan.Action> actions = new ArrayList<>();
        String trouble = "";
        Pod pod = copies.pod();
        if (pod == null) {
            actions.addAll(begin(observed));
        } else {
            PodFacts facts = new PodFacts(pod);
            if (facts.succeeded()) {
                return Optional.empty();
            }
            if (facts.failed() && !facts.deleting()) {
                trouble = "; the last try ended with: "
                        + OneShotPod.told(facts).path("message").asText(facts.lastWords(OneShotPod.CONTAINER));
                actions.add(new ApplyPlan.Action.DeletePod(pod));
            } else {
                trouble = facts.problem()
                        .map(problem -> "; its pod \"" + pod.getMetadata().getName() + "\": " + problem.reason() + " "
                                + problem.message())
                        .orElse(copies.percent() == null ? "" : ": " + copies.percent() + "%");
            }
        }
        return Optional.of(ApplyDecision.reverts(observed, "a pod copies what its volumes were" + trouble)
                .withFirst(actions));
    }

    private static List<ApplyPlan.Action> begin(ObservedApply observed) {
        ObservedCopies copies = observed.copies();
        List<CopyPod.Copy> work = new ArrayList<>();
        for (CheckpointDisk disk : copies.disks()) {
            PersistentVolumeClaim own = copies.own().get(disk.name());
            PersistentVolumeClaim staged = copies.staged().get(disk.name());
            if (own == null) {
                return List.of();
            }
            if (staged == null) {
                // Somebody deleted it: it is made again, as it was.
                return List.of(new ApplyPlan.Action.Stage(disk, own, Objects.requireNonNull(observed.nodeName())));
            }
            work.add(new CopyPod.Copy(disk.name(), staged, own));
        }
        if (copies.memory()) {
            PersistentVolumeClaim kept = Objects.requireNonNull(observed.memory());
            PersistentVolumeClaim target = observed.savedState();
            if (target == null) {
                return List.of(ApplyDecision.restoresMemory(observed, kept, true));
            }
            work.add(new CopyPod.Copy("memory", kept, target));
        }
        return List.of(new ApplyPlan.Action.Copy(work));
    }

    /** When it is over, whatever became of it: what was made for it goes. */
    static List<ApplyPlan.Action> tidy(ObservedApply observed) {
        List<ApplyPlan.Action> actions = new ArrayList<>();
        Optional.ofNullable(observed.copies().pod())
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .ifPresent(pod -> actions.add(new ApplyPlan.Action.DeletePod(pod)));
        observed.copies().staged().values().stream()
                .filter(claim -> Owners.owns(observed.apply(), claim))
                .filter(claim -> claim.getMetadata().getDeletionTimestamp() == null)
                .forEach(claim -> actions.add(new ApplyPlan.Action.DeleteClaim(claim)));
        return actions;
    }
}
