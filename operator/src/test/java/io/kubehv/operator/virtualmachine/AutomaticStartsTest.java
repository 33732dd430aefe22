package io.kubehv.operator.virtualmachine;

import static io.kubehv.operator.virtualmachine.Fixtures.NOW;
import static io.kubehv.operator.virtualmachine.Fixtures.at;
import static io.kubehv.operator.virtualmachine.Fixtures.deleting;
import static io.kubehv.operator.virtualmachine.Fixtures.disks;
import static io.kubehv.operator.virtualmachine.Fixtures.ended;
import static io.kubehv.operator.virtualmachine.Fixtures.guestState;
import static io.kubehv.operator.virtualmachine.Fixtures.running;
import static io.kubehv.operator.virtualmachine.Fixtures.web;
import static io.kubehv.operator.virtualmachine.Fixtures.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.kubehv.api.v1alpha1.AutomaticStart;
import io.kubehv.api.v1alpha1.AutomaticStopAction;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.virtualmachine.dependent.LauncherPod;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AutomaticStartsTest {
    private static final NodeRestart BACK = new NodeRestart(NOW.minusSeconds(5), NOW.minusSeconds(5), List.of());

    private static VirtualMachine ran(String action, String delay, int order) {
        VirtualMachine machine = at(web(), VirtualMachineState.RUNNING, Reason.RUNNING);
        machine.setSpec(with(
                machine.getSpec(), "automaticStartAction", Map.of("action", action, "delay", delay, "order", order)));
        return machine;
    }

    /** As a node that shut down in order leaves it. */
    private static Pod shutDown(VirtualMachine machine) {
        return new PodBuilder(ended(machine, 0, "", 60))
                .editStatus()
                .withPhase("Succeeded")
                .addNewCondition()
                .withType("DisruptionTarget")
                .withStatus("True")
                .withReason("TerminationByKubelet")
                .endCondition()
                .endStatus()
                .build();
    }

    /** As a node that lost its power leaves it: its kubelet forgets the containers and does not let the pod in again. */
    private static Pod lost(VirtualMachine machine) {
        return new PodBuilder(running(machine))
                .withNewStatus()
                .withPhase("Failed")
                .withReason("UnexpectedAdmissionError")
                .endStatus()
                .build();
    }

    private static Observed observed(VirtualMachine machine, @Nullable Pod pod, NodeRestart node) {
        return new Observed(
                machine,
                pod,
                null,
                null,
                guestState(machine),
                disks(machine),
                List.of(),
                Prerequisites.MET,
                node,
                MachineNetwork.of(new Identity(null, null, null)),
                NOW,
                null);
    }

    private static VirtualMachine down(VirtualMachine machine, Instant since) {
        VirtualMachineStatus status = machine.getStatus();
        machine.setStatus(new VirtualMachineStatus(
                status.state(),
                status.observedGeneration(),
                null,
                null,
                null,
                status.identity(),
                null,
                null,
                null,
                status.conditions(),
                null,
                null,
                new AutomaticStart("worker", since.toString()),
                null,
                null));
        return machine;
    }

    @Test
    void a_vm_that_ran_is_started_again_whichever_way_its_node_went_down() {
        VirtualMachine machine = ran("StartIfRunning", "0s", 0);
        for (Pod pod : List.of(shutDown(machine), lost(machine))) {
            Plan plan = Decision.decide(observed(machine, pod, BACK));
            assertThat(plan.start()).as(pod.getStatus().getReason()).isPresent();
            assertThat(plan.ready().message()).isEqualTo("its node worker went down; it is started again");
        }
    }

    @Test
    void a_vm_whose_action_is_nothing_stays_off_and_says_why_and_how_to_start_it() {
        VirtualMachine machine = ran("Nothing", "0s", 0);
        Observed observed = observed(machine, lost(machine), BACK);
        Plan plan = Decision.decide(observed);
        assertThat(plan.actions()).isEmpty();
        assertThat(plan.state()).isEqualTo(VirtualMachineState.OFF);
        assertThat(plan.ready().reason()).isEqualTo("NodeRestarted");
        assertThat(plan.ready().message()).contains("worker", "automaticStartAction", KubeHV.RESTARTED_AT_ANNOTATION);
        assertThat(AutomaticStarts.status(observed)).contains(new AutomaticStart("worker", NOW.toString()));
    }

    @Test
    void it_stays_off_also_when_nothing_is_left_but_its_status() {
        VirtualMachine machine = down(ran("Nothing", "0s", 0), NOW.minusSeconds(600));
        assertThat(Decision.decide(observed(machine, null, BACK)).ready().reason())
                .isEqualTo("NodeRestarted");
    }

    @Test
    void what_was_seen_of_its_pod_holds_when_its_state_says_that_it_is_off() {
        VirtualMachine machine = ran("Nothing", "0s", 0);
        Pod pod = lost(machine);
        VirtualMachine noted = down(at(machine, VirtualMachineState.OFF, Reason.NODE_RESTARTED), NOW);
        Plan plan = Decision.decide(observed(noted, pod, BACK));
        assertThat(plan.ready().reason()).isEqualTo("NodeRestarted");
        assertThat(plan.actions()).isEmpty();
    }

    @Test
    void it_starts_when_it_is_asked_to() {
        VirtualMachine machine = ran("Nothing", "0s", 0);
        Pod pod = lost(machine);
        machine.getMetadata().setAnnotations(Map.of(KubeHV.RESTARTED_AT_ANNOTATION, NOW.toString()));
        assertThat(Decision.decide(observed(machine, pod, BACK)).start()).isPresent();
    }

    @Test
    void a_vm_that_should_be_off_stays_off_whatever_its_action_is() {
        VirtualMachine machine = ran("Start", "0s", 0);
        machine.setSpec(with(machine.getSpec(), PowerState.OFF));
        Observed observed = observed(machine, lost(machine), BACK);
        assertThat(Decision.decide(observed).ready().reason()).isEqualTo("Off");
        assertThat(AutomaticStarts.status(observed)).isEmpty();
    }

    @Test
    void a_guest_that_had_shut_down_before_the_restart_is_started_only_where_the_action_is_start() {
        for (String action : List.of("Nothing", "StartIfRunning")) {
            VirtualMachine machine = ran(action, "0s", 0);
            assertThat(Decision.decide(observed(machine, ended(machine, 0, "", 60), BACK))
                            .ready()
                            .reason())
                    .as(action)
                    .isEqualTo("GuestShutDown");
        }
        VirtualMachine machine = ran("Start", "0s", 0);
        Pod before = ended(machine, 0, "", 60);
        Pod since = ended(machine, 0, "", 2);
        assertThat(Decision.decide(observed(machine, before, BACK)).start()).isPresent();
        assertThat(Decision.decide(observed(machine, since, BACK)).start()).isEmpty();
    }

    @Test
    void a_delay_counts_from_when_the_node_is_ready() {
        VirtualMachine machine = down(ran("StartIfRunning", "90s", 0), NOW.minusSeconds(200));
        Pod pod = new PodBuilder(lost(machine))
                .editMetadata()
                .withCreationTimestamp("2026-01-01T10:00:00Z")
                .endMetadata()
                .build();

        assertThat(Decision.decide(observed(machine, pod, NodeRestart.UNKNOWN))
                        .ready()
                        .reason())
                .as("the node is not back")
                .isEqualTo("AwaitingAutomaticStart");
        Plan early = Decision.decide(observed(machine, pod, ready(89)));
        assertThat(early.start()).isEmpty();
        assertThat(early.again()).isNotNull();
        assertThat(Decision.decide(observed(machine, pod, ready(90))).start()).isPresent();
    }

    @Test
    void a_node_that_does_not_come_back_is_waited_for_only_so_long() {
        VirtualMachine machine = down(
                ran("StartIfRunning", "10s", 0),
                NOW.minus(AutomaticStarts.PATIENCE).minusSeconds(1));
        assertThat(Decision.decide(observed(machine, null, NodeRestart.UNKNOWN)).start())
                .isPresent();
    }

    private static NodeRestart ready(long secondsAgo) {
        return new NodeRestart(NOW.minusSeconds(secondsAgo), null, List.of());
    }

    @Test
    void a_higher_order_waits_for_those_before_it() {
        VirtualMachine machine = down(ran("StartIfRunning", "0s", 2), NOW.minusSeconds(60));
        NodeRestart waiting = new NodeRestart(NOW.minusSeconds(60), null, List.of("shop/database"));
        Plan plan = Decision.decide(observed(machine, null, waiting));
        assertThat(plan.start()).isEmpty();
        assertThat(plan.ready().message()).contains("shop/database");
        assertThat(Decision.decide(observed(machine, null, ready(60))).start()).isPresent();
        assertThat(Decision.decide(observed(machine, null, ready(60))).ready().reason())
                .isEqualTo("Starting");
    }

    @Test
    void those_of_a_lower_order_come_before_until_they_run_or_their_time_is_up() {
        VirtualMachine second = ran("StartIfRunning", "0s", 2);
        VirtualMachine first = down(ran("StartIfRunning", "30s", 1), NOW.minusSeconds(60));

        assertThat(AutomaticStarts.isAhead(first, second, null, NOW)).isTrue();
        assertThat(AutomaticStarts.isAhead(second, first, null, NOW)).isFalse();
        assertThat(AutomaticStarts.isAhead(first, second, null, NOW.plus(AutomaticStarts.PATIENCE)))
                .as("its time is up")
                .isFalse();
        first.setSpec(with(first.getSpec(), PowerState.OFF));
        assertThat(AutomaticStarts.isAhead(first, second, null, NOW)).isFalse();
        assertThat(AutomaticStarts.isAhead(down(ran("Nothing", "0s", 1), NOW.minusSeconds(60)), second, null, NOW))
                .isFalse();
    }

    @Test
    void what_the_status_says_ends_when_the_vm_runs_again() {
        VirtualMachine machine = down(ran("StartIfRunning", "0s", 0), NOW.minusSeconds(60));
        assertThat(AutomaticStarts.status(observed(machine, running(machine), BACK)))
                .isEmpty();
    }

    @Test
    void a_pod_that_was_taken_from_a_lost_node_is_one_that_went_with_it() {
        VirtualMachine machine = at(web(), VirtualMachineState.RUNNING, Reason.NODE_LOST);
        machine.setSpec(with(machine.getSpec(), "automaticStartAction", Map.of("action", "Nothing")));
        VirtualMachineStatus status = machine.getStatus();
        machine.setStatus(new VirtualMachineStatus(
                status.state(), 3L, "worker", "web", null, status.identity(), null, null, null, status.conditions()));
        Observed gone = observed(machine, null, BACK);
        assertThat(AutomaticStarts.status(gone)).contains(new AutomaticStart("worker", NOW.toString()));
        assertThat(Decision.decide(gone).ready().reason()).isEqualTo("NodeRestarted");

        Pod leaving = new PodBuilder(deleting(running(machine)))
                .editStatus()
                .withReason("NodeLost")
                .endStatus()
                .build();
        assertThat(AutomaticStarts.status(observed(machine, leaving, BACK))).isPresent();
    }

    @Test
    void a_vm_that_its_kubelet_evicts_for_want_of_memory_did_not_go_with_its_node() {
        VirtualMachine machine = ran("Nothing", "0s", 0);
        Plan plan = Decision.decide(observed(machine, shutDown(machine), ready(3600)));
        assertThat(plan.start()).isPresent();
        Pod killed = new PodBuilder(ended(machine, 137, "", 60))
                .editStatus()
                .withReason("Terminated")
                .endStatus()
                .build();
        assertThat(Decision.decide(observed(machine, killed, ready(3600)))
                        .ready()
                        .reason())
                .isEqualTo("NodeRestarted");
    }

    @Test
    void a_start_that_the_kubelet_does_not_let_in_is_no_restart_of_the_node() {
        VirtualMachine machine = ran("Nothing", "0s", 0);
        VirtualMachine starting = at(machine, VirtualMachineState.STARTING, Reason.STARTING);
        assertThat(Decision.decide(observed(starting, lost(starting), BACK)).start())
                .isPresent();
    }

    @Test
    void a_vm_that_is_saved_with_its_node_has_its_claim_before_its_pod_and_the_claim_knows_the_pod() {
        VirtualMachine machine = web();
        machine.setSpec(with(machine.getSpec(), "automaticStopAction", AutomaticStopAction.SAVE));
        assertThat(Decision.decide(observed(machine, null, BACK)).actions())
                .containsExactly(new Action.PrepareSavedState(), new Action.CreatePod(false, 0));

        VirtualMachine up = at(machine, VirtualMachineState.RUNNING, Reason.RUNNING);
        Pod pod = running(up);
        assertThat(LauncherPod.keepsPlaceForMemory(up, pod)).isTrue();
        Observed runs = new Observed(
                up, pod, null, SavedState.prepared(up, "kubehv"), guestState(up), disks(up), Prerequisites.MET, NOW);
        assertThat(Decision.decide(runs).actions()).containsExactly(new Action.CreateSavedState(pod));
        assertThat(runs.resumes(runs.podFacts().orElseThrow())).isFalse();
        Observed noted = new Observed(
                up,
                pod,
                null,
                SavedState.desired(up, pod, "kubehv"),
                guestState(up),
                disks(up),
                Prerequisites.MET,
                NOW);
        assertThat(Decision.decide(noted).actions()).isEmpty();
    }

    @Test
    void a_vm_that_was_saved_with_its_node_waits_for_its_start_with_its_memory() {
        VirtualMachine machine = ran("Nothing", "0s", 0);
        machine.setSpec(with(machine.getSpec(), "automaticStopAction", AutomaticStopAction.SAVE));
        VirtualMachine saved = at(machine, VirtualMachineState.SAVED, Reason.RUNNING);
        Pod pod = running(saved);
        PersistentVolumeClaim claim = SavedState.desired(saved, pod, "kubehv");
        assertThat(Decision.decide(withClaim(saved, pod, claim)).actions())
                .as("its pod is still to end")
                .containsExactly(new Action.MarkSavedState(claim, NOW.toString()));

        Observed over = withClaim(saved, shutDown(saved), claim);
        assertThat(Decision.decide(over).actions()).contains(new Action.DeletePod(over.pod()));
        assertThat(AutomaticStarts.status(over)).isPresent();

        Plan plan = Decision.decide(withClaim(down(saved, NOW), null, claim));
        assertThat(plan.start()).isEmpty();
        assertThat(plan.state()).isEqualTo(VirtualMachineState.SAVED);
        assertThat(plan.ready().reason()).isEqualTo("NodeRestarted");
    }

    private static Observed withClaim(VirtualMachine machine, @Nullable Pod pod, PersistentVolumeClaim claim) {
        return new Observed(machine, pod, null, claim, guestState(machine), disks(machine), Prerequisites.MET, NOW);
    }

    @Test
    void the_kubelet_tells_the_pod_of_its_end() {
        assertThat(running(web())
                        .getSpec()
                        .getContainers()
                        .getFirst()
                        .getLifecycle()
                        .getPreStop()
                        .getExec()
                        .getCommand())
                .contains("/run/kubehv/stopping");
    }
}
