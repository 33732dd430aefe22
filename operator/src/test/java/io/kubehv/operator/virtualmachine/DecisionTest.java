package io.kubehv.operator.virtualmachine;

import static io.kubehv.operator.virtualmachine.Fixtures.NOW;
import static io.kubehv.operator.virtualmachine.Fixtures.at;
import static io.kubehv.operator.virtualmachine.Fixtures.deleting;
import static io.kubehv.operator.virtualmachine.Fixtures.disks;
import static io.kubehv.operator.virtualmachine.Fixtures.ended;
import static io.kubehv.operator.virtualmachine.Fixtures.guestState;
import static io.kubehv.operator.virtualmachine.Fixtures.held;
import static io.kubehv.operator.virtualmachine.Fixtures.observed;
import static io.kubehv.operator.virtualmachine.Fixtures.pod;
import static io.kubehv.operator.virtualmachine.Fixtures.running;
import static io.kubehv.operator.virtualmachine.Fixtures.web;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.kubehv.api.v1alpha1.GuestShutdownAction;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.claim.ClaimUse;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.dependent.LauncherPod;
import io.kubehv.operator.virtualmachine.dependent.SavePod;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import io.kubehv.operator.virtualmachine.dependent.TestSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DecisionTest {
    private static final Verdict RUNS = Verdict.yes(Reason.RUNNING, "its guest runs");

    @Test
    void a_vm_without_a_pod_is_started() {
        Plan plan = Decision.decide(observed(web(), null));

        assertThat(plan.state()).isEqualTo(VirtualMachineState.STARTING);
        assertThat(plan.actions()).containsExactly(new Action.CreatePod(false, 0));
    }

    @Test
    void a_vm_that_should_be_off_and_is_off_is_ready() {
        Plan plan = Decision.decide(observed(web(PowerState.OFF), null));

        assertThat(plan)
                .isEqualTo(Plan.of(VirtualMachineState.OFF, Verdict.yes(Reason.OFF, "it is off, as powerState asks")));
    }

    @Test
    void a_vm_waits_for_its_disks_and_says_for_which() {
        VirtualMachine machine = web();
        ResolvedDisk root = disks(machine).getFirst();
        ResolvedDisk missing = new ResolvedDisk(
                root.disk(),
                "debian",
                false,
                null,
                null,
                Verdict.no(Reason.DISK_NOT_FOUND, "disk \"root\": create it"),
                false);
        Observed observed =
                new Observed(machine, null, null, null, guestState(machine), List.of(missing), Prerequisites.MET, NOW);

        Plan plan = Decision.decide(observed);

        assertThat(plan.start()).isEmpty();
        assertThat(plan.ready().reason()).isEqualTo("DisksNotReady");
        assertThat(plan.ready().message()).contains("root");
        assertThat(StatusBuilder.disks(observed))
                .isEqualTo(Verdict.no(Reason.DISK_NOT_FOUND, "disk \"root\": create it"));
    }

    @Test
    void a_secret_that_is_missing_is_named() {
        Verdict missing = Verdict.no(Reason.SECRET_NOT_FOUND, "cloudInit.userDataSecretName names the Secret \"x\"");
        Observed observed = starting(web(), null, new Prerequisites(missing, false));

        Plan plan = Decision.decide(observed);

        assertThat(plan.start()).isEmpty();
        assertThat(plan.ready()).isEqualTo(missing);
        assertThat(plan.again()).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void before_its_first_pod_a_vm_gets_a_volume_of_its_own_and_its_tpm_a_key() {
        Plan plan = Decision.decide(starting(web(), null, new Prerequisites(null, true)));

        assertThat(plan.actions())
                .containsExactly(
                        new Action.CreateKeyProtector(null),
                        new Action.CreateGuestState(),
                        new Action.CreatePod(false, 0));
    }

    @Test
    void the_first_generation_has_nothing_to_keep_beside_its_disks() {
        VirtualMachine machine = web();
        machine.setSpec(Fixtures.with(machine.getSpec(), "generation", 1));

        Plan plan = Decision.decide(starting(machine, null, Prerequisites.MET));

        assertThat(plan.actions()).containsExactly(new Action.CreatePod(false, 0));
    }

    @Test
    void a_claim_of_another_is_never_taken_for_the_vms_own() {
        PersistentVolumeClaim foreign = new PersistentVolumeClaimBuilder(guestState(web()))
                .editMetadata()
                .withOwnerReferences()
                .endMetadata()
                .build();

        Plan plan = Decision.decide(starting(web(), foreign, Prerequisites.MET));

        assertThat(plan.start()).isEmpty();
        assertThat(plan.ready().reason()).isEqualTo("ClaimNameTaken");
    }

    private static Observed starting(
            VirtualMachine machine, @Nullable PersistentVolumeClaim guestState, Prerequisites prerequisites) {
        return new Observed(machine, null, null, null, guestState, List.of(), prerequisites, NOW);
    }

    @Test
    void a_running_vm_is_ready_and_its_state_is_left_to_its_daemon() {
        VirtualMachine machine = at(web(), VirtualMachineState.RUNNING, Reason.STARTING);

        assertThat(Decision.decide(observed(machine, running(machine)))).isEqualTo(Plan.of(null, RUNS));
    }

    @Test
    void a_running_vm_that_should_be_off_is_stopped_by_deleting_its_pod() {
        VirtualMachine machine = at(web(PowerState.OFF), VirtualMachineState.RUNNING, Reason.RUNNING);
        Pod pod = running(machine);

        assertThat(Decision.decide(observed(machine, pod)).actions()).containsExactly(new Action.DeletePod(pod));
    }

    @Test
    void nothing_follows_before_a_pod_that_is_being_deleted_is_gone() {
        VirtualMachine machine = at(web(), VirtualMachineState.RUNNING, Reason.RUNNING);

        Plan plan = Decision.decide(observed(machine, deleting(running(machine))));

        assertThat(plan.actions()).isEmpty();
        assertThat(plan.ready().reason()).isEqualTo("Stopping");
    }

    @Test
    void a_guest_that_shuts_down_stays_off_and_its_pod_stays_for_its_log() {
        VirtualMachine machine = at(web(), VirtualMachineState.RUNNING, Reason.RUNNING);

        Plan plan = Decision.decide(observed(machine, ended(machine, 0, "", 5)));

        assertThat(plan.state()).isEqualTo(VirtualMachineState.OFF);
        assertThat(plan.actions()).isEmpty();
        assertThat(plan.ready().reason()).isEqualTo("GuestShutDown");
        assertThat(plan.ready().message()).contains("kubehv.io/restarted-at");
    }

    @Test
    void a_guest_that_shut_down_stays_off_when_its_pod_is_cleared_away() {
        VirtualMachine machine = at(web(), VirtualMachineState.OFF, Reason.GUEST_SHUT_DOWN);

        assertThat(Decision.decide(observed(machine, null)).start()).isEmpty();
    }

    @Test
    void a_guest_that_shut_down_is_started_by_the_annotation() {
        VirtualMachine machine = at(web(), VirtualMachineState.OFF, Reason.GUEST_SHUT_DOWN);
        Pod pod = ended(machine, 0, "", 5);
        machine.getMetadata().setAnnotations(Map.of(KubeHV.RESTARTED_AT_ANNOTATION, "2026-01-01T11:59:59Z"));

        assertThat(Decision.decide(observed(machine, pod)).actions())
                .containsExactly(new Action.DeletePod(pod), new Action.CreatePod(false, 0));
        assertThat(Decision.decide(observed(machine, null)).start()).isPresent();
    }

    @Test
    void a_guest_that_shuts_down_is_restarted_where_the_spec_says_so() {
        VirtualMachine machine = at(web(), VirtualMachineState.RUNNING, Reason.RUNNING);
        machine.setSpec(restarting(machine.getSpec()));
        Pod pod = ended(machine, 0, "", 1);

        assertThat(Decision.decide(observed(machine, pod)).actions())
                .containsExactly(new Action.DeletePod(pod), new Action.CreatePod(false, 0));
    }

    @Test
    void a_drained_guest_that_shut_down_is_not_one_that_turned_itself_off() {
        VirtualMachine machine = at(web(), VirtualMachineState.RUNNING, Reason.RUNNING);
        Pod pod = new PodBuilder(ended(machine, 0, "", 1))
                .editStatus()
                .addNewCondition()
                .withType("DisruptionTarget")
                .withStatus("True")
                .endCondition()
                .endStatus()
                .build();

        assertThat(Decision.decide(observed(machine, pod)).start()).isPresent();
    }

    @Test
    void a_guest_that_shut_down_stays_off_though_its_qemu_died_on_its_way_out() {
        VirtualMachine machine = at(web(), VirtualMachineState.STOPPING, Reason.STOPPING);
        Pod pod = ended(machine, 139, "", 1);

        Plan plan = Decision.decide(observed(machine, pod));

        assertThat(plan.state()).isEqualTo(VirtualMachineState.OFF);
        assertThat(plan.actions()).isEmpty();
        assertThat(plan.ready().reason()).isEqualTo("GuestShutDown");
        VirtualMachine later = at(web(), VirtualMachineState.OFF, Reason.GUEST_SHUT_DOWN);
        assertThat(Decision.decide(observed(later, pod)).actions()).isEmpty();
        VirtualMachine crashed = at(web(), VirtualMachineState.CRITICAL, Reason.CRITICAL);
        assertThat(Decision.decide(observed(crashed, pod)).start()).isPresent();
    }

    @Test
    void a_daemon_that_has_not_let_go_is_waited_for_to_say_whether_the_guest_had_shut_down() {
        for (VirtualMachineState last : List.of(VirtualMachineState.RUNNING, VirtualMachineState.STOPPING)) {
            VirtualMachine machine = held(at(web(), last, Reason.RUNNING));

            Plan plan = Decision.decide(observed(machine, ended(machine, 139, "", 1)));
            assertThat(plan.state()).isNull();
            assertThat(plan.actions()).isEmpty();
            assertThat(plan.ready().message()).contains("signal 11", "daemon");
            assertThat(plan.again()).isEqualTo(Duration.ofSeconds(2));

            assertThat(Decision.decide(observed(machine, ended(machine, 139, "", 3)))
                            .start())
                    .isPresent();
        }
    }

    @Test
    void an_end_that_nobody_saw_is_not_believed_to_be_the_guests_shutdown() {
        VirtualMachine machine = at(web(), VirtualMachineState.STOPPING, Reason.STOPPING);
        Pod pod = ended(machine, 255, "", 1);
        pod.getStatus()
                .getContainerStatuses()
                .getFirst()
                .getState()
                .getTerminated()
                .setReason("Unknown");

        assertThat(Decision.decide(observed(machine, pod)).start()).isPresent();
    }

    @Test
    void a_killed_qemu_is_replaced_at_once_the_first_time() {
        VirtualMachine machine = at(web(), VirtualMachineState.RUNNING, Reason.RUNNING);
        Pod pod = ended(machine, 137, "", 0);

        Plan plan = Decision.decide(observed(machine, pod));

        assertThat(plan.actions()).containsExactly(new Action.DeletePod(pod), new Action.CreatePod(false, 1));
        assertThat(plan.ready().reason()).isEqualTo("Restarting");
        assertThat(plan.ready().message()).contains("signal 9");
    }

    @Test
    void a_qemu_that_dies_again_waits_ten_seconds() {
        VirtualMachine machine = at(web(), VirtualMachineState.RUNNING, Reason.RUNNING);

        Plan plan = Decision.decide(observed(machine, crashedBefore(machine, 1, 4)));

        assertThat(plan.start()).isEmpty();
        assertThat(plan.again()).isEqualTo(Duration.ofSeconds(6));
        assertThat(Decision.decide(observed(machine, crashedBefore(machine, 1, 10)))
                        .start())
                .contains(new Action.CreatePod(false, 2));
    }

    @Test
    void a_qemu_that_ran_ten_minutes_begins_to_count_anew() {
        VirtualMachine machine = at(web(), VirtualMachineState.RUNNING, Reason.RUNNING);
        Pod pod = crashedBefore(machine, 4, 0);
        pod.getStatus()
                .getContainerStatuses()
                .getFirst()
                .getState()
                .getTerminated()
                .setStartedAt(NOW.minusSeconds(600).toString());

        assertThat(Decision.decide(observed(machine, pod)).start()).contains(new Action.CreatePod(false, 1));
    }

    @Test
    void a_definition_that_cannot_run_is_tried_again_when_the_spec_changes_and_seldom_before() {
        VirtualMachine machine = at(web(), VirtualMachineState.STARTING, Reason.STARTING);
        Pod pod = ended(machine, 78, "the Secret \"web\" has no key userData", 20);

        Plan plan = Decision.decide(observed(machine, pod));

        assertThat(plan.state()).isEqualTo(VirtualMachineState.CRITICAL);
        assertThat(plan.actions()).isEmpty();
        assertThat(plan.ready().reason()).isEqualTo("CannotRun");
        assertThat(plan.ready().message())
                .startsWith("the Secret \"web\" has no key userData; it is tried again at 2026-01-01T12:01:00Z")
                .contains("kubehv.io/restarted-at");
        assertThat(plan.again()).isEqualTo(Duration.ofSeconds(60));
        Pod longAgo = ended(machine, 78, "", 80);
        assertThat(Decision.decide(observed(machine, longAgo)).actions())
                .containsExactly(new Action.DeletePod(longAgo), new Action.CreatePod(false, 1));
        machine.getMetadata().setGeneration(4L);
        assertThat(Decision.decide(observed(machine, pod)).start()).isPresent();
    }

    @Test
    void a_time_zone_that_there_is_not_is_told_before_anything_starts() {
        VirtualMachine machine = at(web(), VirtualMachineState.OFF, Reason.OFF);
        machine.setSpec(Fixtures.with(machine.getSpec(), "clock", Map.of("timeZone", "Mars/Olympus")));

        Plan plan = Decision.decide(observed(machine, null));
        assertThat(plan.actions()).isEmpty();
        assertThat(plan.ready())
                .isEqualTo(Verdict.no(
                        Reason.TIME_ZONE_NOT_FOUND,
                        "clock.timeZone is \"Mars/Olympus\", which is no time zone; write UTC or one such as"
                                + " Europe/Berlin"));

        machine.setSpec(Fixtures.with(machine.getSpec(), "clock", Map.of("timeZone", "Asia/Kolkata")));
        assertThat(Decision.decide(observed(machine, null)).start()).isPresent();
    }

    @Test
    void a_vm_whose_saved_memory_is_missing_starts_without_it_and_never_looks_for_it_again() {
        VirtualMachine machine = at(web(), VirtualMachineState.STARTING, Reason.RESUMING);
        PersistentVolumeClaim claim = savedState(machine, true);
        Pod died = died(resumed(machine, claim), 78, "restorePath: there is no saved state");

        assertThat(Decision.decide(observed(machine, died, null, claim)).actions())
                .containsExactly(
                        new Action.DeletePod(died),
                        new Action.MarkSavedState(claim, null),
                        new Action.CreatePod(false, 0));
    }

    @Test
    void a_saved_memory_that_does_not_fit_the_hypervisor_is_kept_and_tried_again_seldom() {
        VirtualMachine machine = at(web(), VirtualMachineState.STARTING, Reason.RESUMING);
        PersistentVolumeClaim claim = savedState(machine, true);
        String words = "The memory does not fit: its qemuVersion is 10.1.0, but the image has QEMU 10.0.3; do this";
        Pod died = died(resumed(machine, claim), 78, words);

        Plan plan = Decision.decide(observed(machine, died, null, claim));

        assertThat(plan.state()).isEqualTo(VirtualMachineState.SAVED);
        assertThat(plan.actions()).isEmpty();
        assertThat(plan.ready().reason()).isEqualTo("MemoryDoesNotFit");
        assertThat(Reason.MEMORY_DOES_NOT_FIT.event()).contains("MemoryDoesNotFit");
        assertThat(plan.ready().message())
                .startsWith(words + "; nothing is lost, and its saved memory is kept")
                .contains("powerState to Off", "tried again at");
        machine.getMetadata().setAnnotations(Map.of(KubeHV.RESTARTED_AT_ANNOTATION, "2026-01-01T12:00:00Z"));
        assertThat(Decision.decide(observed(machine, died, null, claim)).actions())
                .as("asked for again, with its memory")
                .containsExactly(new Action.DeletePod(died), new Action.CreatePod(true, 0));
    }

    /** As an import leaves it: it is the VM's, and nobody has said yet that it may go on from it. */
    private static PersistentVolumeClaim imported(VirtualMachine machine, VirtualMachine of) {
        return SavedState.imported(
                machine, LauncherPod.definition(of, Fixtures.IDENTITY, disks(of)), 1 << 20, "kubehv");
    }

    @Test
    void an_imported_memory_becomes_the_saved_one_of_a_vm_that_is_the_machine_that_it_is_of() {
        VirtualMachine machine = at(web(PowerState.SAVED), VirtualMachineState.OFF, Reason.RESUMING);
        PersistentVolumeClaim claim = imported(machine, web());

        Plan plan = Decision.decide(observed(machine, null, null, claim));

        assertThat(plan.actions()).containsExactly(new Action.AdoptSavedState(claim));
        assertThat(plan.state()).isEqualTo(VirtualMachineState.SAVED);
        PersistentVolumeClaim adopted = new PersistentVolumeClaimBuilder(claim)
                .editMetadata()
                .addToAnnotations(SavedState.adopted(pod(machine), NOW.toString()))
                .endMetadata()
                .build();
        adopted.getMetadata().getAnnotations().values().removeIf(Objects::isNull);
        assertThat(SavedState.held(adopted)).containsExactlyElementsOf(SavedState.held(savedState(machine, true)));
        assertThat(Decision.decide(observed(machine, null, null, adopted))
                        .ready()
                        .reason())
                .isEqualTo("Saved");
        machine.setSpec(Fixtures.with(machine.getSpec(), PowerState.RUNNING));
        assertThat(Decision.decide(observed(machine, null, null, adopted)).actions())
                .containsExactly(new Action.CreatePod(true, 0));
    }

    @Test
    void a_vm_does_not_start_without_the_memory_that_its_import_brings() {
        VirtualMachine machine = at(web(), VirtualMachineState.OFF, Reason.RESUMING);
        PersistentVolumeClaim coming = new PersistentVolumeClaimBuilder(imported(machine, web()))
                .editMetadata()
                .withOwnerReferences()
                .endMetadata()
                .build();
        Plan plan = Decision.decide(observed(machine, null, null, coming));
        assertThat(plan.actions()).isEmpty();
        assertThat(plan.ready().reason()).isEqualTo("Resuming");

        VirtualMachine larger = web();
        larger.setSpec(larger(larger.getSpec()));
        plan = Decision.decide(observed(machine, null, null, imported(machine, larger)));
        assertThat(plan.actions()).as("another machine's").isEmpty();
        assertThat(plan.ready().reason()).isEqualTo("MemoryDoesNotFit");
        assertThat(plan.ready().message()).contains("with other processor than", "is kept");

        machine.setSpec(Fixtures.with(machine.getSpec(), PowerState.OFF));
        PersistentVolumeClaim claim = imported(machine, web());
        assertThat(Decision.decide(observed(machine, null, null, claim)).actions())
                .as("given up")
                .containsExactly(new Action.DeleteSavedState(claim));
    }

    @Test
    void a_running_vm_is_restarted_by_another_time_and_not_by_taking_the_time_away() {
        VirtualMachine machine = web();
        machine.getMetadata().setAnnotations(Map.of(KubeHV.RESTARTED_AT_ANNOTATION, "2026-01-01T10:00:00Z"));
        Pod pod = running(at(machine, VirtualMachineState.RUNNING, Reason.RUNNING));
        machine.getMetadata().setAnnotations(Map.of());
        assertThat(Decision.decide(observed(machine, pod)).actions()).isEmpty();

        machine.getMetadata().setAnnotations(Map.of(KubeHV.RESTARTED_AT_ANNOTATION, "2026-01-01T11:00:00Z"));
        assertThat(Decision.decide(observed(machine, pod)).actions()).containsExactly(new Action.DeletePod(pod));
    }

    @Test
    void a_vm_that_should_be_saved_is_saved_and_not_restarted() {
        VirtualMachine machine = at(web(PowerState.SAVED), VirtualMachineState.RUNNING, Reason.RUNNING);
        Pod pod = running(machine);
        machine.getMetadata().setAnnotations(Map.of(KubeHV.RESTARTED_AT_ANNOTATION, "2026-01-01T11:00:00Z"));
        machine.setSpec(restarting(machine.getSpec()));

        assertThat(Decision.decide(observed(machine, pod)).actions())
                .containsExactly(new Action.CreateSavedState(pod), new Action.CreateSavePod("worker"));
        assertThat(Decision.decide(observed(machine, ended(machine, 0, "", 1))).start())
                .isEmpty();
    }

    @Test
    void a_pod_that_is_deleted_while_its_memory_is_being_saved_keeps_the_volume_for_it() {
        VirtualMachine machine = at(web(PowerState.SAVED), VirtualMachineState.SAVING, Reason.SAVING);
        Pod pod = deleting(running(machine));
        Pod savePod = SavePod.desired(machine, "worker", new TestSettings());
        assertThat(Decision.decide(observed(machine, pod, savePod, savedState(machine, false)))
                        .actions())
                .isEmpty();

        at(machine, VirtualMachineState.STOPPING, Reason.SAVING);
        assertThat(Decision.decide(observed(machine, pod, savePod, savedState(machine, false)))
                        .actions())
                .containsExactly(new Action.DeletePod(savePod));
    }

    @Test
    void a_vm_whose_node_does_not_answer_is_not_ready() {
        VirtualMachine machine = at(web(), VirtualMachineState.RUNNING, Reason.RUNNING);
        Pod pod = withCondition(withCondition(running(machine), "ContainersReady", "True"), "Ready", "True");
        assertThat(Decision.decide(observed(machine, pod)).ready()).isEqualTo(RUNS);

        Pod lost = withCondition(withCondition(running(machine), "ContainersReady", "True"), "Ready", "False");

        assertThat(Decision.decide(observed(machine, lost)).ready().reason()).isEqualTo("NodeLost");
        assertThat(Decision.decide(observed(machine, deleting(lost))).ready().reason())
                .isEqualTo("NodeLost");
    }

    @Test
    void a_vm_that_can_not_go_on_says_so_also_while_it_should_be_saved() {
        VirtualMachine machine = at(web(PowerState.SAVED), VirtualMachineState.CRITICAL, Reason.SAVING);

        assertThat(Decision.decide(observed(machine, running(machine))).ready().reason())
                .isEqualTo("Critical");
    }

    @Test
    void a_pod_that_cannot_be_scheduled_lends_its_reason() {
        VirtualMachine machine = at(web(), VirtualMachineState.STARTING, Reason.STARTING);
        Pod pod = new PodBuilder(pod(machine))
                .editStatus()
                .addNewCondition()
                .withType("PodScheduled")
                .withStatus("False")
                .withReason("Unschedulable")
                .withMessage("0/3 nodes are available")
                .endCondition()
                .endStatus()
                .build();

        assertThat(Decision.decide(observed(machine, pod)).ready())
                .isEqualTo(Verdict.no("Unschedulable", "0/3 nodes are available"));
    }

    @Test
    void a_spec_that_changes_before_the_pod_runs_makes_a_new_pod() {
        VirtualMachine machine = at(web(), VirtualMachineState.STARTING, Reason.STARTING);
        Pod pod = pod(machine);
        machine.setSpec(restarting(machine.getSpec()));
        assertThat(Decision.decide(observed(machine, pod)).actions()).isEmpty();

        machine.setSpec(larger(machine.getSpec()));

        assertThat(Decision.decide(observed(machine, pod)).actions()).containsExactly(new Action.DeletePod(pod));
    }

    @Test
    void a_spec_that_changes_while_running_is_told_field_by_field() {
        VirtualMachine machine = at(web(), VirtualMachineState.RUNNING, Reason.RUNNING);
        Pod pod = running(machine);
        machine.setSpec(larger(machine.getSpec()));

        assertThat(StatusBuilder.restart(observed(machine, pod)).orElseThrow().message())
                .contains("processor.count")
                .doesNotContain("memory");
    }

    @Test
    void saving_makes_a_claim_and_a_pod_on_the_vms_node() {
        VirtualMachine machine = at(web(PowerState.SAVED), VirtualMachineState.RUNNING, Reason.RUNNING);
        Pod pod = running(machine);

        assertThat(Decision.decide(observed(machine, pod)).actions())
                .containsExactly(new Action.CreateSavedState(pod), new Action.CreateSavePod("worker"));
    }

    @Test
    void a_saved_vm_resumes_and_a_memory_that_was_resumed_from_is_never_used_again() {
        VirtualMachine machine = at(web(), VirtualMachineState.SAVED, Reason.SAVED);
        PersistentVolumeClaim claim = savedState(machine, true);
        assertThat(Decision.decide(observed(machine, null, null, claim)).start())
                .contains(new Action.CreatePod(true, 0));

        at(machine, VirtualMachineState.RUNNING, Reason.RESUMING);
        Pod resumed = new PodBuilder(resumed(machine, claim))
                .withStatus(running(machine).getStatus())
                .build();
        assertThat(Decision.decide(observed(machine, resumed, null, claim)).actions())
                .containsExactly(new Action.MarkSavedState(claim, null));
    }

    @Test
    void a_vm_whose_spec_changed_while_it_was_saved_resumes_as_it_was() {
        VirtualMachine machine = at(web(), VirtualMachineState.STARTING, Reason.RESUMING);
        Pod resumed = resumed(machine, savedState(machine, true));
        machine.setSpec(larger(machine.getSpec()));

        assertThat(Decision.decide(observed(machine, resumed, null, savedState(machine, true)))
                        .actions())
                .isEmpty();
    }

    @Test
    void a_resume_that_ends_before_the_guest_runs_is_made_again_with_the_same_memory() {
        for (VirtualMachineState last :
                List.of(VirtualMachineState.STARTING, VirtualMachineState.RESUMING, VirtualMachineState.CRITICAL)) {
            VirtualMachine machine = at(web(), last, Reason.RESUMING);
            PersistentVolumeClaim claim = savedState(machine, true);
            Pod died = died(resumed(machine, claim), 137, "");

            assertThat(Decision.decide(observed(machine, died, null, claim)).actions())
                    .containsExactly(new Action.DeletePod(died), new Action.CreatePod(true, 1));
        }
    }

    @Test
    void a_start_without_the_saved_memory_takes_its_mark_off_first() {
        VirtualMachine machine = at(web(), VirtualMachineState.RUNNING, Reason.RESUMING);
        PersistentVolumeClaim claim = savedState(machine, true);
        Pod died = died(resumed(machine, claim), 137, "");

        assertThat(Decision.decide(observed(machine, died, null, claim)).actions())
                .containsExactly(
                        new Action.DeletePod(died),
                        new Action.MarkSavedState(claim, null),
                        new Action.CreatePod(false, 1));

        Pod fresh = ended(machine, 137, "", 0);
        assertThat(Decision.decide(observed(
                                at(machine, VirtualMachineState.STARTING, Reason.STARTING), fresh, null, claim))
                        .actions())
                .containsExactly(
                        new Action.DeletePod(fresh),
                        new Action.MarkSavedState(claim, null),
                        new Action.CreatePod(false, 1));
    }

    @Test
    void a_guest_that_was_resumed_and_shut_down_leaves_no_memory_to_resume_from() {
        VirtualMachine machine = at(web(), VirtualMachineState.STOPPING, Reason.RESUMING);
        PersistentVolumeClaim claim = savedState(machine, true);
        for (int exitCode : List.of(0, 139)) {
            Pod ended = died(resumed(machine, claim), exitCode, "");

            assertThat(Decision.decide(observed(machine, ended, null, claim)).actions())
                    .containsExactly(new Action.DeleteSavedState(claim));
        }
    }

    @Test
    void a_memory_that_is_being_discarded_is_not_resumed_from_and_holds_the_start_up() {
        VirtualMachine machine = at(web(), VirtualMachineState.OFF, Reason.OFF);
        PersistentVolumeClaim leaving = new PersistentVolumeClaimBuilder(savedState(machine, true))
                .editMetadata()
                .withDeletionTimestamp("2026-01-01T11:59:59Z")
                .endMetadata()
                .build();

        Plan plan = Decision.decide(observed(machine, null, null, leaving));
        assertThat(plan.actions()).isEmpty();
        assertThat(plan.ready().reason()).isEqualTo("Starting");

        Pod died = died(resumed(machine, leaving), 137, "");
        assertThat(Decision.decide(observed(machine, died, null, leaving)).actions())
                .containsExactly(new Action.DeletePod(died));
    }

    @Test
    void a_new_save_waits_for_the_claim_of_the_last_one_to_go() {
        VirtualMachine machine = at(web(PowerState.SAVED), VirtualMachineState.RUNNING, Reason.RUNNING);
        PersistentVolumeClaim leaving = new PersistentVolumeClaimBuilder(savedState(machine, false))
                .editMetadata()
                .withDeletionTimestamp("2026-01-01T11:59:59Z")
                .endMetadata()
                .build();

        assertThat(Decision.decide(observed(machine, running(machine), null, leaving))
                        .actions())
                .isEmpty();
    }

    @Test
    void a_vm_that_was_given_up_for_a_full_disk_stays_off_also_where_its_guests_end_would_restart_it() {
        VirtualMachine machine = at(web(), VirtualMachineState.STOPPING, Reason.RUNNING);
        machine.setSpec(restarting(machine.getSpec()));
        Condition error = new ConditionBuilder()
                .withType("CriticalError")
                .withStatus("True")
                .withReason("TimedOut")
                .withMessage("a disk was full")
                .build();
        machine = Fixtures.withCondition(machine, error);

        Plan plan = Decision.decide(observed(machine, ended(machine, 0, "", 1)));

        assertThat(plan.start()).isEmpty();
        assertThat(plan.ready().reason()).isEqualTo("CriticalErrorTimedOut");
        assertThat(plan.ready().message()).contains("a disk was full", "free room", "restarted-at");

        VirtualMachine later = at(web(), VirtualMachineState.OFF, Reason.CRITICAL_ERROR_TIMED_OUT);
        assertThat(Decision.decide(observed(later, null)).ready().reason()).isEqualTo("CriticalErrorTimedOut");
    }

    @Test
    void what_keeps_a_tpm_from_starting_is_said_in_its_own_words() {
        VirtualMachine machine = at(web(), VirtualMachineState.STARTING, Reason.STARTING);
        Pod pod = new PodBuilder(pod(machine))
                .editStatus()
                .addNewInitContainerStatus()
                .withName("tpm")
                .withStarted(false)
                .withNewState()
                .withNewTerminated()
                .withExitCode(78)
                .withMessage("the key is wrong\n")
                .endTerminated()
                .endState()
                .endInitContainerStatus()
                .endStatus()
                .build();

        assertThat(Decision.decide(observed(machine, pod)).ready().message())
                .isEqualTo("its container \"tpm\" ended with exit code 78: the key is wrong");
    }

    @Test
    void processors_that_there_is_room_for_need_no_restart_but_keep_a_vm_from_being_saved() {
        VirtualMachine before = at(web(), VirtualMachineState.RUNNING, Reason.RUNNING);
        before.setSpec(Fixtures.with(before.getSpec(), "processor", Map.of("count", 2, "maximum", 4)));
        Pod pod = running(before);
        VirtualMachine more = at(web(PowerState.SAVED), VirtualMachineState.RUNNING, Reason.RUNNING);
        more.setSpec(Fixtures.with(more.getSpec(), "processor", Map.of("count", 3, "maximum", 4)));
        VirtualMachine fewer = web();
        fewer.setSpec(Fixtures.with(fewer.getSpec(), "processor", Map.of("count", 1, "maximum", 4)));
        VirtualMachine tooMany = web();
        tooMany.setSpec(Fixtures.with(tooMany.getSpec(), "processor", Map.of("count", 8, "maximum", 8)));

        assertThat(SpecSnapshot.changes(more, new PodFacts(pod))).isEmpty();
        assertThat(SpecSnapshot.changes(fewer, new PodFacts(pod))).containsExactly("processor.count");
        assertThat(SpecSnapshot.changes(tooMany, new PodFacts(pod))).contains("processor.count");
        assertThat(Decision.decide(observed(more, pod)).ready().reason()).isEqualTo("SaveRefused");
    }

    @Test
    void processors_that_came_and_whose_count_was_lowered_again_wait_for_a_restart_and_keep_a_vm_from_being_saved() {
        VirtualMachine before = at(web(), VirtualMachineState.RUNNING, Reason.RUNNING);
        before.setSpec(Fixtures.with(before.getSpec(), "processor", Map.of("count", 2, "maximum", 4)));
        Pod pod = running(before);
        VirtualMachine more = at(web(), VirtualMachineState.RUNNING, Reason.RUNNING);
        more.setSpec(Fixtures.with(more.getSpec(), "processor", Map.of("count", 3, "maximum", 4)));
        assertThat(Decision.decide(observed(more, pod)).actions()).containsExactly(new Action.NoteProcessors(pod, 3));

        Pod noted = new PodBuilder(pod)
                .editMetadata()
                .addToAnnotations(LauncherPod.PROCESSORS_ANNOTATION, "3")
                .endMetadata()
                .build();
        assertThat(Decision.decide(observed(more, noted)).actions()).isEmpty();
        assertThat(SpecSnapshot.changes(before, new PodFacts(noted))).containsExactly("processor.count");
        VirtualMachine saved = at(web(PowerState.SAVED), VirtualMachineState.RUNNING, Reason.RUNNING);
        saved.setSpec(Fixtures.with(saved.getSpec(), "processor", Map.of("count", 2, "maximum", 4)));
        assertThat(Decision.decide(observed(saved, noted)).ready().reason()).isEqualTo("SaveRefused");
    }

    @Test
    void stop_actions_are_taken_on_live_but_for_one_that_needs_a_volume() {
        VirtualMachine before = at(web(), VirtualMachineState.RUNNING, Reason.RUNNING);
        before.setSpec(Fixtures.with(before.getSpec(), "automaticStopAction", "ShutDown"));
        Pod pod = running(before);
        VirtualMachine off = web();
        off.setSpec(Fixtures.with(off.getSpec(), "automaticStopAction", "TurnOff"));
        VirtualMachine save = web();
        save.setSpec(Fixtures.with(save.getSpec(), "automaticStopAction", "Save"));

        assertThat(SpecSnapshot.changes(off, new PodFacts(pod))).isEmpty();
        assertThat(SpecSnapshot.changes(save, new PodFacts(pod))).containsExactly("automaticStopAction");
    }

    @Test
    void a_vm_whose_guest_may_have_guests_is_not_saved_and_runs_on() {
        VirtualMachine machine = at(web(PowerState.SAVED), VirtualMachineState.RUNNING, Reason.RUNNING);
        machine.setSpec(Fixtures.with(machine.getSpec(), "processor", Map.of("exposeVirtualizationExtensions", true)));

        Plan plan = Decision.decide(observed(machine, running(machine)));

        assertThat(plan.actions()).isEmpty();
        assertThat(plan.ready().reason()).isEqualTo("SaveRefused");
    }

    @Test
    void a_disk_that_can_not_be_made_does_not_keep_a_vm_from_being_turned_off() {
        VirtualMachine machine = at(web(PowerState.OFF), VirtualMachineState.RUNNING, Reason.RUNNING);
        ResolvedDisk root = disks(machine).getFirst();
        ResolvedDisk absent = new ResolvedDisk(root.disk(), "web-root", false, null, null, null, true);
        Pod pod = running(machine);

        assertThat(Decision.decide(new Observed(
                                machine, pod, null, null, guestState(machine), List.of(absent), Prerequisites.MET, NOW))
                        .actions())
                .containsExactly(new Action.DeletePod(pod), new Action.CreateTemplate(root.disk()));
    }

    @Test
    void what_the_daemon_said_stays_while_it_is_the_only_record_of_a_save() {
        VirtualMachine machine = at(web(PowerState.SAVED), VirtualMachineState.SAVED, Reason.SAVING);
        Observed saving = observed(machine, ended(machine, 0, "", 1), null, savedState(machine, false));
        assertThat(VirtualMachineReconciler.nothingOfADaemonHolds(saving, Decision.decide(saving)))
                .isFalse();

        Observed saved = observed(machine, null, null, savedState(machine, true));
        assertThat(VirtualMachineReconciler.nothingOfADaemonHolds(saved, Decision.decide(saved)))
                .isTrue();
    }

    @Test
    void a_resume_takes_the_disks_that_the_memory_was_saved_with() {
        VirtualMachine machine = web();
        Observed saved = new Observed(
                machine, null, null, savedState(machine, true), guestState(machine), List.of(), Prerequisites.MET, NOW);

        assertThat(VirtualMachineReconciler.uses(saved, new Action.CreatePod(true, 0)))
                .containsExactly(
                        new ClaimUse("shop/debian", false),
                        new ClaimUse("shop/web-data", true),
                        new ClaimUse("shop/web-guest-state", false));
        assertThat(VirtualMachineReconciler.uses(saved, new Action.CreatePod(false, 0)))
                .isEmpty();
    }

    @Test
    void a_vm_that_waits_for_its_user_is_stalled_and_one_that_waits_for_others_is_not() {
        Observed observed = observed(web(), null);
        Plan refused = Plan.of(VirtualMachineState.OFF, Verdict.no(Reason.POD_REFUSED, "the cluster refuses its pod"));
        Plan waiting = Plan.of(VirtualMachineState.OFF, Verdict.no(Reason.DISK_IN_USE, "in use"));

        assertThat(StatusBuilder.stalled(observed, refused))
                .contains(Verdict.yes(Reason.POD_REFUSED, "the cluster refuses its pod"));
        assertThat(StatusBuilder.stalled(observed, waiting)).isEmpty();
    }

    @Test
    void turning_off_a_saved_vm_deletes_its_memory() {
        VirtualMachine machine = at(web(PowerState.OFF), VirtualMachineState.SAVED, Reason.SAVED);
        PersistentVolumeClaim claim = savedState(machine, true);

        assertThat(Decision.decide(observed(machine, null, null, claim)).actions())
                .containsExactly(new Action.DeleteSavedState(claim));
    }

    @Test
    void a_memory_is_marked_before_the_pods_go() {
        VirtualMachine machine = at(web(PowerState.SAVED), VirtualMachineState.SAVED, Reason.SAVING);
        PersistentVolumeClaim claim = savedState(machine, false);
        Pod pod = ended(machine, 0, "", 1);

        assertThat(Decision.decide(observed(machine, pod, null, claim)).actions())
                .containsExactly(new Action.MarkSavedState(claim, NOW.toString()), new Action.DeletePod(pod));
    }

    @Test
    void labels_of_the_vm_reach_its_running_pod() {
        VirtualMachine machine = at(web(), VirtualMachineState.RUNNING, Reason.RUNNING);
        Pod pod = running(machine);
        machine.getMetadata().setLabels(Map.of("tier", "front"));

        assertThat(Decision.decide(observed(machine, pod)).actions())
                .hasOnlyElementsOfType(Action.LabelPod.class)
                .hasSize(1);
        assertThat(LauncherPod.patch(machine, pod))
                .containsEntry("tier", "front")
                .containsEntry("app", null);
    }

    private static Pod crashedBefore(VirtualMachine machine, int crashes, long secondsAgo) {
        return new PodBuilder(ended(machine, 137, "", secondsAgo))
                .editMetadata()
                .addToAnnotations("kubehv.io/crashes", String.valueOf(crashes))
                .endMetadata()
                .build();
    }

    private static PersistentVolumeClaim savedState(VirtualMachine machine, boolean whole) {
        PersistentVolumeClaim claim = SavedState.desired(machine, running(machine), "kubehv");
        return whole
                ? new PersistentVolumeClaimBuilder(claim)
                        .editMetadata()
                        .addToAnnotations(SavedState.SAVED_AT_ANNOTATION, "2026-01-01T11:00:00Z")
                        .endMetadata()
                        .build()
                : claim;
    }

    private static Pod resumed(VirtualMachine machine, PersistentVolumeClaim claim) {
        return new PodBuilder(LauncherPod.resumed(machine, Fixtures.IDENTITY, SavedState.contents(claim), 0))
                .editMetadata()
                .withUid("pod-2")
                .withCreationTimestamp("2026-01-01T11:30:00Z")
                .endMetadata()
                .withNewStatus()
                .withPhase("Pending")
                .endStatus()
                .build();
    }

    private static Pod withCondition(Pod pod, String type, String status) {
        return new PodBuilder(pod)
                .editStatus()
                .addNewCondition()
                .withType(type)
                .withStatus(status)
                .endCondition()
                .endStatus()
                .build();
    }

    private static Pod died(Pod pod, int exitCode, String words) {
        return new PodBuilder(pod)
                .withStatus(ended(web(), exitCode, words, 0).getStatus())
                .build();
    }

    private static VirtualMachineSpec restarting(VirtualMachineSpec spec) {
        return Fixtures.with(spec, "onGuestShutdown", GuestShutdownAction.RESTART);
    }

    private static VirtualMachineSpec larger(VirtualMachineSpec spec) {
        return Fixtures.with(spec, "processor", Map.of("count", 4));
    }
}
