package io.kubehv.operator.virtualmachine;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.CheckpointApply;
import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Conditions;
import io.kubehv.operator.status.Reason;
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
 * @param applying the way back to a checkpoint that it is on, once it has to be off for that
 * @param origin what it has of the checkpoint that it is made from
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
        Instant now,
        @Nullable CheckpointApply applying,
        MachineOrigin origin) {

    /** Of a VM that is made from no checkpoint. */
    public Observed(
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
            Instant now,
            @Nullable CheckpointApply applying) {
        this(
                machine,
                pod,
                savePod,
                savedState,
                guestState,
                disks,
                attachments,
                prerequisites,
                node,
                network,
                now,
                applying,
                MachineOrigin.NONE);
    }

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
                now,
                null);
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

    /** Who it is: of another generation once it is on its way back, so that its guest can see that time went back. */
    public Identity identity() {
        Identity known = network.identity();
        return applying == null ? known : known.withGenerationId(Identities.generationAfter(applying));
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
        return resumes(ended) && !wasShutDown(ended);
    }

    /**
     * Whether the end of a pod was that of a guest which shut down: by QEMU's exit, or by what its daemon saw of it, as a
     * QEMU may die on its way out.
     */
    public boolean wasShutDown(PodFacts ended) {
        boolean said = saidToBeShutDown()
                || (daemonHasLetGo()
                        && state().filter(VirtualMachineState.STOPPING::equals).isPresent());
        return ended.succeeded() || (said && !ended.endedUnseen());
    }

    /** Whether Ready has it on record already. */
    boolean saidToBeShutDown() {
        String reason = readyReason();
        return reason.equals(Reason.GUEST_SHUT_DOWN.text()) || reason.equals(Reason.CRITICAL_ERROR_TIMED_OUT.text());
    }

    /** No daemon has hold of its QEMU, or none any more: that is the last that it takes back of what it said. */
    public boolean daemonHasLetGo() {
        return status().map(VirtualMachineStatus::accelerator).isEmpty();
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
