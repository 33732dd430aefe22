package io.kubehv.vmbus.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.AttachedDisk;
import io.kubehv.api.v1alpha1.Disk;
import io.kubehv.api.v1alpha1.DiskBus;
import io.kubehv.api.v1alpha1.DvdDrive;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import io.kubehv.hv.hotplug.Origin;
import io.kubehv.hv.hotplug.PresentDisk;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskControlTest {
    private static final OwnDisk ROOT = new OwnDisk("root", false, true, "debian", "/disks/root/disk.img");
    private static final OwnDisk DRIVE = new OwnDisk("dvd0", true, true, null, null);

    @TempDir
    private Path pods;

    private final FakeDisks qemu = new FakeDisks();
    private long now;
    private DiskControl control;

    private void begin(OwnDisk... own) {
        control = new DiskControl(new DiskFiles(pods, directory -> true), "vm", List.of(own), () -> now);
        for (OwnDisk disk : own) {
            if (disk.path() != null) {
                qemu.present.add(new PresentDisk(disk.name(), disk.dvd(), true, disk.path(), 1, null, false));
            }
        }
        control.connected(qemu);
    }

    private static Disk disk(String name, String claim) {
        return disk(name, claim, DiskBus.SCSI);
    }

    private static Disk disk(String name, String claim, DiskBus bus) {
        return new Disk(name, claim, null, null, null, bus, null, null);
    }

    private void wants(@Nullable String medium, Disk... disks) {
        VirtualMachine machine = new VirtualMachine();
        machine.getMetadata().setName("web");
        machine.setSpec(Serialization.unmarshal(
                Serialization.asJson(
                        Map.of("disks", List.of(disks), "dvdDrives", List.of(new DvdDrive("dvd0", medium, null)))),
                VirtualMachineSpec.class));
        control.wants(machine);
    }

    private Attachment attachment(String disk, String claim) throws IOException {
        Path volume = Files.createDirectories(pods.resolve("uid-" + claim + "/volumes/kubernetes.io~csi/pvc/mount"));
        try (RandomAccessFile image =
                new RandomAccessFile(volume.resolve("disk.img").toFile(), "rw")) {
            image.setLength(1);
        }
        return new Attachment(disk, "uid-" + claim, "pod-" + claim, claim, true, false);
    }

    private void steps(int count) {
        for (int i = 0; i < count; i++) {
            now += Duration.ofMillis(100).toNanos();
            control.step(qemu);
        }
    }

    @Test
    void a_disk_comes_when_its_volume_is_there_and_leaves_with_the_spec() throws IOException {
        begin(ROOT);
        wants(null, disk("root", "debian"), disk("data", "data"));
        steps(1);
        assertThat(qemu.orders).isEmpty();
        control.attachmentsAre(List.of(attachment("data", "data")));
        steps(1);
        assertThat(qemu.orders).containsExactly("add data");
        assertThat(control.statuses()).containsExactly(new AttachedDisk("data", true, "pod-data", "Attached", null));
        wants(null, disk("root", "debian"));
        steps(1);
        assertThat(qemu.orders).containsExactly("add data", "remove data");
        assertThat(control.statuses()).isEmpty();
    }

    @Test
    void a_disk_that_is_not_let_go_of_is_told_as_detaching_and_tried_again() throws IOException {
        begin();
        control.attachmentsAre(List.of(attachment("data", "data")));
        wants(null, disk("data", "data"));
        steps(1);
        qemu.clings = 2;
        wants(null);
        steps(1);
        assertThat(control.statuses()).extracting(AttachedDisk::reason).containsExactly("Detaching");
        steps(2);
        assertThat(control.statuses()).isEmpty();
    }

    @Test
    void what_QEMU_refuses_is_told_and_tried_again_later() throws IOException {
        begin();
        qemu.refuses = true;
        control.attachmentsAre(List.of(attachment("data", "data")));
        wants(null, disk("data", "data"));
        steps(5);
        assertThat(qemu.orders).containsExactly("add data");
        assertThat(control.statuses())
                .containsExactly(new AttachedDisk("data", false, "pod-data", "Failed", "no room"));
        qemu.refuses = false;
        now += Duration.ofSeconds(11).toNanos();
        steps(1);
        assertThat(control.statuses()).extracting(AttachedDisk::reason).containsExactly("Attached");
    }

    @Test
    void a_volume_without_a_disk_in_it_is_told() throws IOException {
        begin();
        Attachment empty = attachment("data", "data");
        Files.delete(pods.resolve("uid-data/volumes/kubernetes.io~csi/pvc/mount/disk.img"));
        control.attachmentsAre(List.of(empty));
        wants(null, disk("data", "data"));
        steps(1);
        assertThat(control.statuses()).extracting(AttachedDisk::reason).containsExactly("Failed");
        assertThat(qemu.orders).isEmpty();
    }

    @Test
    void a_disk_from_the_start_leaves_and_comes_back_from_the_machines_own_pod() {
        begin(ROOT);
        wants(null);
        steps(1);
        wants(null, disk("root", "debian"));
        steps(1);
        assertThat(qemu.orders).containsExactly("remove root", "add root from /disks/root/disk.img");
    }

    @Test
    void a_disk_from_the_start_that_came_back_is_told_of_as_its_place_is_another() {
        begin(ROOT, DRIVE);
        assertThat(control.areAsAtStart()).isTrue();
        assertThat(control.statuses()).isEmpty();
        wants(null);
        steps(1);
        wants(null, disk("root", "debian"));
        steps(1);
        assertThat(control.areAsAtStart()).isFalse();
        assertThat(control.statuses()).containsExactly(new AttachedDisk("root", true, null, "Attached", null));
    }

    @Test
    void a_disk_from_the_start_stays_when_its_name_means_another_claim_or_bus() {
        begin(ROOT);
        wants(null, disk("root", "other"));
        steps(1);
        wants(null, disk("root", "debian", DiskBus.VIRTIO));
        steps(1);
        assertThat(qemu.orders).isEmpty();
    }

    @Test
    void a_disk_that_is_on_no_SCSI_bus_stays() {
        begin(new OwnDisk("root", false, false, "debian", "/disks/root/disk.img"));
        wants(null);
        steps(1);
        assertThat(qemu.orders).isEmpty();
    }

    @Test
    void a_disk_that_came_under_a_name_is_changed_for_another_of_that_name() throws IOException {
        begin();
        control.attachmentsAre(List.of(attachment("data", "one")));
        wants(null, disk("data", "one"));
        steps(1);
        control.attachmentsAre(List.of(attachment("data", "one"), attachment("data", "two")));
        wants(null, disk("data", "two"));
        steps(2);
        assertThat(qemu.orders).containsExactly("add data", "remove data", "add data");
        assertThat(control.statuses()).extracting(AttachedDisk::podName).containsExactly("pod-two");
    }

    @Test
    void a_medium_is_changed_and_a_locked_drive_opened_by_force_in_the_end() throws IOException {
        begin(DRIVE);
        control.attachmentsAre(List.of(attachment("dvd0", "one"), attachment("dvd0", "two")));
        wants("one");
        steps(1);
        qemu.clings = 1_000;
        wants("two");
        steps(100);
        assertThat(qemu.orders).contains("eject dvd0", "force dvd0").endsWith("insert dvd0");
        assertThat(control.statuses()).extracting(AttachedDisk::podName).containsExactly("pod-two");
    }

    @Test
    void a_medium_from_the_start_is_taken_out_and_put_in_again() {
        begin(new OwnDisk("dvd0", true, true, "iso", "/disks/dvd0/disk.img"));
        wants(null);
        steps(1);
        wants("iso");
        steps(1);
        assertThat(qemu.orders).containsExactly("eject dvd0", "insert dvd0 from /disks/dvd0/disk.img");
    }

    @Test
    void a_disk_whose_pod_goes_is_let_go_of() throws IOException {
        begin();
        Attachment pod = attachment("data", "data");
        control.attachmentsAre(List.of(pod));
        wants(null, disk("data", "data"));
        steps(1);
        control.attachmentsAre(List.of(new Attachment("data", pod.podUid(), pod.podName(), "data", false, true)));
        steps(2);
        assertThat(qemu.orders).containsExactly("add data", "remove data");
    }

    @Test
    void a_new_daemon_that_knows_of_no_pods_yet_leaves_what_is_attached() {
        qemu.present.add(new PresentDisk(
                "data", false, true, "/dev/fdset/1", 1, new Origin("disk-data", "uid", "pod-data", "data"), true));
        begin();
        assertThat(control.statuses()).extracting(AttachedDisk::podName).containsExactly("pod-data");
        steps(1);
        wants(null, disk("data", "data"));
        steps(1);
        assertThat(qemu.orders).isEmpty();
    }

    @Test
    void what_an_earlier_daemon_left_half_way_is_cleared_away_first() throws IOException {
        qemu.present.add(new PresentDisk("data", false, false, "/dev/fdset/1", 1, null, false));
        begin();
        control.attachmentsAre(List.of(attachment("data", "data")));
        wants(null, disk("data", "data"));
        steps(2);
        assertThat(qemu.orders).containsExactly("remove data", "add data");
    }

    @Test
    void a_guest_is_told_when_the_file_of_a_disk_has_grown() throws IOException {
        begin();
        control.attachmentsAre(List.of(attachment("data", "data")));
        wants(null, disk("data", "data"));
        steps(1);
        Files.write(pods.resolve("uid-data/volumes/kubernetes.io~csi/pvc/mount/disk.img"), new byte[7]);
        now += Duration.ofSeconds(31).toNanos();
        steps(1);
        assertThat(qemu.orders).containsExactly("add data", "resize data to 7");
    }
}
