package io.kubehv.operator.virtualmachine;

import static io.kubehv.operator.virtualmachine.Fixtures.NOW;
import static io.kubehv.operator.virtualmachine.Fixtures.at;
import static io.kubehv.operator.virtualmachine.Fixtures.disks;
import static io.kubehv.operator.virtualmachine.Fixtures.guestState;
import static io.kubehv.operator.virtualmachine.Fixtures.reported;
import static io.kubehv.operator.virtualmachine.Fixtures.running;
import static io.kubehv.operator.virtualmachine.Fixtures.web;
import static io.kubehv.operator.virtualmachine.Fixtures.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.kubehv.api.v1alpha1.AssignedMemory;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.dependent.PodMemory;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MemoryResizeTest {
    private static final long MIB = 1L << 20;

    private VirtualMachine machine;
    private Pod pod;

    @BeforeEach
    void start() {
        machine = at(web(), VirtualMachineState.RUNNING, Reason.RUNNING);
        specSays("512Mi");
        pod = running(machine);
        daemonSays(512, 512);
    }

    private void specSays(String startup) {
        machine.setSpec(with(machine.getSpec(), "memory", Map.of("startup", startup, "maximum", "2Gi")));
    }

    private void daemonSays(long assigned, long requested) {
        reported(machine, null, AssignedMemory.of(assigned * MIB, requested * MIB), null);
    }

    /** What the operator asked for, and what the kubelet has done of it. */
    private void podHas(long asked, long given, @Nullable String pending) {
        PodMemory memory = new PodMemory(pod);
        PodBuilder changed = new PodBuilder(pod);
        changed.editSpec()
                .editFirstContainer()
                .editResources()
                .addToRequests("memory", memory.limitFor(asked * MIB))
                .addToLimits("memory", memory.limitFor(asked * MIB))
                .endResources()
                .endContainer()
                .endSpec();
        changed.editStatus()
                .withContainerStatuses()
                .withConditions()
                .addNewContainerStatus()
                .withName("hypervisor")
                .withNewResources()
                .addToLimits("memory", memory.limitFor(given * MIB))
                .endResources()
                .endContainerStatus()
                .endStatus();
        if (pending != null) {
            changed.editStatus()
                    .addNewCondition()
                    .withType("PodResizePending")
                    .withStatus("True")
                    .withReason(pending)
                    .withMessage("Node didn't have enough resource: memory")
                    .endCondition()
                    .endStatus();
        }
        pod = changed.build();
    }

    private Observed observed() {
        return observed(null);
    }

    private Observed observed(@Nullable PersistentVolumeClaim saved) {
        return new Observed(machine, pod, null, saved, guestState(machine), disks(machine), Prerequisites.MET, NOW);
    }

    private Verdict verdict() {
        return MemoryResize.verdict(observed()).orElseThrow();
    }

    private void assertNothingToDo() {
        assertThat(Decision.decide(observed()).actions()).isEmpty();
    }

    private void assertResizedTo(long mebibytes) {
        assertThat(Decision.decide(observed()).actions()).containsExactly(new Action.ResizePod(pod, mebibytes * MIB));
    }

    @Test
    void more_memory_is_for_the_pod_first_and_for_the_guest_when_the_pod_has_it() {
        assertNothingToDo();
        assertThat(verdict()).isEqualTo(Verdict.yes(Reason.MEMORY_ASSIGNED, "its guest has 512Mi"));

        specSays("1Gi");
        assertResizedTo(1024);
        assertThat(SpecSnapshot.changes(machine, new PodFacts(pod))).isEmpty();
        podHas(1024, 512, null);
        assertNothingToDo();
        assertThat(verdict().message()).isEqualTo("its pod is being given room for a guest of 1024Mi");
        podHas(1024, 1024, null);
        assertThat(verdict().message()).startsWith("its guest has 512Mi and may have 1024Mi");
        daemonSays(1024, 1024);
        assertNothingToDo();
        assertThat(verdict().holds()).isTrue();
    }

    @Test
    void the_pod_gives_up_what_the_guest_has_given_back_and_does_not_take_again() {
        specSays("1Gi");
        podHas(1024, 1024, null);
        daemonSays(1024, 1024);
        specSays("512Mi");
        assertNothingToDo();
        // After a reset, before its daemon has asked it for less.
        daemonSays(512, 1024);
        assertNothingToDo();
        daemonSays(1024, 512);
        assertNothingToDo();
        daemonSays(600, 512);
        assertResizedTo(600);
        assertThat(verdict().message())
                .startsWith("its guest has 600Mi and was asked to give back all but 512Mi; it does so in its own time");
        podHas(600, 600, null);
        assertNothingToDo();
        daemonSays(512, 512);
        assertResizedTo(512);
    }

    @Test
    void a_pod_is_not_shrunk_without_a_word_of_the_daemon() {
        podHas(1024, 1024, null);
        machine = at(machine, VirtualMachineState.RUNNING, Reason.RUNNING);
        assertNothingToDo();
    }

    @Test
    void a_node_without_room_is_told_and_forgotten_when_the_spec_takes_it_back() {
        specSays("1Gi");
        podHas(1024, 512, "Deferred");
        assertNothingToDo();
        assertThat(verdict().reason()).isEqualTo("NoRoomOnNode");
        assertThat(verdict().message())
                .contains("a guest of 1024Mi (Node didn't have enough resource: memory); it runs on with what it has");
        assertThat(Decision.decide(observed()).ready().holds()).isTrue();

        specSays("512Mi");
        assertResizedTo(512);
    }

    @Test
    void what_is_outside_of_the_room_waits_for_the_next_start_and_the_guest_comes_as_near_as_it_can() {
        specSays("256Mi");
        assertThat(SpecSnapshot.changes(machine, new PodFacts(pod))).containsExactly("memory.startup");
        assertNothingToDo();
        assertThat(verdict().message())
                .isEqualTo(
                        "its guest has 512Mi; while it runs it can have from 512Mi to 2048Mi, and memory.startup holds"
                                + " from its next start on");
        machine.setSpec(with(machine.getSpec(), "memory", Map.of("startup", "4Gi", "maximum", "4Gi")));
        assertThat(SpecSnapshot.changes(machine, new PodFacts(pod)))
                .containsExactly("memory.maximum", "memory.startup");
        assertResizedTo(2048);
    }

    @Test
    void a_vm_without_room_stays_as_it_is() {
        machine.setSpec(with(machine.getSpec(), "memory", Map.of("startup", "512Mi")));
        pod = running(machine);
        machine.setSpec(with(machine.getSpec(), "memory", Map.of("startup", "1Gi")));
        assertNothingToDo();
        assertThat(MemoryResize.verdict(observed())).isEmpty();
        assertThat(SpecSnapshot.changes(machine, new PodFacts(pod))).containsExactly("memory.startup");
    }

    @Test
    void a_vm_whose_memory_is_being_saved_or_whose_guest_shuts_down_stays_as_it_is() {
        specSays("1Gi");
        machine.setSpec(Fixtures.with(machine.getSpec(), PowerState.SAVED));
        assertThat(Decision.decide(observed()).actions()).noneMatch(Action.ResizePod.class::isInstance);
        machine.setSpec(Fixtures.with(machine.getSpec(), PowerState.OFF));
        assertThat(Decision.decide(observed()).actions()).containsExactly(new Action.DeletePod(pod));
    }

    @Test
    void a_memory_that_has_grown_is_saved_to_a_claim_of_its_size_and_goes_on_in_a_pod_of_its_size() {
        podHas(1024, 1024, null);
        PersistentVolumeClaim small = SavedState.desired(machine, running(machine), null);
        PersistentVolumeClaim claim = SavedState.desired(machine, pod, null);
        assertThat(claim.getSpec().getResources().getRequests().get("storage").getNumericalAmount())
                .isGreaterThan(new java.math.BigDecimal(1024 * MIB));
        assertThat(new PodMemory(SavedState.heldBy(claim)).asked()).isEqualTo(1024 * MIB);

        machine.setSpec(Fixtures.with(machine.getSpec(), PowerState.SAVED));
        PersistentVolumeClaim present = new PersistentVolumeClaimBuilder(small)
                .editMetadata()
                .withUid("c1")
                .endMetadata()
                .build();
        assertThat(Decision.decide(observed(present)).actions()).containsExactly(new Action.DeleteSavedState(present));
        assertThat(Decision.decide(observed(claim)).actions()).noneMatch(Action.DeleteSavedState.class::isInstance);
    }
}
