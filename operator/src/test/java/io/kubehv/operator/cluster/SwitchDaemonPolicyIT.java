package io.kubehv.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.SwitchNode;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import io.kubehv.operator.status.StatusApply;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a node's switch daemon may write, as a real API server judges it. */
class SwitchDaemonPolicyIT {
    private static final Path POLICY = Path.of("..", "config", "admission", "cni-switch-plugin.yaml");
    private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);

    private final String name = "lab-" + UUID.randomUUID();
    private KubernetesClient user;
    private KubernetesClient worker;
    private KubernetesClient other;
    private KubernetesClient nowhere;
    private List<HasMetadata> policy;

    @BeforeEach
    void start() throws IOException {
        ApiServer server = ApiServer.get();
        user = server.client();
        worker = server.daemon("cni-switch-plugin", "worker-1");
        other = server.daemon("cni-switch-plugin", "worker-2");
        nowhere = server.daemon("cni-switch-plugin", null);
        try (InputStream yaml = Files.newInputStream(POLICY)) {
            policy = user.load(yaml).create();
        }
        user.resource(Serialization.unmarshal("""
                        apiVersion: kubehv.io/v1alpha1
                        kind: VirtualSwitch
                        metadata: {name: %s}
                        spec: {type: Private}
                        """.formatted(name), VirtualSwitch.class))
                .create();
        // A status of which the last field is taken is none, and not valid; the operator's are always there.
        apply(user, name, "operator", "{ports: 0}");
        // A policy takes a moment to be in force.
        await("the policy in force").atMost(Duration.ofSeconds(60)).until(() -> {
            try {
                worker.resources(VirtualSwitch.class).withName(name).patch(MERGE, "{\"spec\": {\"mtu\": 1400}}");
                return false;
            } catch (KubernetesClientException e) {
                return e.getMessage().contains("writes the status of VirtualSwitches and nothing else");
            }
        });
    }

    @AfterEach
    void stop() {
        if (user != null) {
            user.resources(VirtualSwitch.class).withName(name).delete();
            user.resourceList(policy).delete();
            List.of(user, worker, other, nowhere).forEach(KubernetesClient::close);
        }
    }

    private static VirtualSwitch apply(KubernetesClient daemon, String switchName, String node, String status) {
        VirtualSwitch patch = Serialization.unmarshal("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualSwitch
                metadata: {name: %s}
                status: %s
                """.formatted(switchName, status), VirtualSwitch.class);
        return StatusApply.store(daemon, patch, KubeHV.SWITCH_FIELD_MANAGER + "-" + node);
    }

    @Test
    void a_daemon_writes_and_takes_out_its_own_nodes_entry() {
        apply(worker, name, "worker-1", "{nodes: [{name: worker-1, ready: true}]}");
        VirtualSwitch both = apply(other, name, "worker-2", "{nodes: [{name: worker-2, ready: false, message: no}]}");
        assertThat(both.getStatus().nodes()).extracting(SwitchNode::name).containsExactly("worker-1", "worker-2");
        VirtualSwitch one = apply(worker, name, "worker-1", "{}");
        assertThat(one.getStatus().nodes()).extracting(SwitchNode::name).containsExactly("worker-2");
    }

    @Test
    void a_token_of_one_node_is_of_no_use_for_anothers_entry() {
        apply(other, name, "worker-2", "{nodes: [{name: worker-2, ready: true}]}");
        String refused = "its own node's entry";
        assertThatThrownBy(() -> apply(worker, name, "worker-2", "{nodes: [{name: worker-2, ready: false}]}"))
                .hasMessageContaining(refused);
        assertThatThrownBy(() -> apply(worker, name, "worker-2", "{}")).hasMessageContaining(refused);
        assertThatThrownBy(() -> apply(worker, name, "worker-1", "{nodes: [{name: worker-3, ready: true}]}"))
                .hasMessageContaining(refused);
        assertThatThrownBy(() -> apply(nowhere, name, "worker-1", "{nodes: [{name: worker-1, ready: true}]}"))
                .hasMessageContaining("a token that is bound to a pod on a node");
        assertThat(user.resources(VirtualSwitch.class)
                        .withName(name)
                        .get()
                        .getStatus()
                        .nodes())
                .singleElement()
                .satisfies(told -> assertThat(told.ready()).isTrue());
    }

    @Test
    void a_daemon_writes_nothing_else_of_a_switch() {
        assertThatThrownBy(() -> apply(worker, name, "worker-1", "{networkIdentifier: 7}"))
                .hasMessageContaining("no other field");
        assertThatThrownBy(() -> apply(worker, name, "worker-1", "{ports: 7}")).hasMessageContaining("no other field");
        var found = worker.resources(VirtualSwitch.class).withName(name);
        assertThatThrownBy(() -> found.patch(MERGE, """
                        {"metadata": {"labels": {"a": "b"}}}""")).hasMessageContaining("nothing else of them");
        assertThatThrownBy(found::delete).hasMessageContaining("nothing else of them");
        assertThatThrownBy(() -> worker.resource(Serialization.unmarshal("""
                                apiVersion: kubehv.io/v1alpha1
                                kind: VirtualSwitch
                                metadata: {name: mine}
                                spec: {type: Private}
                                """, VirtualSwitch.class))
                        .create())
                .hasMessageContaining("nothing else of them");
    }
}
