package io.kubehv.operator.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.AttachedDisk;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import io.kubehv.api.v1alpha1.CheckpointSpec;
import io.kubehv.api.v1alpha1.CheckpointStatus;
import io.kubehv.api.v1alpha1.CheckpointType;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.claim.ClaimUse;
import io.kubehv.operator.claim.DiskClaims;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.virtualmachine.Fixtures;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CheckpointAdmissionTest {
    private static final CheckpointVolumes VOLUMES = new CheckpointVolumes(
            List.of(new CheckpointDisk("root", "debian", "worker/debian", null, null)), "worker", null);

    private static Checkpoint checkpoint(String name, @Nullable CheckpointType type, @Nullable CheckpointPhase phase) {
        Checkpoint checkpoint = new Checkpoint();
        checkpoint.getMetadata().setName(name);
        checkpoint.getMetadata().setUid("uid-" + name);
        checkpoint.getMetadata().setCreationTimestamp("2026-01-01T00:00:00Z");
        checkpoint.setSpec(new CheckpointSpec("web", type));
        if (phase != null) {
            checkpoint.setStatus(CheckpointStatuses.at(CheckpointStatus.NONE, phase));
        }
        return checkpoint;
    }

    private static VirtualMachine running(boolean agent) {
        VirtualMachine machine = Fixtures.at(Fixtures.web(), VirtualMachineState.RUNNING, Reason.RUNNING);
        return agent
                ? Fixtures.withCondition(
                        machine,
                        new ConditionBuilder()
                                .withType("GuestAgentConnected")
                                .withStatus("True")
                                .withReason("Connected")
                                .build())
                : machine;
    }

    private static ObservedCheckpoint observed(
            Checkpoint checkpoint, VirtualMachine machine, @Nullable Pod pod, List<Checkpoint> siblings) {
        return new ObservedCheckpoint(
                checkpoint,
                machine,
                pod,
                null,
                false,
                siblings,
                false,
                null,
                null,
                VOLUMES,
                List.of(),
                List.of(),
                Fixtures.NOW);
    }

    private static CheckpointPlan plan(
            @Nullable CheckpointType type, VirtualMachine machine, List<Checkpoint> siblings) {
        return CheckpointDecision.decide(
                observed(checkpoint("new", type, null), machine, Fixtures.running(machine), siblings));
    }

    @Test
    void a_guest_with_an_agent_is_frozen_where_nothing_else_is_said() {
        CheckpointPlan plan = plan(null, running(true), List.of());

        assertThat(plan.status().phase()).isEqualTo(CheckpointPhase.PREPARING);
        assertThat(plan.status().type()).isEqualTo(CheckpointType.PRODUCTION);
        assertThat(plan.status().withMemory()).isFalse();
        assertThat(plan.status().nodeName()).isEqualTo("worker");
    }

    @Test
    void without_an_agent_a_standard_one_is_taken_unless_that_is_excluded() {
        CheckpointPlan fallen = plan(CheckpointType.PRODUCTION, running(false), List.of());
        CheckpointPlan refused = plan(CheckpointType.PRODUCTION_ONLY, running(false), List.of());

        assertThat(fallen.status().type()).isEqualTo(CheckpointType.STANDARD);
        assertThat(fallen.status().fallbackReason()).contains("no guest agent");
        assertThat(refused.status().phase()).isEqualTo(CheckpointPhase.FAILED);
        assertThat(refused.ready().reason()).isEqualTo("CheckpointRefused");
    }

    @Test
    void the_51st_is_refused_and_those_that_failed_do_not_count() {
        List<Checkpoint> siblings = new ArrayList<>();
        for (int i = 0; i < 49; i++) {
            siblings.add(checkpoint("c" + i, null, CheckpointPhase.READY));
        }
        siblings.add(checkpoint("failed", null, CheckpointPhase.FAILED));

        assertThat(plan(CheckpointType.STANDARD, running(true), siblings)
                        .status()
                        .phase())
                .isEqualTo(CheckpointPhase.PREPARING);
        siblings.add(checkpoint("c49", null, CheckpointPhase.READY));
        CheckpointPlan refused = plan(CheckpointType.STANDARD, running(true), siblings);
        assertThat(refused.status().phase()).isEqualTo(CheckpointPhase.FAILED);
        assertThat(refused.ready().reason()).isEqualTo("TooManyCheckpoints");
    }

    @Test
    void one_is_taken_after_the_other() {
        CheckpointPlan plan = plan(
                CheckpointType.STANDARD, running(true), List.of(checkpoint("c", null, CheckpointPhase.SAVING_MEMORY)));

        assertThat(plan.status().phase()).isEqualTo(CheckpointPhase.PENDING);
    }

    @Test
    void a_vm_that_says_disabled_has_none_whatever_is_asked() {
        VirtualMachine machine = running(true);
        machine.setSpec(Fixtures.with(machine.getSpec(), "checkpointType", "Disabled"));

        assertThat(plan(CheckpointType.STANDARD, machine, List.of()).ready().reason())
                .isEqualTo("CheckpointsDisabled");
    }

    @Test
    void memory_is_refused_of_a_machine_that_is_not_the_one_that_it_started_as() {
        VirtualMachine machine = running(true);
        Fixtures.reported(machine, List.of(new AttachedDisk("more", true, "p", "Attached", null)), null, null);

        assertThat(plan(CheckpointType.STANDARD, machine, List.of()).ready().message())
                .contains("came to the VM");
    }

    @Test
    void of_a_vm_that_is_off_only_disks_are_kept() {
        VirtualMachine machine = Fixtures.at(Fixtures.web(PowerState.OFF), VirtualMachineState.OFF, Reason.OFF);

        CheckpointPlan plan = CheckpointDecision.decide(
                observed(checkpoint("new", CheckpointType.STANDARD, null), machine, null, List.of()));

        assertThat(plan.status().phase()).isEqualTo(CheckpointPhase.PREPARING);
        assertThat(plan.status().withMemory()).isFalse();
        assertThat(plan.status().machinePodUid()).isNull();
    }

    private static PersistentVolumeClaim savedMemory(VirtualMachine machine) {
        return new PersistentVolumeClaimBuilder(SavedState.desired(machine, Fixtures.running(machine), "kubehv"))
                .editMetadata()
                .addToAnnotations(SavedState.SAVED_AT_ANNOTATION, "2026-01-01T11:00:00Z")
                .addToAnnotations("volume.kubernetes.io/selected-node", "elsewhere")
                .endMetadata()
                .build();
    }

    private static ObservedCheckpoint quiet(
            Checkpoint checkpoint,
            VirtualMachine machine,
            @Nullable Pod pod,
            @Nullable PersistentVolumeClaim saved,
            boolean starting,
            @Nullable PersistentVolumeClaim copy) {
        return new ObservedCheckpoint(
                checkpoint,
                machine,
                pod,
                saved,
                starting,
                List.of(),
                false,
                copy,
                null,
                VOLUMES,
                List.of(),
                List.of(),
                Fixtures.NOW);
    }

    @Test
    void of_a_saved_vm_the_memory_is_copied_before_its_disks_are_kept() {
        VirtualMachine machine = Fixtures.at(Fixtures.web(PowerState.SAVED), VirtualMachineState.SAVED, Reason.SAVED);
        PersistentVolumeClaim saved = savedMemory(machine);
        Checkpoint checkpoint = checkpoint("new", CheckpointType.PRODUCTION, null);

        CheckpointPlan plan = CheckpointDecision.decide(quiet(checkpoint, machine, null, saved, false, null));
        assertThat(plan.status().phase()).isEqualTo(CheckpointPhase.PREPARING);
        assertThat(plan.status().type()).isEqualTo(CheckpointType.STANDARD);
        assertThat(plan.status().withMemory()).isTrue();
        assertThat(plan.status().fallbackReason()).contains("is saved");

        checkpoint.setStatus(plan.status());
        plan = CheckpointDecision.decide(quiet(checkpoint, machine, null, saved, false, null));
        assertThat(plan.actions()).containsExactly(new CheckpointAction.CopyMemory(saved, "worker"));
        PersistentVolumeClaim copy = CheckpointMemory.copy(checkpoint, saved, "worker");
        assertThat(SavedState.isWhole(copy)).as("nobody resumes from it").isFalse();
        assertThat(SavedState.definition(copy)).isEqualTo(SavedState.definition(saved));
        assertThat(SavedState.held(copy)).as("it holds no disks").isEmpty();
        assertThat(copy.getMetadata().getAnnotations()).containsEntry("volume.kubernetes.io/selected-node", "worker");
        assertThat(CheckpointDecision.decide(quiet(checkpoint, machine, null, saved, false, copy))
                        .status()
                        .phase())
                .isEqualTo(CheckpointPhase.PREPARING);

        PersistentVolumeClaim bound = new PersistentVolumeClaimBuilder(copy)
                .withNewStatus()
                .withPhase("Bound")
                .endStatus()
                .build();
        plan = CheckpointDecision.decide(quiet(checkpoint, machine, null, saved, false, bound));
        assertThat(plan.status().phase()).isEqualTo(CheckpointPhase.CREATING);
        assertThat(plan.status().memoryPersistentVolumeClaim()).isEqualTo("new-memory");

        assertThat(CheckpointDecision.decide(quiet(
                                checkpoint("new", CheckpointType.PRODUCTION_ONLY, null),
                                machine,
                                null,
                                saved,
                                false,
                                null))
                        .ready()
                        .reason())
                .isEqualTo("CheckpointRefused");
    }

    @Test
    void the_disks_of_a_vm_that_does_not_run_are_kept_when_it_is_sure_that_it_does_not_start() {
        VirtualMachine machine = Fixtures.at(Fixtures.web(PowerState.OFF), VirtualMachineState.OFF, Reason.OFF);
        Checkpoint checkpoint = checkpoint("new", null, null);
        checkpoint.setStatus(CheckpointDecision.decide(quiet(checkpoint, machine, null, null, false, null))
                .status());

        assertThat(QuietDisks.claims(checkpoint)).containsExactly("null/debian");
        assertThat(CheckpointDecision.decide(quiet(checkpoint, machine, null, null, true, null))
                        .status()
                        .phase())
                .as("a start is under way")
                .isEqualTo(CheckpointPhase.PREPARING);
        assertThat(CheckpointDecision.decide(quiet(checkpoint, machine, Fixtures.running(machine), null, false, null))
                        .status()
                        .phase())
                .as("it was started before")
                .isEqualTo(CheckpointPhase.FAILED);
        CheckpointPlan plan = CheckpointDecision.decide(quiet(checkpoint, machine, null, null, false, null));
        assertThat(plan.status().phase()).isEqualTo(CheckpointPhase.CREATING);

        checkpoint.setStatus(plan.status());
        assertThat(QuietDisks.claims(checkpoint)).isNotEmpty();
        checkpoint.setStatus(CheckpointStatuses.at(plan.status(), CheckpointPhase.READY));
        assertThat(QuietDisks.claims(checkpoint)).as("the VM may start").isEmpty();
    }

    @Test
    void a_vm_whose_disks_are_being_kept_does_not_start_meanwhile_and_one_that_reads_them_does() {
        Checkpoint checkpoint = checkpoint("new", null, null);
        checkpoint.getMetadata().setNamespace("lab");
        checkpoint.setStatus(CheckpointStatuses.at(
                CheckpointStatuses.placed(CheckpointStatus.NONE, null, "worker", null, VOLUMES.disks()),
                CheckpointPhase.CREATING));
        DiskClaims lock = new DiskClaims(Clock.systemUTC());
        lock.consult(
                claim -> QuietDisks.claims(checkpoint).contains(claim)
                        ? List.of(QuietDisks.heldBy(checkpoint))
                        : List.of(),
                () -> true);

        assertThat(lock.acquire("vm", "VirtualMachine web", List.of(new ClaimUse("lab/debian", false))))
                .hasValueSatisfying(conflict -> assertThat(conflict.holder()).isEqualTo("Checkpoint new"));
        assertThat(lock.acquire("vm", "VirtualMachine web", List.of(new ClaimUse("lab/debian", true))))
                .isEmpty();
        assertThat(lock.isGranted("vm")).isTrue();
    }

    @Test
    void a_vm_that_is_about_to_start_is_waited_for() {
        VirtualMachine machine = Fixtures.at(Fixtures.web(), VirtualMachineState.OFF, Reason.DISKS_NOT_READY);

        CheckpointPlan plan = CheckpointDecision.decide(
                observed(checkpoint("new", CheckpointType.STANDARD, null), machine, null, List.of()));

        assertThat(plan.status().phase()).isEqualTo(CheckpointPhase.PENDING);
        assertThat(plan.ready().message()).contains("about to start");
    }

    @Test
    void a_freeze_that_fails_becomes_a_standard_one_with_the_reason() {
        VirtualMachine machine = running(true);
        Pod pod = Fixtures.running(machine);
        CheckpointStatus creating = CheckpointStatuses.at(
                CheckpointStatuses.typed(CheckpointStatus.NONE, CheckpointType.PRODUCTION, null, false),
                CheckpointPhase.CREATING);
        Checkpoint checkpoint = checkpoint("new", null, null);
        checkpoint.setStatus(new CheckpointStatus(
                creating.phase(),
                creating.type(),
                null,
                null,
                null,
                "worker",
                false,
                null,
                null,
                pod.getMetadata().getUid(),
                VOLUMES.disks(),
                CheckpointCapture.failed(CheckpointType.PRODUCTION, "FreezeFailed", "the guest is stuck"),
                null,
                null));

        CheckpointPlan plan = CheckpointDecision.decide(observed(checkpoint, machine, pod, List.of()));

        assertThat(plan.status().phase()).isEqualTo(CheckpointPhase.PREPARING);
        assertThat(plan.status().type()).isEqualTo(CheckpointType.STANDARD);
        assertThat(plan.status().fallbackReason()).isEqualTo("the guest is stuck");
        assertThat(plan.status().withMemory()).isTrue();
    }
}
