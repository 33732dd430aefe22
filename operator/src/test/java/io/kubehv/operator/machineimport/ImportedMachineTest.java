package io.kubehv.operator.machineimport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.Import;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.hv.definition.ExportManifest;
import io.kubehv.hv.definition.ExportManifest.PackedDisk;
import io.kubehv.hv.definition.ExportManifest.PackedMemory;
import io.kubehv.operator.machineimport.dependent.ImportedDisk;
import io.kubehv.operator.machineimport.dependent.ImportedMachine;
import io.kubehv.operator.machineimport.dependent.ImportedMemory;
import io.kubehv.operator.virtualharddisk.dependent.Placement;
import io.kubehv.operator.virtualmachine.Fixtures;
import io.kubehv.operator.virtualmachine.dependent.LauncherPod;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ImportedMachineTest {
    private static Import request(String more) {
        return Serialization.unmarshal("""
                apiVersion: kubehv.io/v1alpha1
                kind: Import
                metadata: {name: in, namespace: lab, uid: import-1}
                spec: {%s}
                """.formatted(more), Import.class);
    }

    private static final String FOLDER = "source: {persistentVolumeClaim: {name: shelf, path: a/b}}";

    private static ExportManifest manifest(String spec) throws JsonProcessingException {
        return manifest(spec, null);
    }

    private static ExportManifest manifest(String spec, @Nullable PackedMemory memory) throws JsonProcessingException {
        String sha = "0".repeat(64);
        return new ExportManifest(
                1,
                "export-1",
                "2026-01-01T00:00:00Z",
                "lab",
                "web",
                "aaaaaaaa-0000-4000-8000-000000000001",
                Map.of("lan", "00:15:5d:00:00:01"),
                Map.of("tier", "front"),
                "Off",
                new ObjectMapper().readTree(spec),
                List.of(
                        new PackedDisk("root", "Virtual Hard Disks/root.vhdx", "vhdx", 1 << 20, 10, sha),
                        new PackedDisk("data", "Virtual Hard Disks/data.vhdx", "vhdx", 2 << 20, 10, sha)),
                List.of(),
                memory);
    }

    private static final String SPEC = """
            {"powerState": "Running", "nodeSelector": {"zone": "a"},
             "disks": [{"name": "root", "template": {"size": "1Mi", "blank": {}}, "bootOrder": 1},
                       {"name": "data", "persistentVolumeClaim": "old"},
                       {"name": "tools", "virtualHardDisk": "tools", "readOnly": true}],
             "networkAdapters": [{"name": "lan", "macAddress": "00:15:5d:00:00:01"}]}""";

    @Test
    void exported_disks_become_the_imports_and_others_stay_what_they_are() throws Exception {
        VirtualMachine machine = ImportedMachine.desired(request(FOLDER), manifest(SPEC));

        assertThat(machine.getMetadata().getName()).isEqualTo("web");
        assertThat(machine.getMetadata().getLabels()).containsEntry("tier", "front");
        assertThat(machine.getSpec().powerState()).isEqualTo(PowerState.OFF);
        assertThat(machine.getSpec().disks())
                .satisfiesExactly(
                        root -> {
                            assertThat(root.virtualHardDisk()).isEqualTo("web-root");
                            assertThat(root.template()).isNull();
                            assertThat(root.bootOrder()).isEqualTo(1);
                        },
                        data -> {
                            assertThat(data.virtualHardDisk()).isEqualTo("web-data");
                            assertThat(data.persistentVolumeClaim()).isNull();
                        },
                        tools -> assertThat(tools.virtualHardDisk()).isEqualTo("tools"));
    }

    private static final PackedMemory MEMORY = new PackedMemory(
            "Virtual Machines/memory",
            5L << 30,
            "0".repeat(64),
            null,
            LauncherPod.definition(Fixtures.web(), Fixtures.IDENTITY, Fixtures.disks(Fixtures.web())));

    @Test
    void a_registered_vm_is_saved_where_its_memory_came_along_and_a_copy_starts() throws Exception {
        ExportManifest manifest = manifest(SPEC, MEMORY);
        Import register = request(FOLDER + ", mode: Register, storageClassName: fast");
        VirtualMachine same = ImportedMachine.desired(register, manifest);

        assertThat(same.getSpec().powerState()).isEqualTo(PowerState.SAVED);
        PersistentVolumeClaim claim = ImportedMemory.desired(register, MEMORY, same);
        assertThat(claim.getMetadata().getName()).isEqualTo("web-saved-state");
        assertThat(claim.getSpec().getStorageClassName()).isEqualTo("fast");
        assertThat(Quantity.getAmountInBytes(
                        claim.getSpec().getResources().getRequests().get("storage")))
                .as("the memory, and what is kept beside it")
                .isGreaterThan(BigDecimal.valueOf(5L << 30));
        assertThat(SavedState.isWhole(claim)).as("nobody goes on from it yet").isFalse();
        assertThat(SavedState.imported(claim)).contains(MEMORY.definition());
        assertThat(SavedState.isComingTo(same, claim)).isTrue();

        Import copies = request(FOLDER + ", mode: Copy");
        VirtualMachine copy = ImportedMachine.desired(copies, manifest);
        assertThat(copy.getSpec().powerState()).isEqualTo(PowerState.OFF);
        assertThat(ImportedMemory.of(copies, manifest)).isEmpty();
    }

    @Test
    void a_copy_has_no_address_of_the_exported_vm_and_a_registered_one_has_all() throws Exception {
        VirtualMachine copy = ImportedMachine.desired(request(FOLDER + ", mode: Copy"), manifest(SPEC));
        VirtualMachine same = ImportedMachine.desired(request(FOLDER + ", mode: Register"), manifest(SPEC));

        assertThat(copy.getSpec().networkAdapters().getFirst().macAddress()).isNull();
        assertThat(copy.getMetadata().getAnnotations()).isNullOrEmpty();
        assertThat(same.getSpec().networkAdapters().getFirst().macAddress()).isEqualTo("00:15:5d:00:00:01");
        assertThat(same.getMetadata().getAnnotations().get(KubeHV.IMPORTED_IDENTITY_ANNOTATION))
                .contains("aaaaaaaa-0000-4000-8000-000000000001", "00:15:5d:00:00:01");
    }

    @Test
    void a_vm_that_was_made_from_a_checkpoint_has_its_disks_in_its_spec_afterwards() throws Exception {
        VirtualMachine machine = ImportedMachine.desired(request(FOLDER), manifest("{\"fromCheckpoint\": \"golden\"}"));

        assertThat(machine.getSpec().disks())
                .extracting(disk -> disk.virtualHardDisk())
                .containsExactly("web-root", "web-data");
    }

    @Test
    void what_this_version_does_not_know_is_refused_by_name() {
        assertThatThrownBy(() -> ImportedMachine.desired(
                        request(FOLDER), manifest(SPEC.replace("\"bootOrder\"", "\"bootorder\""))))
                .hasMessageContaining("spec.disks[0].bootorder");
        assertThatThrownBy(() -> ImportedMachine.desired(request(FOLDER), manifest("{\"disks\": []}")))
                .hasMessageContaining("\"root\"");
    }

    @Test
    void disks_come_to_one_node_by_the_rules_of_the_vm() throws Exception {
        Import request = request(FOLDER);
        ExportManifest manifest = manifest(SPEC);

        List<VirtualHardDisk> disks =
                ImportedDisk.desired(request, manifest, ImportedMachine.desired(request, manifest));

        assertThat(disks).extracting(disk -> disk.getMetadata().getName()).containsExactly("web-root", "web-data");
        assertThat(disks.getFirst().getSpec().persistentVolumeClaim().path())
                .isEqualTo("a/b/Virtual Hard Disks/root.vhdx");
        Placement first = Placement.noted(disks.getFirst());
        Placement second = Placement.noted(disks.getLast());
        assertThat(first.siblings()).isEmpty();
        assertThat(first.nodeSelector()).containsEntry("zone", "a");
        assertThat(second.siblings()).containsExactly("web-root");
        disks.getFirst().getMetadata().setAnnotations(Map.of(KubeHV.PLACEMENT_ANNOTATION, "{nonsense"));
        assertThat(Placement.noted(disks.getFirst())).isNull();
    }

    @Test
    void a_disk_on_a_web_server_is_fetched_by_the_importer_that_there_is() throws Exception {
        Import request =
                request("source: {http: {url: 'https://files.example.com/web/', secretName: s, caConfigMapName: c}}");
        ExportManifest manifest = manifest(SPEC);

        VirtualHardDisk disk = ImportedDisk.desired(request, manifest, ImportedMachine.desired(request, manifest))
                .getFirst();

        assertThat(disk.getSpec().http().url())
                .isEqualTo("https://files.example.com/web/Virtual%20Hard%20Disks/root.vhdx");
        assertThat(disk.getSpec().http().checksum()).isEqualTo("sha256:" + "0".repeat(64));
        assertThat(disk.getSpec().http().secretName()).isEqualTo("s");
        assertThat(disk.getSpec().persistentVolumeClaim()).isNull();
    }
}
