package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import org.junit.jupiter.api.Test;

/** What someone can do who has taken the token of one node's daemon. */
@OnCluster
class StolenTokenE2E {
    private static final PatchContext APPLY = new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager(KubeHV.DAEMON_FIELD_MANAGER)
            .withForce(true)
            .build();

    @Test
    void a_stolen_token_writes_the_status_of_vms_on_its_own_node_only(Laboratory laboratory) {
        laboratory.apply(Manifests.diskless("victim", ""));
        Machine victim = laboratory.machine("victim");
        victim.awaitState(VirtualMachineState.RUNNING);

        try (KubernetesClient own = thief(laboratory, victim.node(), true)) {
            assertThat(write(own, laboratory, "state: Running").getStatus().state())
                    .isEqualTo(VirtualMachineState.RUNNING);
            assertThatThrownBy(() -> write(own, laboratory, "podName: other"))
                    .as("a field that is not the daemon's")
                    .isInstanceOf(KubernetesClientException.class)
                    .hasMessageContaining("denied");
        }
        try (KubernetesClient other = thief(laboratory, victim.node(), false)) {
            assertThatThrownBy(() -> write(other, laboratory, "state: Critical"))
                    .as("a VM of another node")
                    .isInstanceOf(KubernetesClientException.class)
                    .hasMessageContaining("denied");
            assertThatThrownBy(() -> other.resources(VirtualMachine.class)
                            .inNamespace(laboratory.namespace())
                            .withName("victim")
                            .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\": {\"powerState\": \"Off\"}}"))
                    .as("a spec")
                    .isInstanceOf(KubernetesClientException.class)
                    .hasMessageContaining("forbidden");
            Node label = new NodeBuilder()
                    .withNewMetadata()
                    .withName(victim.node())
                    .addToLabels(KubeHV.ACCELERATOR_LABEL, "KVM")
                    .endMetadata()
                    .build();
            assertThatThrownBy(() -> other.resource(label)
                            .fieldManager(KubeHV.DAEMON_FIELD_MANAGER)
                            .forceConflicts()
                            .serverSideApply())
                    .as("another node's label")
                    .isInstanceOf(KubernetesClientException.class)
                    .hasMessageContaining("denied");
        }
    }

    private static VirtualMachine write(KubernetesClient client, Laboratory laboratory, String field) {
        return client.resources(VirtualMachine.class)
                .inNamespace(laboratory.namespace())
                .withName("victim")
                .subresource("status")
                .patch(APPLY, """
                        apiVersion: kubehv.io/v1alpha1
                        kind: VirtualMachine
                        metadata:
                          name: victim
                        status:
                          %s
                        """.formatted(field));
    }

    /** A client with the token of the daemon on a node, or of the daemon on another one. */
    private static KubernetesClient thief(Laboratory laboratory, String node, boolean same) {
        Pod daemon = laboratory.cluster().systemPods("vmbus-daemon").stream()
                .filter(pod -> node.equals(pod.getSpec().getNodeName()) == same)
                .findFirst()
                .orElseThrow();
        String token = Cluster.kubectl(
                        "-n",
                        Cluster.SYSTEM_NAMESPACE,
                        "create",
                        "token",
                        daemon.getSpec().getServiceAccountName(),
                        "--bound-object-kind=Pod",
                        "--bound-object-name=" + daemon.getMetadata().getName())
                .strip();
        Config cluster = laboratory.client().getConfiguration();
        return new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(Config.empty())
                        .withMasterUrl(cluster.getMasterUrl())
                        .withCaCertData(cluster.getCaCertData())
                        .withOauthToken(token)
                        .build())
                .build();
    }
}
