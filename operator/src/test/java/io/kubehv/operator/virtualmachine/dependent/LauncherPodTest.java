package io.kubehv.operator.virtualmachine.dependent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.machine.MemoryOverhead;
import io.kubehv.operator.virtualmachine.Fixtures;
import org.junit.jupiter.api.Test;

class LauncherPodTest {
    private final VirtualMachine web = Fixtures.web();
    private final Pod pod = LauncherPod.desired(web, Fixtures.IDENTITY, Fixtures.disks(web), new TestSettings(), 0);
    private final Container container = pod.getSpec().getContainers().getFirst();

    @Test
    void the_pod_has_the_vms_name_and_is_the_vms() {
        assertThat(pod.getMetadata().getName()).isEqualTo("web");
        assertThat(LauncherPod.isOf(web, pod)).isTrue();
        assertThat(pod.getSpec().getRestartPolicy()).isEqualTo("Never");
    }

    @Test
    void the_vms_labels_are_passed_on_but_not_those_that_are_ours() {
        assertThat(pod.getMetadata().getLabels())
                .containsEntry("app", "web")
                .containsEntry("kubehv.io/virtual-machine", "true")
                .containsEntry("kubehv.io/vm-uid", web.getMetadata().getUid());
    }

    @Test
    void a_dollar_in_user_data_survives_the_kubelets_expansion() {
        String value = container.getEnv().getFirst().getValue();
        assertThat(value).contains("$$6$$salt");

        VirtualMachineDefinition definition = VirtualMachineDefinition.fromJson(value.replace("$$", "$"));
        assertThat(definition.cloudInit().userData()).isEqualTo("password: $6$salt");
    }

    @Test
    void the_definition_has_the_identity_and_boots_in_the_asked_order() {
        VirtualMachineDefinition definition =
                VirtualMachineDefinition.fromJson(LauncherVolumes.definition(pod.getSpec()));

        assertThat(definition.uuid()).isEqualTo(Fixtures.IDENTITY.uuid());
        assertThat(definition.networkAdapters().getFirst().macAddress()).isEqualTo("00:15:5d:00:00:01");
        assertThat(definition.disks())
                .extracting(VirtualMachineDefinition.Disk::name, VirtualMachineDefinition.Disk::bootIndex)
                .containsExactly(tuple("root", 2), tuple("data", 1));
        assertThat(definition.disks().get(1).path()).isEqualTo("/var/lib/kubehv/disks/data/disk.img");
    }

    @Test
    void the_limit_is_the_guests_memory_and_the_declared_overhead() {
        VirtualMachineDefinition definition =
                VirtualMachineDefinition.fromJson(LauncherVolumes.definition(pod.getSpec()));
        long expected = (1L << 30) + MemoryOverhead.bytes(definition);

        assertThat(Quantity.getAmountInBytes(
                                container.getResources().getLimits().get("memory"))
                        .longValue())
                .isEqualTo(expected);
        assertThat(container.getResources().getRequests().get("memory"))
                .isEqualTo(container.getResources().getLimits().get("memory"));
        assertThat(container.getResources().getRequests().get("cpu")).isEqualTo(new Quantity("200m"));
        assertThat(container.getResources().getLimits().get("kubehv.io/hypervisor"))
                .isEqualTo(new Quantity("1"));
    }

    @Test
    void nothing_in_the_pod_may_do_more_than_it_must() {
        assertThat(container.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
        assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
        assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
        assertThat(pod.getSpec().getSecurityContext().getRunAsUser()).isEqualTo(107);
        assertThat(pod.getSpec().getAutomountServiceAccountToken()).isFalse();
    }

    @Test
    void a_read_only_disk_is_mounted_read_only() {
        assertThat(pod.getSpec().getVolumes())
                .filteredOn(volume -> volume.getName().equals("disk-data"))
                .allMatch(volume -> volume.getPersistentVolumeClaim().getReadOnly());
    }

    @Test
    void qemu_has_ten_seconds_beyond_the_guests_time() {
        assertThat(pod.getSpec().getTerminationGracePeriodSeconds()).isEqualTo(100);
    }
}
