package io.kubehv.operator.virtualmachine;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.CheckpointOrigin;
import io.kubehv.api.v1alpha1.Disk;
import io.kubehv.api.v1alpha1.OriginDisk;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One write beside the status. Each may be done twice in a row without harm. */
public sealed interface Action {
    /** Make the VM's pod; {@code crashes} counts the ends in a row that led here. */
    record CreatePod(boolean resume, int crashes) implements Action {}

    /** Delete exactly this pod. */
    record DeletePod(Pod pod) implements Action {}

    /** Delete exactly this pod, without asking the guest. */
    record TurnOff(Pod pod) implements Action {}

    /** Give the pod the VM's labels. */
    record LabelPod(Pod pod, Map<String, String> labels) implements Action {}

    /** Let the pod ask for the ports as they should be now. */
    record ChangePorts(Pod pod, List<SwitchPort> ports) implements Action {}

    /** Make the VirtualHardDisk of an inline template. */
    record CreateTemplate(Disk disk) implements Action {}

    /** Let the VirtualHardDisk of an inline template be what the template says now. */
    record ChangeTemplate(VirtualHardDisk present, Disk disk) implements Action {}

    /** Make the claim of a volume that is a copy of the checkpoint's that the VM is made from. */
    record CreateClone(CheckpointOrigin origin, OriginDisk part, String claim) implements Action {}

    /** Tell the claim of such a copy its node again. */
    record PlaceClone(CheckpointOrigin origin, PersistentVolumeClaim claim) implements Action {}

    /** Make the Secret with the key of the VM's TPM; the claim is that of the VM's state, if it is there already. */
    record CreateKeyProtector(@Nullable PersistentVolumeClaim guestState) implements Action {}

    /** Make the claim of the VM's own state. */
    record CreateGuestState() implements Action {}

    /** Make the claim for the VM's memory, with what its pod was started from. */
    record CreateSavedState(Pod running) implements Action {}

    /** Make the claim that a VM which starts keeps ready for its memory. */
    record PrepareSavedState() implements Action {}

    /** Note on the pod how many processors its machine may have come to. */
    record NoteProcessors(Pod pod, int count) implements Action {}

    /** Make the pod that gives the daemon the claim, on the VM's node. */
    record CreateSavePod(String nodeName) implements Action {}

    /** Make the pod that mounts the claim of a disk that comes to the running VM, on the VM's node. */
    record CreateAttachment(ResolvedDisk disk, String nodeName) implements Action {}

    /** Give the pod room for so many bytes of guest. */
    record ResizePod(Pod pod, long guestBytes) implements Action {}

    /** Note on the claim whether a VM may resume from it. */
    record MarkSavedState(
            PersistentVolumeClaim claim, @Nullable String savedAt) implements Action {}

    /** Take an imported memory for the VM's saved state: it goes on in the pod that it would start in now. */
    record AdoptSavedState(PersistentVolumeClaim claim) implements Action {}

    /** Delete the claim with the memory. */
    record DeleteSavedState(PersistentVolumeClaim claim) implements Action {}
}
