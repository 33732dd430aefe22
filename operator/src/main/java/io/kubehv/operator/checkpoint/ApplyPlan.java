package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.CheckpointApplyStatus;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.hv.checkpoint.MachineFacts;
import io.kubehv.operator.status.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a pass does about a way back.
 *
 * @param status what the operator's part of the status becomes; its conditions are made of {@code ready}
 * @param actions what is written before the status, in this order
 * @param again when to look again though nothing may tell; null: only when something tells
 */
record ApplyPlan(
        CheckpointApplyStatus status,
        Verdict ready,
        List<Action> actions,
        @Nullable Duration again) {
    ApplyPlan {
        actions = List.copyOf(actions);
    }

    ApplyPlan lookAgain(Duration after) {
        return new ApplyPlan(status, ready, actions, after);
    }

    /** The same, after these writes. */
    ApplyPlan withFirst(List<Action> before) {
        return new ApplyPlan(
                status, ready, Stream.concat(before.stream(), actions.stream()).toList(), again);
    }

    /** One write beside the status. Each may be done twice in a row without harm. */
    sealed interface Action {
        /** Make the checkpoint of the present. */
        record CheckpointFirst(String name, VirtualMachine machine) implements Action {}

        /**
         * Make the claim of the memory that the VM goes on from: a copy that the CSI driver makes, or an empty one for a pod
         * to copy to.
         */
        record RestoreMemory(
                VirtualMachine machine,
                PersistentVolumeClaim kept,
                MachineFacts memoryOf,
                String nodeName,
                boolean empty)
                implements Action {}

        /** Have a volume made of the VolumeSnapshot by which another CSI driver keeps a disk. */
        record Stage(CheckpointDisk disk, PersistentVolumeClaim own, String nodeName) implements Action {}

        /** Tell the claim of such a volume its node again. */
        record Place(PersistentVolumeClaim staged, String nodeName) implements Action {}

        /** Make the pod that copies. */
        record Copy(List<CopyPod.Copy> copies) implements Action {
            public Copy {
                copies = List.copyOf(copies);
            }
        }

        /** Delete exactly this claim. */
        record DeleteClaim(PersistentVolumeClaim claim) implements Action {}

        /** Make the pod that says whether the memory fits what the node has. */
        record AskWhetherItFits(PersistentVolumeClaim kept, MachineFacts memoryOf, String nodeName) implements Action {}

        /** Delete the pod, which has ended. */
        record DeletePod(Pod pod) implements Action {}

        /** Note in the VM's status that it goes on from the checkpoint. */
        record MoveMachine(VirtualMachine machine, String checkpoint) implements Action {}
    }
}
