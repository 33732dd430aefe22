package io.kubehv.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names of other objects, and labels of nodes, that nothing can have: refused where they are written. */
class NameSchemaIT {
    private KubernetesClient client;

    @BeforeEach
    void connect() {
        client = ApiServer.get().client();
    }

    @AfterEach
    void disconnect() {
        client.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            VirtualMachine  | spec.disks[0].virtualHardDisk                        | {disks: [{name: d, virtualHardDisk: NAME}]}
            VirtualMachine  | spec.disks[0].persistentVolumeClaim                  | {disks: [{name: d, persistentVolumeClaim: NAME}]}
            VirtualMachine  | spec.disks[0].template.storageClassName              | {disks: [{name: d, template: {size: 1Gi, blank: {}, storageClassName: NAME}}]}
            VirtualMachine  | spec.disks[0].template.parent.name                   | {disks: [{name: d, template: {size: 1Gi, parent: {name: NAME}}}]}
            VirtualMachine  | spec.disks[0].template.http.secretName               | {disks: [{name: d, template: {size: 1Gi, http: {url: 'http://a/b', secretName: NAME}}}]}
            VirtualMachine  | spec.disks[0].template.containerImage.pullSecretName | {disks: [{name: d, template: {size: 1Gi, containerImage: {image: a, pullSecretName: NAME}}}]}
            VirtualMachine  | spec.dvdDrives[0].virtualHardDisk                    | {dvdDrives: [{name: d, virtualHardDisk: NAME}]}
            VirtualMachine  | spec.dvdDrives[0].persistentVolumeClaim              | {dvdDrives: [{name: d, persistentVolumeClaim: NAME}]}
            VirtualMachine  | spec.cloudInit.userDataSecretName                    | {cloudInit: {userDataSecretName: NAME}}
            VirtualMachine  | spec.cloudInit.networkDataSecretName                 | {cloudInit: {networkDataSecretName: NAME}}
            VirtualMachine  | spec.firmware.secureBoot.customSecretName            | {firmware: {secureBoot: {template: Custom, customSecretName: NAME}}}
            VirtualMachine  | spec.firmware.secureBoot.customConfigMapName         | {firmware: {secureBoot: {template: Custom, customConfigMapName: NAME}}}
            VirtualMachine  | spec.security.tpm.keyProtectorSecretName             | {security: {tpm: {enabled: true, keyProtectorSecretName: NAME}}}
            VirtualMachine  | spec.priorityClassName                               | {priorityClassName: NAME}
            VirtualHardDisk | spec.storageClassName                                | {size: 1Gi, blank: {}, storageClassName: NAME}
            VirtualHardDisk | spec.parent.name                                     | {size: 1Gi, parent: {name: NAME}}
            VirtualHardDisk | spec.http.secretName                                 | {size: 1Gi, http: {url: 'http://a/b', secretName: NAME}}
            VirtualHardDisk | spec.http.caConfigMapName                            | {size: 1Gi, http: {url: 'http://a/b', caConfigMapName: NAME}}
            VirtualHardDisk | spec.containerImage.pullSecretName                   | {size: 1Gi, containerImage: {image: a, pullSecretName: NAME}}
            VirtualHardDisk | spec.persistentVolumeClaim.name                      | {size: 1Gi, persistentVolumeClaim: {name: NAME, path: a}}
            Checkpoint      | spec.virtualMachine                                  | {virtualMachine: NAME}
            CheckpointApply | spec.checkpoint                                      | {checkpoint: NAME}
            VirtualMachine  | spec.fromCheckpoint                                  | {fromCheckpoint: NAME}
            CheckpointSchedule | spec.virtualMachine                               | {virtualMachine: NAME, schedule: '@daily'}
            Export          | spec.virtualMachine                                  | {virtualMachine: NAME, target: {persistentVolumeClaim: {name: c}}}
            Export          | spec.checkpoint                                      | {checkpoint: NAME, target: {persistentVolumeClaim: {name: c}}}
            Export          | spec.target.persistentVolumeClaim.name               | {virtualMachine: a, target: {persistentVolumeClaim: {name: NAME}}}
            Export          | spec.target.http.secretName                          | {virtualMachine: a, target: {http: {url: 'http://a/b', secretName: NAME}}}
            Export          | spec.target.http.caConfigMapName                     | {virtualMachine: a, target: {http: {url: 'http://a/b', caConfigMapName: NAME}}}
            Import          | spec.source.persistentVolumeClaim.name               | {source: {persistentVolumeClaim: {name: NAME, path: a}}}
            Import          | spec.virtualMachine                                  | {virtualMachine: NAME, source: {persistentVolumeClaim: {name: c, path: a}}}
            Import          | spec.storageClassName                                | {storageClassName: NAME, source: {persistentVolumeClaim: {name: c, path: a}}}
            """)
    void a_name_that_no_object_can_have_is_refused_with_the_field_the_rule_and_the_fix(
            String kind, String field, String spec) {
        DryRun server = new DryRun(client);
        for (String name : new String[] {"Web", "a_b", "-a", "a.", "a..b", "a/b", "ä"}) {
            assertThatThrownBy(() -> server.create(kind, spec.replace("NAME", "'" + name + "'")))
                    .isInstanceOf(KubernetesClientException.class)
                    .hasMessageContaining(
                            field + ": Invalid value: \"string\": \"" + name + "\" must be the name of an object")
                    .hasMessageContaining("correct it");
        }
        for (String name : new String[] {"a", "a-b.c-1", "1.2.3", "x".repeat(63) + "." + "y".repeat(189)}) {
            assertThat(server.create(kind, spec.replace("NAME", "'" + name + "'"))
                            .getMetadata()
                            .getName())
                    .startsWith("it-");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {rack: a, 'disk type': ssd}  | "disk type" must be the key of a label
            {a/b/c: d}                   | "a/b/c" must be the key of a label
            {rack: 'eins,zwei'}          | rack: "eins,zwei" must be the value of a label
            """)
    void a_label_that_no_node_can_have_is_refused(String labels, String words) {
        assertThatThrownBy(() -> new DryRun(client).create("VirtualMachine", "{nodeSelector: " + labels + "}"))
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining("spec.nodeSelector")
                .hasMessageContaining(words)
                .hasMessageContaining("correct it");
    }

    @Test
    void a_schedule_asks_for_labels_that_vms_can_have() {
        DryRun server = new DryRun(client);
        String schedule = "{schedule: '@daily', selector: %s}";
        assertThatThrownBy(() ->
                        server.create("CheckpointSchedule", schedule.formatted("{matchLabels: {tier: 'eins,zwei'}}")))
                .hasMessageContaining("spec.selector.matchLabels")
                .hasMessageContaining("tier: \"eins,zwei\" must be the value of a label");
        assertThatThrownBy(() -> server.create(
                        "CheckpointSchedule",
                        schedule.formatted("{matchExpressions: [{key: tier, operator: Equals, values: [a]}]}")))
                .hasMessageContaining("spec.selector.matchExpressions[0]")
                .hasMessageContaining("Equals");
        assertThat(server.create("CheckpointSchedule", schedule.formatted("{}")))
                .as("all VMs")
                .isNotNull();
    }

    @Test
    void a_memory_is_exported_with_the_disks_of_its_own_instant() {
        DryRun server = new DryRun(client);
        String export = "{virtualMachine: a, memory: true%s, target: {persistentVolumeClaim: {name: c}}}";
        assertThatThrownBy(() -> server.create("Export", export.formatted(", captureState: DataConsistent")))
                .hasMessageContaining("captureState: with memory the disks are those of the memory's own instant");
        assertThat(server.create("Export", export.formatted(""))).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{kubernetes.io/hostname: worker-1, Rack_1: ''}", "{a: 1.2_x-Y}"})
    void a_label_that_a_node_can_have_is_taken(String labels) {
        assertThat(new DryRun(client)
                        .create("VirtualMachine", "{nodeSelector: " + labels + "}")
                        .getMetadata()
                        .getName())
                .startsWith("it-");
    }
}
