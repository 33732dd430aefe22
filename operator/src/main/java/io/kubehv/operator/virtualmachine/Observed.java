package io.kubehv.operator.virtualmachine;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Conditions;
import io.kubehv.operator.virtualmachine.dependent.LauncherPod;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that a decision about a VM is made from.
 *
 * @param pod the VM's own pod, if there is one
 * @param savePod the pod that gives the daemon the volume to save to
 * @param savedState the claim that holds, held or will hold the memory of a saved VM
 * @param guestState the claim of the name that the VM's own state has, whoever made it
 * @param attachments the pods that mount the claims of disks which come to the VM, or came, while it runs
 * @param prerequisites what a start needs beside the disks
 * @param node what the node that it is on, or went down with, says of its restarts
 * @param network where its adapters are
 */
public record Observed(
        VirtualMachine machine,
        @Nullable Pod pod,
        @Nullable Pod savePod,
        @Nullable PersistentVolumeClaim savedState,
        @Nullable PersistentVolumeClaim guestState,
        List<ResolvedDisk> disks,
        List<Pod> attachments,
        Prerequisites prerequisites,
        NodeRestart node,
        MachineNetwork network,
        Instant now) {

    /** Of a VM to which no disk came while it ran, with no adapter on a virtual switch, and of whose node nothing is known. */
    public Observed(
            VirtualMachine machine,
            @Nullable Pod pod,
            @Nullable Pod savePod,
            @Nullable PersistentVolumeClaim savedState,
            @Nullable PersistentVolumeClaim guestState,
            List<ResolvedDisk> disks,
            Prerequisites prerequisites,
            Instant now) {
        this(machine, pod, savePod, savedState, guestState, disks, List.of(), prerequisites, now);
    }

    /** Of a VM with no adapter on a virtual switch, and of whose node nothing is known. */
    public Observed(
            VirtualMachine machine,
            @Nullable Pod pod,
            @Nullable Pod savePod,
            @Nullable PersistentVolumeClaim savedState,
            @Nullable PersistentVolumeClaim guestState,
            List<ResolvedDisk> disks,
            List<Pod> attachments,
            Prerequisites prerequisites,
            Instant now) {
        this(
                machine,
                pod,
                savePod,
                savedState,
                guestState,
                disks,
                attachments,
                prerequisites,
                NodeRestart.UNKNOWN,
                MachineNetwork.of(identity(machine)),
                now);
    }

    private static final Set<VirtualMachineState> RAN = EnumSet.of(
            VirtualMachineState.RUNNING,
            VirtualMachineState.PAUSING,
            VirtualMachineState.PAUSED,
            VirtualMachineState.SAVING);

    private static Identity identity(VirtualMachine machine) {
        return Optional.ofNullable(machine.getStatus())
                .map(VirtualMachineStatus::identity)
                .orElseGet(() -> new Identity(null, null, null));
    }

    public PowerState wanted() {
        PowerState wanted = machine.getSpec().powerState();
        return wanted == null ? PowerState.RUNNING : wanted;
    }

    public Optional<PodFacts> podFacts() {
        return Optional.ofNullable(pod).map(PodFacts::new);
    }

    public Optional<PodFacts> podOfSave() {
        return Optional.ofNullable(savePod).map(PodFacts::new);
    }

    public Optional<VirtualMachineStatus> status() {
        return Optional.ofNullable(machine.getStatus());
    }

    public Optional<VirtualMachineState> state() {
        return status().map(VirtualMachineStatus::state);
    }

    public Conditions conditions() {
        return new Conditions(status().map(VirtualMachineStatus::conditions).orElse(null));
    }

    /** The reason that Ready has now, or "". */
    public String readyReason() {
        return conditions().reason(ConditionTypes.READY);
    }

    public String annotation(String name) {
        Map<String, String> annotations = machine.getMetadata().getAnnotations();
        return annotations == null ? "" : annotations.getOrDefault(name, "");
    }

    /** Whether a restart is asked for that the pod does not come of. An annotation that is taken away asks for nothing. */
    public boolean restartAsked(PodFacts pod) {
        String asked = annotation(KubeHV.RESTARTED_AT_ANNOTATION);
        return !asked.isEmpty() && !asked.equals(pod.annotation(KubeHV.RESTARTED_AT_ANNOTATION));
    }

    /** Whether a pod goes on from the saved memory, or was made to. One may also mount its claim to be saved there. */
    public boolean resumes(PodFacts pod) {
        return LauncherPod.resumes(pod.pod());
    }

    /** A saved state that is whole, was not resumed from, and stays. */
    public boolean resumable() {
        return savedState != null
                && !discarding()
                && (savedJustNow() || (SavedState.isWhole(savedState) && !ran()))
                && podFacts().filter(PodFacts::finished).map(this::neverResumed).orElse(true);
    }

    /** A guest that shut itself down had run. */
    private boolean neverResumed(PodFacts ended) {
        return resumes(ended) && !ended.succeeded();
    }

    /** The claim of a saved memory is being deleted: nobody may resume from it, or save to it. */
    public boolean discarding() {
        return savedState != null && savedState.getMetadata().getDeletionTimestamp() != null;
    }

    /**
     * Its guest ran on: its disks are newer than any memory that it was resumed from. A daemon removes the memory before
     * that, so where this is not known, a resume fails and harms nothing.
     */
    private boolean ran() {
        return state().filter(RAN::contains).isPresent();
    }

    /** The daemon says that the memory is on the volume; the mark on the claim follows. */
    public boolean savedJustNow() {
        return savedState != null
                && state().filter(VirtualMachineState.SAVED::equals).isPresent();
    }
}
