package io.kubehv.operator.virtualmachine.dependent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.machine.MemoryOverhead;
import io.kubehv.operator.virtualmachine.Fixtures;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
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

    private static Pod podOf(String field, Object value) {
        VirtualMachine machine = Fixtures.web();
        machine.setSpec(Fixtures.with(machine.getSpec(), field, value));
        return LauncherPod.desired(machine, Fixtures.IDENTITY, Fixtures.disks(machine), new TestSettings(), 0);
    }

    private static VirtualMachineDefinition definitionOf(Pod pod) {
        return VirtualMachineDefinition.fromJson(LauncherVolumes.definition(pod.getSpec()));
    }

    @Test
    void secure_boot_is_on_where_nothing_else_is_said() {
        assertThat(definitionOf(pod).firmware().secureBoot())
                .isEqualTo(VirtualMachineDefinition.SecureBoot.MICROSOFT_UEFI_CERTIFICATE_AUTHORITY);
        assertThat(definitionOf(podOf("firmware", Map.of("secureBoot", Map.of("enabled", false))))
                        .firmware()
                        .secureBoot())
                .isEqualTo(VirtualMachineDefinition.SecureBoot.OFF);
        assertThat(definitionOf(podOf("generation", 1)).firmware().secureBoot())
                .isEqualTo(VirtualMachineDefinition.SecureBoot.OFF);
    }

    @Test
    void qemu_sees_only_its_own_part_of_the_machines_state() {
        assertThat(container.getVolumeMounts())
                .filteredOn(mount -> mount.getName().equals("guest-state"))
                .singleElement()
                .satisfies(mount -> assertThat(mount.getSubPath()).isEqualTo("firmware"));
        assertThat(pod.getSpec().getInitContainers()).isEmpty();
    }

    @Test
    void a_tpm_is_a_sidecar_with_its_state_and_its_key_to_itself() {
        Pod withTpm = podOf("security", Map.of("tpm", Map.of("enabled", true)));

        assertThat(withTpm.getSpec().getInitContainers()).singleElement().satisfies(sidecar -> {
            assertThat(sidecar.getRestartPolicy()).isEqualTo("Always");
            assertThat(sidecar.getVolumeMounts())
                    .extracting(VolumeMount::getMountPath)
                    .containsExactly("/run/kubehv", "/var/lib/kubehv/tpm", "/etc/kubehv/tpm-key");
            assertThat(sidecar.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
        });
        assertThat(withTpm.getSpec().getContainers().getFirst().getVolumeMounts())
                .extracting(VolumeMount::getName)
                .doesNotContain("tpm-key");
        assertThat(definitionOf(withTpm).security().tpm()).isTrue();
    }

    @Test
    void a_shielded_vm_has_secure_boot_and_a_tpm_without_asking() {
        VirtualMachineDefinition definition = definitionOf(podOf("security", Map.of("shielded", true)));

        assertThat(definition.security()).isEqualTo(new VirtualMachineDefinition.Security(true, true));
        assertThat(definition.firmware().secureBoot()).isNotEqualTo(VirtualMachineDefinition.SecureBoot.OFF);
    }

    @Test
    void only_what_the_boot_order_names_is_booted_from() {
        Pod ordered = podOf("firmware", Map.of("bootOrder", List.of("lan", "root")));

        assertThat(definitionOf(ordered).disks())
                .extracting(VirtualMachineDefinition.Disk::bootIndex)
                .containsExactly(2, null);
        assertThat(definitionOf(ordered).networkAdapters().getFirst().bootIndex())
                .isEqualTo(1);
        assertThat(definitionOf(pod).networkAdapters().getFirst().bootIndex()).isNull();
    }

    @Test
    void an_adapter_that_says_what_to_boot_is_tried_after_disks_and_drives() {
        VirtualMachineDefinition definition = definitionOf(podOf(
                "networkAdapters",
                List.of(Map.of("name", "lan", "networkBoot", Map.of("url", "http://boot/shimx64.efi")))));

        VirtualMachineDefinition.NetworkAdapter adapter =
                definition.networkAdapters().getFirst();
        assertThat(adapter.bootUrl()).isEqualTo("http://boot/shimx64.efi");
        assertThat(adapter.bootIndex()).isEqualTo(definition.disks().size() + 1);
    }

    private static ResourceRequirements resourcesOf(Map<String, Object> processor) {
        return podOf("processor", processor)
                .getSpec()
                .getContainers()
                .getFirst()
                .getResources();
    }

    @Test
    void reserve_limit_and_weight_are_the_pods_request_and_limit() {
        ResourceRequirements resources = resourcesOf(Map.of("count", 2, "reserve", 30, "limit", 75, "weight", 200));

        assertThat(resources.getRequests().get("cpu")).isEqualTo(new Quantity("600m"));
        assertThat(resources.getLimits().get("cpu")).isEqualTo(new Quantity("1500m"));
        assertThat(resourcesOf(Map.of("count", 2, "weight", 400)).getRequests().get("cpu"))
                .isEqualTo(new Quantity("800m"));
    }

    @Test
    void a_weight_asks_for_no_more_than_the_processors_can_use() {
        assertThat(resourcesOf(Map.of("count", 2, "weight", 10000))
                        .getRequests()
                        .get("cpu"))
                .isEqualTo(new Quantity("2000m"));
        assertThat(resourcesOf(Map.of("count", 2, "weight", 10000, "limit", 25))
                        .getRequests()
                        .get("cpu"))
                .isEqualTo(new Quantity("500m"));
    }

    @Test
    void dedicated_processors_are_whole_ones_in_a_pod_that_is_guaranteed_all_that_it_may_use() {
        VirtualMachine machine = Fixtures.web();
        machine.setSpec(Fixtures.with(machine.getSpec(), "processor", Map.of("count", 2, "dedicated", true)));
        machine.setSpec(Fixtures.with(machine.getSpec(), "security", Map.of("tpm", Map.of("enabled", true))));
        PodSpec spec = LauncherPod.desired(machine, Fixtures.IDENTITY, Fixtures.disks(machine), new TestSettings(), 0)
                .getSpec();

        assertThat(Stream.concat(spec.getContainers().stream(), spec.getInitContainers().stream()))
                .hasSize(2)
                .allSatisfy(each -> assertThat(each.getResources().getRequests())
                        .containsKey("cpu")
                        .isEqualTo(each.getResources().getLimits()));
        assertThat(spec.getContainers().getFirst().getResources().getLimits().get("cpu"))
                .isEqualTo(new Quantity("2"));
    }

    @Test
    void a_vm_runs_where_its_spec_lets_it_as_a_pod_would() {
        assertThat(podOf("nodeSelector", Map.of("rack", "a")).getSpec().getNodeSelector())
                .containsEntry("rack", "a");
        assertThat(podOf("priorityClassName", "high").getSpec().getPriorityClassName())
                .isEqualTo("high");
        assertThat(podOf("tolerations", List.of(Map.of("key", "lab", "operator", "Exists")))
                        .getSpec()
                        .getTolerations())
                .singleElement()
                .satisfies(toleration -> assertThat(toleration.getKey()).isEqualTo("lab"));
        assertThat(podOf("affinity", Map.of("podAntiAffinity", Map.of()))
                        .getSpec()
                        .getAffinity()
                        .getPodAntiAffinity())
                .isNotNull();
        assertThat(podOf("topologySpreadConstraints", List.of(Map.of("maxSkew", 1, "topologyKey", "rack")))
                        .getSpec()
                        .getTopologySpreadConstraints())
                .singleElement()
                .satisfies(spread -> assertThat(spread.getTopologyKey()).isEqualTo("rack"));
    }

    @Test
    void huge_pages_hold_the_guests_memory_and_nothing_else() {
        ResourceRequirements resources = podOf("memory", Map.of("startup", "1Gi", "hugePages", "2Mi"))
                .getSpec()
                .getContainers()
                .getFirst()
                .getResources();

        assertThat(resources.getLimits().get("hugepages-2Mi")).isEqualTo(new Quantity("1073741824"));
        assertThat(Quantity.getAmountInBytes(resources.getLimits().get("memory"))
                        .longValue())
                .isLessThan(1L << 30);
    }
}
