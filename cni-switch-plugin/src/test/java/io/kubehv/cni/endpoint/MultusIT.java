package io.kubehv.cni.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.SwitchType;
import io.kubehv.cni.cluster.TestApiServer;
import io.kubehv.cni.endpoint.CniPrograms.Answer;
import io.kubehv.cni.linux.LeftBehind;
import io.kubehv.cni.linux.TestNamespace;
import io.kubehv.cni.shim.TestShim;
import io.kubehv.cni.switching.Subnet;
import io.kubehv.cni.switching.SwitchConfiguration;
import io.kubehv.cni.switching.TestNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Multus itself, with a real API server: a pod's NetworkAttachmentDefinition puts it on a switch. */
class MultusIT {
    private static final String DEFINITION = """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata:
              name: network-attachment-definitions.k8s.cni.cncf.io
            spec:
              group: k8s.cni.cncf.io
              scope: Namespaced
              names:
                plural: network-attachment-definitions
                singular: network-attachment-definition
                kind: NetworkAttachmentDefinition
              versions:
              - name: v1
                served: true
                storage: true
                schema:
                  openAPIV3Schema:
                    type: object
                    properties:
                      spec:
                        type: object
                        properties:
                          config: {type: string}
            """;

    private static final String ATTACHMENT = """
            apiVersion: k8s.cni.cncf.io/v1
            kind: NetworkAttachmentDefinition
            metadata:
              name: office
              namespace: default
            spec:
              config: '{"cniVersion": "%s", "name": "office", "type": "kubehv-switch", "switch": "office"}'
            """;

    @TempDir
    private Path directory;

    @Test
    void a_network_attachment_definition_puts_a_pod_on_a_switch() throws Exception {
        Path multus = CniPrograms.program("multus");
        TestShim.compile(directory.resolve("kubehv-switch"), directory, 30, "-static", "-O2");
        try (TestApiServer server =
                        TestApiServer.start(Serialization.unmarshal(DEFINITION, CustomResourceDefinition.class));
                TestNode node = new TestNode(directory.resolve("state"));
                SwitchEndpoint _ = SwitchEndpoint.start(node.ports(), directory.resolve("switch.sock"))) {
            node.ports().configure(List.of(of("office", "10.0.5"), of("cluster", "10.0.9")));
            KubernetesClient client = server.client();
            client.resource(Serialization.unmarshal(ATTACHMENT.formatted("0.4.0"), GenericKubernetesResource.class))
                    .create();
            Pod pod = client.resource(new PodBuilder()
                            .withNewMetadata()
                            .withName("web")
                            .withNamespace("default")
                            .addToAnnotations("k8s.v1.cni.cncf.io/networks", "office")
                            .endMetadata()
                            .withNewSpec()
                            .withAutomountServiceAccountToken(false)
                            .addNewContainer()
                            .withName("web")
                            .withImage("none")
                            .endContainer()
                            .endSpec()
                            .build())
                    .create();
            Files.writeString(directory.resolve("kubeconfig"), server.kubeconfig());
            for (String version : List.of("0.4.0", "1.0.0")) {
                calls(node, multus, version, client, pod);
            }
        }
    }

    private static SwitchConfiguration of(String name, String network) {
        return new SwitchConfiguration(
                name,
                SwitchType.INTERNAL,
                Optional.empty(),
                Optional.empty(),
                1500,
                List.of(Subnet.of(network + ".0/24")
                        .withPods(Optional.of(Subnet.Range.of(network + ".200-" + network + ".209")))));
    }

    private void calls(TestNode node, Path multus, String version, KubernetesClient client, Pod pod) throws Exception {
        client.resource(Serialization.unmarshal(ATTACHMENT.formatted(version), GenericKubernetesResource.class))
                .forceConflicts()
                .serverSideApply();
        try (TestNamespace sandbox = new TestNamespace()) {
            JsonNode result = call(multus, version, "ADD", sandbox, pod).json();
            assertThat(result.at("/ips/0/address").asText())
                    .as("the pods' own network")
                    .isEqualTo("10.0.9.200/24");
            assertThat(sandbox.exec("ip", "-o", "addr", "show"))
                    .contains("eth0    inet 10.0.9.200/24", "net1    inet 10.0.5.200/24");
            assertThat(sandbox.succeeds("ping", "-c", "1", "-W", "2", "10.0.5.1"))
                    .isTrue();
            String told = client.pods()
                    .inNamespace("default")
                    .withName("web")
                    .get()
                    .getMetadata()
                    .getAnnotations()
                    .get("k8s.v1.cni.cncf.io/network-status");
            assertThat(told).contains("default/office", "\"net1\"", "10.0.5.200");
            assertThat(call(multus, version, "CHECK", sandbox, pod).status()).isZero();
            Answer gone = call(multus, version, "DEL", sandbox, pod);
            assertThat(gone.status()).as(gone.toString()).isZero();
            assertThat(sandbox.exec("ip", "-o", "link", "show")).doesNotContain("net1", "eth0");
        }
        assertThat(new LeftBehind(node.namespace()).ofPorts()).isEmpty();
    }

    private Answer call(Path multus, String version, String command, TestNamespace sandbox, Pod pod) throws Exception {
        String configuration =
                """
                {"cniVersion": "%s", "name": "multus", "type": "multus", "kubeconfig": "%s", "cniDir": "%s",
                 "binDir": "%s",
                 "delegates": [{"cniVersion": "%s", "name": "cluster", "type": "kubehv-switch", "switch": "cluster"}]}
                """.formatted(version, directory.resolve("kubeconfig"), directory.resolve("cache"), directory, version);
        return CniPrograms.call(
                Map.of(
                        "CNI_COMMAND",
                        command,
                        "CNI_CONTAINERID",
                        "sandbox",
                        "CNI_NETNS",
                        sandbox.path().toString(),
                        "CNI_IFNAME",
                        "eth0",
                        "CNI_PATH",
                        directory.toString(),
                        "CNI_ARGS",
                        "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web;K8S_POD_INFRA_CONTAINER_ID=sandbox;K8S_POD_UID="
                                + pod.getMetadata().getUid()),
                configuration,
                List.of(multus.toString()));
    }
}
