package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.policy.v1.EvictionBuilder;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@OnCluster
@Isolated("kills programs and drains nodes")
class SurvivalE2E {
    @Test
    void a_killed_operator_changes_nothing_for_vms_that_start_and_stop(Laboratory laboratory) {
        List<String> names = IntStream.range(0, 4).mapToObj("vm-%d"::formatted).toList();
        names.forEach(name -> laboratory.apply(Manifests.diskless(name, "")));
        laboratory.cluster().kill("operator");
        names.forEach(name -> laboratory.machine(name).awaitState(VirtualMachineState.RUNNING));
        List<String> pods =
                names.stream().map(name -> laboratory.machine(name).podUid()).toList();

        laboratory.machine("vm-0").power(PowerState.OFF);
        laboratory.cluster().kill("operator");
        laboratory.machine("vm-0").awaitState(VirtualMachineState.OFF);

        assertThat(names.stream().skip(1).map(name -> laboratory.machine(name).podUid()))
                .as("the pods of the other VMs")
                .isEqualTo(pods.subList(1, 4));
    }

    @Test
    void a_killed_daemon_is_not_noticed_by_the_guest_and_picks_it_up_again(Laboratory laboratory) {
        laboratory.apply(Manifests.tiny("web", 1));
        Machine web = laboratory.machine("web");
        web.awaitGuest();
        double before = web.uptime();

        laboratory.cluster().kill("vmbus-daemon");

        assertThat(web.uptime()).isGreaterThanOrEqualTo(before);
        web.power(PowerState.PAUSED);
        web.awaitState(VirtualMachineState.PAUSED);
        web.power(PowerState.RUNNING);
        web.awaitState(VirtualMachineState.RUNNING);
        laboratory
                .await("the guest's answer", Laboratory.SOON)
                .ignoreExceptions()
                .until(() -> web.uptime() > before);
    }

    @Test
    void a_killed_qemu_is_restarted_with_its_disk_intact_and_never_twice(Laboratory laboratory) {
        laboratory.apply(Manifests.tiny("web", 1));
        Machine web = laboratory.machine("web");
        web.awaitGuest();
        web.write("before");
        String first = web.podUid();

        web.killQemu();

        laboratory
                .await("another pod", Laboratory.BOOT)
                .until(() -> web.pod()
                        .filter(pod -> !pod.getMetadata().getUid().equals(first))
                        .isPresent());
        web.awaitGuest();
        assertThat(web.read()).contains("before");
        assertThat(web.processes(web.node(), web.podUid())).isEqualTo(1);
        assertThat(web.processes(web.node(), first)).isZero();
    }

    @Test
    void a_restarted_kubelet_changes_nothing_for_a_guest(Laboratory laboratory) {
        laboratory.apply(Manifests.tiny("web", 1));
        Machine web = laboratory.machine("web");
        web.awaitGuest();
        double before = web.uptime();
        String node = web.node();

        laboratory.cluster().onNode(node, "systemctl", "restart", "kubelet");

        laboratory.apply(Manifests.diskless("after", "  nodeSelector: {kubernetes.io/hostname: %s}".formatted(node)));
        laboratory.machine("after").awaitState(VirtualMachineState.RUNNING);
        assertThat(web.uptime()).isGreaterThan(before);
    }

    @Test
    void a_vm_deleted_at_any_stage_of_its_start_leaves_nothing(Laboratory laboratory) {
        for (int delay = 0; delay < 6; delay++) {
            Machine web = laboratory.machine("web-" + delay);
            laboratory.apply(Manifests.tiny(web.name(), 1));
            switch (delay) {
                case 0 -> {}
                case 1 ->
                    laboratory
                            .await("an identity", Laboratory.SOON)
                            .until(() -> web.get().getStatus().identity() != null);
                case 2 ->
                    laboratory
                            .await("its disk", Laboratory.SOON)
                            .until(() -> !laboratory
                                    .client()
                                    .persistentVolumeClaims()
                                    .inNamespace(laboratory.namespace())
                                    .list()
                                    .getItems()
                                    .isEmpty());
                case 3 ->
                    laboratory
                            .await("its pod", Laboratory.BOOT)
                            .until(() -> web.pod().isPresent());
                case 4 -> web.awaitState(VirtualMachineState.RUNNING);
                default -> web.awaitGuest();
            }
            web.delete();
            web.awaitGone();
            laboratory.await("no disk and no pod left", Duration.ofMinutes(2)).untilAsserted(() -> {
                assertThat(laboratory
                                .client()
                                .persistentVolumeClaims()
                                .inNamespace(laboratory.namespace())
                                .list()
                                .getItems())
                        .isEmpty();
                assertThat(laboratory
                                .client()
                                .pods()
                                .inNamespace(laboratory.namespace())
                                .list()
                                .getItems())
                        .isEmpty();
            });
        }
    }

    @Test
    void of_two_vms_with_one_disk_the_second_is_refused_until_the_first_is_off(Laboratory laboratory) {
        laboratory.apply(Manifests.disk("shared", "64Mi", "blank: {}"));
        String disks = """
                  disks:
                  - name: root
                    virtualHardDisk: shared
                """;
        laboratory.apply(Manifests.diskless("first", disks));
        laboratory.machine("first").awaitState(VirtualMachineState.RUNNING);
        laboratory.apply(Manifests.diskless("second", disks));

        laboratory.machine("second").awaitReady("False", "DiskInUse");
        assertThat(laboratory.machine("second").conditionMessage("Ready"))
                .contains("disk \"root\"")
                .contains("first");
        assertThat(laboratory.machine("second").pod()).isEmpty();

        laboratory.machine("first").power(PowerState.OFF);
        laboratory.machine("second").awaitState(VirtualMachineState.RUNNING);
    }

    @Test
    void a_drained_node_gives_its_vm_up_in_order_and_it_starts_elsewhere_or_waits(Laboratory laboratory) {
        laboratory.apply(Manifests.diskless("roamer", ""));
        Machine roamer = laboratory.machine("roamer");
        roamer.awaitState(VirtualMachineState.RUNNING);
        String node = roamer.node();
        try {
            laboratory.client().nodes().withName(node).edit(n -> {
                n.getSpec().setUnschedulable(true);
                return n;
            });
            laboratory
                    .client()
                    .pods()
                    .inNamespace(laboratory.namespace())
                    .withName("roamer")
                    .evict(new EvictionBuilder()
                            .withNewMetadata()
                            .withName("roamer")
                            .withNamespace(laboratory.namespace())
                            .endMetadata()
                            .build());

            laboratory
                    .await("the VM on another node", Laboratory.BOOT)
                    .until(() -> roamer.get().getStatus().state() == VirtualMachineState.RUNNING
                            && !node.equals(roamer.get().getStatus().nodeName()));
        } finally {
            laboratory.client().nodes().withName(node).edit(n -> {
                n.getSpec().setUnschedulable(null);
                return n;
            });
        }
    }
}
