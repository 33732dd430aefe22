package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointStatus;
import io.kubehv.hv.checkpoint.MachineFacts;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.virtualmachine.dependent.MemoryFitPod;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Before anything of a VM stops: whether the memory that it is to go on from fits what its node has. A pod is asked; one that
 * does not come to an answer keeps the VM waiting as it is. Pure.
 */
final class MemoryFitting {
    private MemoryFitting() {}

    /** What keeps the VM from going back; empty: nothing. */
    static Optional<ApplyPlan> hindrance(ObservedApply observed, Checkpoint checkpoint) {
        PersistentVolumeClaim kept = observed.memory();
        CheckpointStatus status = checkpoint.getStatus();
        String node = status == null ? null : status.nodeName();
        MachineFacts memoryOf = CheckpointMemory.of(checkpoint);
        if (kept == null || node == null || memoryOf.isUnknown()) {
            return Optional.empty();
        }
        Pod pod = observed.fit();
        if (pod == null) {
            return Optional.of(ApplyDecision.waits(observed, Reason.PENDING, asks(node, null))
                    .withFirst(List.of(new ApplyPlan.Action.AskWhetherItFits(kept, memoryOf, node))));
        }
        PodFacts facts = new PodFacts(pod);
        if (facts.succeeded()) {
            return Optional.empty();
        }
        if (facts.failed()) {
            return Optional.of(ApplyDecision.refuse(observed, words(checkpoint, node, facts))
                    .withFirst(tidy(observed)));
        }
        return Optional.of(ApplyDecision.waits(observed, Reason.PENDING, asks(node, facts)));
    }

    /** Takes away the pod that has answered. */
    static List<ApplyPlan.Action> tidy(ObservedApply observed) {
        Pod pod = observed.fit();
        return pod == null || pod.getMetadata().getDeletionTimestamp() != null
                ? List.of()
                : List.of(new ApplyPlan.Action.DeletePod(pod));
    }

    private static String asks(String node, @Nullable PodFacts pod) {
        String trouble = pod == null
                ? ""
                : pod.problem()
                        .map(problem ->
                                ", by the pod \"" + pod.pod().getMetadata().getName() + "\": " + problem.reason() + " "
                                        + problem.message())
                        .orElse("");
        return "the node \"" + node
                + "\" is asked whether the checkpoint's memory fits what it has; the VM goes on meanwhile" + trouble;
    }

    private static String words(Checkpoint checkpoint, String node, PodFacts pod) {
        String said = pod.lastWords(MemoryFitPod.CONTAINER);
        return "nothing was done: the memory of the checkpoint \""
                + checkpoint.getMetadata().getName() + "\" would not go on on the node \"" + node + "\". "
                + (said.isEmpty() ? "The pod that was to say why has ended without a word" : said)
                + ". Its disks are good: make volumes from its VolumeSnapshots (status.disks) for a VM that starts from them";
    }
}
