package io.kubehv.vmbus.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.vmbus.checkpoint.CheckpointOrder;
import io.kubehv.vmbus.disk.Attachment;
import io.kubehv.vmbus.machine.PodFacts;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FleetTest {
    private static final String UID = "6f2f7f4e";

    private final List<RecordingHold> holds = new ArrayList<>();
    private final List<MachineKey> lookups = new ArrayList<>();
    private final Fleet fleet = new Fleet(
            (machine, pod) -> {
                RecordingHold hold = new RecordingHold(machine);
                holds.add(hold);
                return hold;
            },
            (machine, answerTo) -> lookups.add(machine));

    private static final class RecordingHold implements Hold {
        final MachineKey key;
        final List<String> told = new ArrayList<>();

        boolean alive = true;

        @Nullable
        String savePod;

        List<Attachment> attachments = List.of();

        RecordingHold(MachineKey key) {
            this.key = key;
        }

        @Override
        public void podIs(PodFacts pod) {
            told.add("pod");
        }

        @Override
        public void machineIs(VirtualMachine current) {
            told.add("machine");
        }

        @Override
        public void machineIsElsewhere() {
            told.add("elsewhere");
        }

        @Override
        public void machineIsGone() {
            told.add("gone");
        }

        @Override
        public void savePodIs(@Nullable String uid) {
            savePod = uid;
        }

        @Override
        public void checkpointIs(CheckpointOrder order) {
            told.add("checkpoint " + order.name());
        }

        @Override
        public void attachmentsAre(Collection<Attachment> pods) {
            attachments = List.copyOf(pods);
        }

        @Override
        public boolean isConnected() {
            return false;
        }

        @Override
        public boolean isAlive() {
            return alive;
        }

        @Override
        public void close() {
            told.add("closed");
        }
    }

    private static Pod pod(String namespace, String name, String owner, String label) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .withUid(namespace + "-" + name)
                .addToLabels(KubeHV.VIRTUAL_MACHINE_LABEL, "true")
                .addToLabels(KubeHV.VIRTUAL_MACHINE_UID_LABEL, label)
                .addToLabels(KubeHV.SAVE_POD_FOR_LABEL, label)
                .withOwnerReferences(new OwnerReferenceBuilder()
                        .withApiVersion("kubehv.io/v1alpha1")
                        .withKind("VirtualMachine")
                        .withName(owner)
                        .withUid(UID)
                        .withController(true)
                        .build())
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .endContainer()
                .endSpec()
                .withNewStatus()
                .withPhase("Running")
                .endStatus()
                .build();
    }

    private static VirtualMachine machine(String namespace) {
        VirtualMachine machine = new VirtualMachine();
        machine.getMetadata().setNamespace(namespace);
        machine.getMetadata().setName("web");
        machine.getMetadata().setUid(UID);
        machine.getMetadata().setResourceVersion("7");
        return machine;
    }

    @Test
    void a_pod_of_the_vms_name_that_the_vm_owns_is_held() {
        fleet.podIs(pod("shop", "web", "web", UID));
        fleet.machineIs(machine("shop"));
        assertThat(holds).singleElement().satisfies(hold -> {
            assertThat(hold.key).isEqualTo(new MachineKey("shop", "web", UID));
            assertThat(hold.told).containsExactly("pod", "machine");
        });
    }

    @ParameterizedTest
    @CsvSource({"web-2, web, 6f2f7f4e", "web, other, 6f2f7f4e", "web, web, forged"})
    void a_pod_of_another_name_or_with_another_label_is_none_of_a_vm(String name, String owner, String label) {
        fleet.podIs(pod("shop", name, owner, label));
        assertThat(holds).isEmpty();
    }

    @Test
    void a_pod_that_names_a_vm_of_another_namespace_is_told_nothing_of_it() {
        fleet.podIs(pod("evil", "web", "web", UID));
        fleet.machineIs(machine("shop"));
        fleet.savePodIs(pod("shop", "web-saved", "web", UID));
        assertThat(holds).singleElement().satisfies(hold -> {
            assertThat(hold.told).containsExactly("pod");
            assertThat(hold.savePod).isNull();
        });
    }

    @Test
    void a_save_pod_is_believed_only_in_its_vms_namespace_and_under_its_vms_ownership() {
        fleet.podIs(pod("shop", "web", "web", UID));
        RecordingHold hold = holds.getFirst();
        fleet.savePodIs(pod("evil", "web-saved", "web", UID));
        assertThat(hold.savePod).isNull();
        Pod orphan = pod("shop", "orphan", "web", UID);
        orphan.getMetadata().setOwnerReferences(List.of());
        fleet.savePodIs(orphan);
        assertThat(hold.savePod).isNull();
        Pod own = pod("shop", "web-saved", "web", UID);
        fleet.savePodIs(own);
        assertThat(hold.savePod).isEqualTo("shop-web-saved");
        fleet.savePodIsGone(own);
        assertThat(hold.savePod).isNull();
    }

    @Test
    void a_vm_that_is_not_there_any_more_is_told_to_the_session_that_waits_for_it() {
        fleet.podIs(pod("shop", "web", "web", UID));
        fleet.machineIsNowhere(lookups.getFirst());
        assertThat(holds.getFirst().told).containsExactly("pod", "gone");
    }

    @Test
    void a_lookup_that_is_late_takes_back_nothing() {
        fleet.podIs(pod("shop", "web", "web", UID));
        fleet.machineIs(machine("shop"));
        fleet.machineIsNowhere(lookups.getFirst());
        assertThat(holds.getFirst().told).containsExactly("pod", "machine");
    }

    @ParameterizedTest
    @CsvSource({"154, 154", "155, 154", "253, 154"})
    void a_pod_has_its_vms_name_while_it_fits(int length, int podLength) {
        String name = "n".repeat(length);
        assertThat(DerivedName.ofPod(name)).hasSize(podLength);
        assertThat(DerivedName.ofPod(name).equals(name)).isEqualTo(length == podLength);
    }

    /** The operator's own answer for this name. */
    @Test
    void a_long_name_is_shortened_as_the_operator_does() {
        assertThat(DerivedName.ofPod("n".repeat(200))).isEqualTo("n".repeat(140) + "-1be63cc0bd-vm");
    }

    @Test
    void one_hold_that_has_ended_makes_the_fleet_unhealthy() {
        fleet.podIs(pod("shop", "web", "web", UID));
        assertThat(fleet.isAlive()).isTrue();
        holds.getFirst().alive = false;
        assertThat(fleet.isAlive()).isFalse();
    }

    @Test
    void a_session_is_told_what_pods_mount_for_its_machine_and_of_nobody_elses() {
        fleet.podIs(pod("shop", "web", "web", UID));
        fleet.attachmentPodIs(attachmentPod("web-attach-a", UID, "Running"));
        fleet.attachmentPodIs(attachmentPod("web-attach-b", "another", "Running"));
        assertThat(holds.getFirst().attachments)
                .containsExactly(new Attachment("a", "shop-web-attach-a", "web-attach-a", "claim-a", true, false));
        fleet.attachmentPodIs(attachmentPod("web-attach-a", UID, "Failed"));
        assertThat(holds.getFirst().attachments).extracting(Attachment::leaving).containsExactly(true);
        fleet.attachmentPodIsGone(attachmentPod("web-attach-a", UID, "Failed"));
        assertThat(holds.getFirst().attachments).isEmpty();
    }

    @Test
    void a_session_that_begins_later_is_told_what_pods_mount_for_its_machine() {
        fleet.attachmentPodIs(attachmentPod("web-attach-a", UID, "Running"));
        fleet.podIs(pod("shop", "web", "web", UID));
        assertThat(holds.getFirst().attachments).hasSize(1);
    }

    private static Pod attachmentPod(String name, String label, String phase) {
        return new PodBuilder(pod("shop", name, "web", label))
                .editMetadata()
                .addToLabels(KubeHV.ATTACHMENT_FOR_LABEL, label)
                .addToAnnotations(KubeHV.DISK_ANNOTATION, "a")
                .endMetadata()
                .editSpec()
                .addNewVolume()
                .withName("disk")
                .withNewPersistentVolumeClaim()
                .withClaimName("claim-a")
                .endPersistentVolumeClaim()
                .endVolume()
                .endSpec()
                .editStatus()
                .withPhase(phase)
                .endStatus()
                .build();
    }
}
