package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.AttachedDisk;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Disks and media that come to a running VM and leave it, by its spec alone. */
@OnCluster
class HotPlugE2E {
    private static final long MIB = 1L << 20;

    /** The disk that has a number of bytes, as the guest calls it; nothing when there is none. */
    private static String find(Machine machine, long bytes) {
        return machine.run("for d in /sys/class/block/sd?; do [ $(cat $d/size) = " + bytes / 512
                + " ] && echo ${d##*/}; done; true");
    }

    private static String awaitDisk(Laboratory laboratory, Machine machine, long bytes) {
        laboratory
                .await("a disk of " + bytes + " bytes in the guest", Laboratory.SOON)
                .until(() -> !find(machine, bytes).isEmpty());
        return find(machine, bytes);
    }

    private static void awaitNoDisk(Laboratory laboratory, Machine machine, long bytes) {
        laboratory
                .await("no disk of " + bytes + " bytes in the guest", Laboratory.SOON)
                .until(() -> find(machine, bytes).isEmpty());
    }

    private static void awaitReleased(Laboratory laboratory, Machine machine) {
        laboratory
                .await("no pod that mounts a disk for " + machine.name(), Laboratory.SOON)
                .untilAsserted(() -> {
                    assertThat(machine.get().getStatus().disks()).isNullOrEmpty();
                    assertThat(laboratory
                                    .client()
                                    .pods()
                                    .inNamespace(laboratory.namespace())
                                    .withLabel("kubehv.io/attachment-for")
                                    .list()
                                    .getItems())
                            .isEmpty();
                });
    }

    private static String with(String name, String... disks) {
        return Manifests.tiny(name, 2)
                .replace("  networkAdapters:", String.join("\n", disks).indent(2) + "  networkAdapters:");
    }

    @Test
    void a_disk_comes_to_a_running_vm_leaves_it_and_comes_back_with_what_was_written(Laboratory laboratory) {
        laboratory.apply(Manifests.disk("data", "24Mi", "blank: {}"));
        laboratory.apply(with("web"));
        Machine web = laboratory.machine("web");
        web.awaitGuest();
        String pod = web.podUid();

        laboratory.apply(with("web", "- {name: data, virtualHardDisk: data}"));
        String disk = awaitDisk(laboratory, web, 24 * MIB);
        web.run("echo remembered | dd of=/dev/" + disk + " conv=fsync 2>/dev/null");
        assertThat(web.get().getStatus().disks())
                .singleElement()
                .matches(AttachedDisk::attached)
                .matches(attached -> attached.name().equals("data"));
        web.awaitCondition("DisksReady", "True", "AllReady");
        assertThat(web.get().getStatus().conditions())
                .noneMatch(condition -> condition.getType().equals("RestartRequired"));

        web.power(PowerState.SAVED);
        web.awaitReady("False", "DisksChanged");
        web.power(PowerState.RUNNING);
        web.awaitReady("True", "Running");

        laboratory.apply(with("web"));
        awaitNoDisk(laboratory, web, 24 * MIB);
        awaitReleased(laboratory, web);

        laboratory.apply(with("web", "- {name: data, virtualHardDisk: data}"));
        String again = awaitDisk(laboratory, web, 24 * MIB);
        assertThat(web.run("head -c 10 /dev/" + again)).isEqualTo("remembered");
        assertThat(web.podUid()).isEqualTo(pod);

        web.power(PowerState.OFF);
        web.awaitState(VirtualMachineState.OFF);
        awaitReleased(laboratory, web);
        web.power(PowerState.RUNNING);
        web.awaitGuest();
        assertThat(web.run("head -c 10 /dev/" + awaitDisk(laboratory, web, 24 * MIB)))
                .isEqualTo("remembered");
        assertThat(web.get().getStatus().disks()).isNullOrEmpty();
    }

    @Test
    void a_disk_that_a_running_vm_has_is_refused_to_another(Laboratory laboratory) {
        laboratory.apply(Manifests.disk("data", "24Mi", "blank: {}"));
        laboratory.apply(with("web"));
        Machine web = laboratory.machine("web");
        web.awaitGuest();
        laboratory.apply(with("web", "- {name: data, virtualHardDisk: data}"));
        awaitDisk(laboratory, web, 24 * MIB);

        laboratory.apply(Manifests.tinyOn("thief", 1, "data"));
        laboratory.machine("thief").awaitReady("False", "DiskInUse");

        laboratory.apply(with("web"));
        laboratory.machine("thief").awaitState(VirtualMachineState.RUNNING);
    }

    @Test
    void a_new_daemon_goes_on_with_the_disks_that_came_while_the_vm_ran(Laboratory laboratory) {
        laboratory.apply(with("web"));
        Machine web = laboratory.machine("web");
        web.awaitGuest();
        laboratory.apply(with("web", "- {name: data, template: {size: 24Mi, blank: {}}}"));
        awaitDisk(laboratory, web, 24 * MIB);
        List<AttachedDisk> before = web.get().getStatus().disks();

        laboratory
                .client()
                .pods()
                .inNamespace("kubehv-system")
                .withLabel("app.kubernetes.io/name", "vmbus-daemon")
                .withField("spec.nodeName", web.node())
                .delete();
        assertThat(find(web, 24 * MIB)).isNotEmpty();
        laboratory.apply(with("web"));
        awaitNoDisk(laboratory, web, 24 * MIB);
        awaitReleased(laboratory, web);
        assertThat(before).hasSize(1);
    }

    @Test
    void a_medium_is_put_into_a_drive_changed_and_taken_out(Laboratory laboratory) {
        laboratory.apply(Manifests.disk("one", "16Mi", "blank: {}"));
        laboratory.apply(Manifests.disk("two", "20Mi", "blank: {}"));
        String drive = "  dvdDrives: [{name: dvd0}]";
        laboratory.apply(Manifests.tiny("web", 2, drive));
        Machine web = laboratory.machine("web");
        web.awaitGuest();
        // Written on the VM's node, where the volumes come to be by this.
        laboratory.apply(with("web", "- {name: a, virtualHardDisk: one}", "- {name: b, virtualHardDisk: two}") + drive);
        for (String disk : new String[] {"one", "two"}) {
            String device = awaitDisk(laboratory, web, (disk.equals("one") ? 16 : 20) * MIB);
            web.run("echo " + disk + " | dd of=/dev/" + device + " conv=fsync 2>/dev/null");
        }
        laboratory.apply(Manifests.tiny("web", 2, drive));
        awaitReleased(laboratory, web);

        for (String medium : new String[] {"one", "two", "one"}) {
            laboratory.apply(Manifests.tiny("web", 2, "  dvdDrives: [{name: dvd0, virtualHardDisk: " + medium + "}]"));
            laboratory
                    .await("the medium " + medium, Laboratory.SOON)
                    .untilAsserted(() -> assertThat(read(web)).isEqualTo(medium));
        }
        laboratory.apply(Manifests.tiny("web", 2, "  dvdDrives: [{name: dvd0}]"));
        laboratory
                .await("an empty drive", Laboratory.SOON)
                .untilAsserted(() -> assertThat(read(web)).isEmpty());
        awaitReleased(laboratory, web);
    }

    private static String read(Machine machine) {
        return machine.run("head -c 3 /dev/sr0 2>/dev/null; true");
    }

    @Test
    void a_guest_sees_its_disks_grow(Laboratory laboratory) {
        laboratory.apply(Manifests.disk("start", "400Mi", "blank: {}"));
        laboratory.apply(Manifests.disk("later", "320Mi", "blank: {}"));
        laboratory.apply(with("web", "- {name: start, virtualHardDisk: start}"));
        Machine web = laboratory.machine("web");
        web.awaitGuest();
        laboratory.apply(
                with("web", "- {name: start, virtualHardDisk: start}", "- {name: later, virtualHardDisk: later}"));
        awaitDisk(laboratory, web, 400 * MIB);
        awaitDisk(laboratory, web, 320 * MIB);

        laboratory.apply(Manifests.disk("start", "640Mi", "blank: {}"));
        laboratory.apply(Manifests.disk("later", "480Mi", "blank: {}"));
        laboratory.await("bigger disks in the guest", Laboratory.BOOT).untilAsserted(() -> {
            assertThat(find(web, 640 * MIB)).isNotEmpty();
            assertThat(find(web, 480 * MIB)).isNotEmpty();
        });
    }
}
