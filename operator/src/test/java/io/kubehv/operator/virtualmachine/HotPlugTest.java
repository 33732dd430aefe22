package io.kubehv.operator.virtualmachine;

import static io.kubehv.operator.virtualmachine.Fixtures.NOW;
import static io.kubehv.operator.virtualmachine.Fixtures.at;
import static io.kubehv.operator.virtualmachine.Fixtures.disks;
import static io.kubehv.operator.virtualmachine.Fixtures.ended;
import static io.kubehv.operator.virtualmachine.Fixtures.guestState;
import static io.kubehv.operator.virtualmachine.Fixtures.reported;
import static io.kubehv.operator.virtualmachine.Fixtures.running;
import static io.kubehv.operator.virtualmachine.Fixtures.web;
import static io.kubehv.operator.virtualmachine.Fixtures.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.kubehv.api.v1alpha1.AttachedDisk;
import io.kubehv.api.v1alpha1.Disk;
import io.kubehv.api.v1alpha1.DiskBus;
import io.kubehv.api.v1alpha1.DiskQos;
import io.kubehv.api.v1alpha1.DvdDrive;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.pod.PodRoles;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.dependent.AttachmentPod;
import io.kubehv.operator.virtualmachine.dependent.TestSettings;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HotPlugTest {
    private VirtualMachine machine;
    private Pod pod;

    @BeforeEach
    void start() {
        machine = at(web(), VirtualMachineState.RUNNING, Reason.RUNNING);
        pod = running(machine);
    }

    private static Disk disk(String name, @Nullable DiskBus bus) {
        return new Disk(name, name, null, null, null, bus, null, null);
    }

    private static ResolvedDisk resolved(Disk disk) {
        return new ResolvedDisk(disk, disk.name(), false, 1L << 20, "kubehv", null, false);
    }

    private void specHas(Disk more) {
        List<Disk> now = new ArrayList<>(web().getSpec().disks());
        now.add(more);
        machine.setSpec(with(machine.getSpec(), "disks", now));
    }

    private void daemonSays(AttachedDisk... attached) {
        reported(machine, List.of(attached), null, null);
    }

    private Observed observed(List<ResolvedDisk> more, Pod... attachments) {
        List<ResolvedDisk> all = new ArrayList<>(disks(web()));
        all.addAll(more);
        return new Observed(
                machine, pod, null, null, guestState(machine), all, List.of(attachments), Prerequisites.MET, NOW);
    }

    private Pod attachmentPod(ResolvedDisk disk) {
        return AttachmentPod.desired(machine, disk, "worker", new TestSettings());
    }

    private static final ResolvedDisk MORE = resolved(disk("more", null));

    @Test
    void a_disk_that_comes_to_a_running_vm_gets_a_pod_on_the_vms_node() {
        specHas(MORE.disk());
        Observed observed = observed(List.of(MORE));
        assertThat(Decision.decide(observed).actions()).containsExactly(new Action.CreateAttachment(MORE, "worker"));
        assertThat(StatusBuilder.disks(observed).message()).isEqualTo("disk \"more\": it is being attached");
        assertThat(Decision.decide(observed(List.of(MORE), attachmentPod(MORE))).actions())
                .isEmpty();
    }

    @Test
    void a_disk_that_is_not_ready_or_on_no_SCSI_bus_gets_none() {
        ResolvedDisk virtio = resolved(disk("more", DiskBus.VIRTIO));
        assertThat(Decision.decide(observed(List.of(virtio))).actions()).isEmpty();
        ResolvedDisk absent = new ResolvedDisk(
                MORE.disk(), "more", false, null, null, Verdict.no(Reason.DISK_NOT_READY, "not yet"), false);
        assertThat(Decision.decide(observed(List.of(absent))).actions()).isEmpty();
    }

    @Test
    void a_setting_of_a_disk_that_came_holds_from_the_next_start_and_that_is_said() {
        specHas(MORE.disk());
        Pod attachment = attachmentPod(MORE);
        assertThat(StatusBuilder.restart(observed(List.of(MORE), attachment))).isEmpty();

        Disk limited = new Disk("more", "more", null, null, null, null, new DiskQos(50L, 10L), null);
        machine = at(web(), VirtualMachineState.RUNNING, Reason.RUNNING);
        specHas(limited);
        assertThat(StatusBuilder.restart(observed(List.of(resolved(limited)), attachment)))
                .hasValueSatisfying(
                        verdict -> assertThat(verdict.message()).contains(": disks[more].qos.maximumIOPS;"));
    }

    @Test
    void a_block_volume_waits_for_the_next_start_and_that_is_said() {
        Observed observed = observed(List.of(new ResolvedDisk(MORE.disk(), "more", true, null, null, null, false)));
        assertThat(Decision.decide(observed).actions()).isEmpty();
        assertThat(StatusBuilder.disks(observed).message()).contains("Block volume", "restart");
    }

    @Test
    void the_pod_of_a_disk_that_left_goes_when_its_daemon_says_that_it_is_detached() {
        Pod attachment = attachmentPod(MORE);
        daemonSays(new AttachedDisk("more", true, attachment.getMetadata().getName(), "Detaching", null));
        assertThat(Decision.decide(observed(List.of(), attachment)).actions()).isEmpty();
        daemonSays();
        assertThat(Decision.decide(observed(List.of(), attachment)).actions())
                .containsExactly(new Action.DeletePod(attachment));
    }

    @Test
    void pods_of_disks_go_with_the_vms_pod_and_not_while_that_is_going() {
        Pod attachment = attachmentPod(MORE);
        daemonSays(new AttachedDisk("more", true, attachment.getMetadata().getName(), "Attached", null));
        pod = Fixtures.deleting(pod);
        assertThat(Decision.decide(observed(List.of(MORE), attachment)).actions())
                .doesNotContain(new Action.DeletePod(attachment));
        pod = ended(machine, 0, "", 5);
        assertThat(Decision.decide(observed(List.of(MORE), attachment)).actions())
                .contains(new Action.DeletePod(attachment));
    }

    @Test
    void what_keeps_a_disk_from_being_attached_is_said_in_DisksReady() {
        Pod stuck = new PodBuilder(attachmentPod(MORE))
                .withNewStatus()
                .withPhase("Pending")
                .addNewCondition()
                .withType("PodScheduled")
                .withStatus("False")
                .withReason("Unschedulable")
                .withMessage("the volume is on another node")
                .endCondition()
                .endStatus()
                .build();
        assertThat(StatusBuilder.disks(observed(List.of(MORE), stuck)).message())
                .isEqualTo("disk \"more\": the volume is on another node");
        daemonSays(new AttachedDisk("more", false, stuck.getMetadata().getName(), "Failed", "QEMU has no room"));
        assertThat(StatusBuilder.disks(observed(List.of(MORE), stuck)).message())
                .isEqualTo("disk \"more\": QEMU has no room");
        daemonSays(new AttachedDisk("more", true, stuck.getMetadata().getName(), "Attached", null));
        assertThat(StatusBuilder.disks(observed(List.of(MORE), stuck)).message())
                .isEqualTo("its 3 disks are ready");
    }

    @Test
    void a_vm_whose_disks_have_changed_is_not_saved_and_says_why() {
        machine.setSpec(with(machine.getSpec(), PowerState.SAVED));
        Plan plan = Decision.decide(observed(List.of(MORE)));
        assertThat(plan.ready().reason()).isEqualTo(Reason.DISKS_CHANGED.text());
        assertThat(plan.actions()).isEmpty();
        assertThat(Decision.decide(observed(List.of())).ready().reason()).isEqualTo(Reason.SAVING.text());
    }

    @Test
    void a_medium_for_a_drive_gets_a_pod_and_another_medium_another() {
        machine.setSpec(with(machine.getSpec(), "dvdDrives", List.of(new DvdDrive("dvd0", "one", null))));
        ResolvedDisk one = medium("one");
        ResolvedDisk two = medium("two");
        assertThat(Decision.decide(observed(List.of(one))).actions())
                .containsExactly(new Action.CreateAttachment(one, "worker"));
        assertThat(Decision.decide(observed(List.of(two), attachmentPod(one))).actions())
                .containsExactly(new Action.DeletePod(attachmentPod(one)), new Action.CreateAttachment(two, "worker"));
    }

    private static ResolvedDisk medium(String claim) {
        Disk disk = new Disk("dvd0", claim, null, null, null, null, null, true);
        return new ResolvedDisk(disk, claim, false, null, "kubehv", null, false);
    }

    @Test
    void only_what_the_running_vm_can_not_take_on_waits_for_a_restart() {
        specHas(disk("more", DiskBus.SCSI));
        assertThat(StatusBuilder.restart(observed(List.of()))).isEmpty();
        machine.setSpec(
                with(machine.getSpec(), "disks", List.of(web().getSpec().disks().getFirst())));
        assertThat(StatusBuilder.restart(observed(List.of()))).isEmpty();
        specHas(disk("more", DiskBus.VIRTIO));
        assertThat(StatusBuilder.restart(observed(List.of())).orElseThrow().message())
                .contains("disks[more].bus");
        machine.setSpec(with(machine.getSpec(), "disks", List.of(disk("root", null))));
        assertThat(StatusBuilder.restart(observed(List.of())).orElseThrow().message())
                .contains("disks[root].virtualHardDisk")
                .doesNotContain("disks[data]");
    }

    @Test
    void a_change_of_medium_waits_for_no_restart_and_a_change_of_drives_does() {
        machine.setSpec(with(machine.getSpec(), "dvdDrives", List.of(new DvdDrive("dvd0", "one", null))));
        pod = running(machine);
        machine.setSpec(with(machine.getSpec(), "dvdDrives", List.of(new DvdDrive("dvd0", null, "two"))));
        assertThat(StatusBuilder.restart(observed(List.of()))).isEmpty();
        machine.setSpec(with(machine.getSpec(), "dvdDrives", List.of()));
        assertThat(StatusBuilder.restart(observed(List.of()))).isPresent();
    }

    @Test
    void the_pod_of_a_disk_mounts_its_claim_and_does_nothing() {
        Pod attachment = attachmentPod(MORE);
        assertThat(attachment.getMetadata().getName()).startsWith("web-attach-more-");
        assertThat(attachment.getMetadata().getLabels())
                .containsEntry(
                        KubeHV.ATTACHMENT_FOR_LABEL, machine.getMetadata().getUid())
                .containsEntry(PodRoles.LABEL, PodRoles.ATTACHMENT);
        assertThat(attachment.getMetadata().getAnnotations()).containsEntry(KubeHV.DISK_ANNOTATION, "more");
        assertThat(attachment.getSpec().getVolumes()).hasSize(1);
        assertThat(attachment.getSpec().getInitContainers().getFirst().getCommand())
                .endsWith("/disk/disk.img", String.valueOf(1L << 20));
        assertThat(attachment.getSpec().getContainers().getFirst().getCommand())
                .containsExactly("/bin/sleep", "infinity");
        assertThat(AttachmentPod.desired(machine, medium("iso"), "worker", new TestSettings())
                        .getSpec()
                        .getInitContainers())
                .isEmpty();
    }
}
