package io.kubehv.vmbus.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubeapitest.KubeAPIServer;
import io.fabric8.kubeapitest.KubeAPIServerConfigBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.kubehv.api.v1alpha1.KubeHV;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The policy on the labels of VMs' pods, as a real API server applies it. */
class MachinePodPolicyIT {
    private static final String VERSION = "1.34.4";
    private static final Path POLICY = Path.of("..", "config", "admission", "machine-pods.yaml");
    private static final Path PROGRAMS = Optional.ofNullable(System.getenv("KUBEHV_CACHE"))
            .map(Path::of)
            .orElse(Path.of(System.getProperty("user.home"), ".cache", "kubehv"))
            .resolve("kube-api-test");
    private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);

    private static KubeAPIServer server;
    private static KubernetesClient operator;
    private static KubernetesClient user;

    @BeforeAll
    static void start() throws IOException {
        if (System.getenv("CI") == null) {
            assumeThat(PROGRAMS.resolve("k8s/" + VERSION + "-linux-amd64/kube-apiserver"))
                    .as("make test-programs builds it")
                    .isExecutable();
        }
        server = new KubeAPIServer(KubeAPIServerConfigBuilder.anAPIServerConfig()
                .withOfflineMode(true)
                .withApiServerVersion(VERSION)
                .withTestDir(PROGRAMS.toString())
                .withStartupTimeout(120_000)
                .build());
        server.start();
        user = client(null);
        operator = client("system:serviceaccount:kubehv-system:operator");
        user.resource(new ServiceAccountBuilder()
                        .withNewMetadata()
                        .withName("default")
                        .withNamespace("default")
                        .endMetadata()
                        .build())
                .createOr(account -> account.update());
        try (InputStream policy = Files.newInputStream(POLICY)) {
            user.load(policy).create();
        }
        // A policy takes a moment to be in force.
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            try {
                user.resource(pod("probe", Map.of(KubeHV.VIRTUAL_MACHINE_LABEL, "true")))
                        .create();
                user.pods().withName("probe").withGracePeriod(0).delete();
                return false;
            } catch (KubernetesClientException e) {
                return e.getMessage().contains("KubeHV operator alone");
            }
        });
    }

    private static KubernetesClient client(String impersonated) {
        Config config = Config.fromKubeconfig(server.getKubeConfigYaml());
        if (impersonated != null) {
            config.setImpersonateUsername(impersonated);
            // Roles are not what is asked about.
            config.setImpersonateGroups("system:masters");
        }
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.stop();
        }
    }

    private static Pod pod(String name, Map<String, String> labels) {
        return new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace("default")
                .withLabels(labels)
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("c")
                .withImage("i")
                .endContainer()
                .endSpec()
                .build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"kubehv.io/virtual-machine", "kubehv.io/vm-uid", "kubehv.io/save-pod-for"})
    void only_the_operator_makes_a_pod_with_a_label_of_ours(String label) {
        String name = label.replaceAll(".*/", "");
        Pod labelled = pod(name, Map.of("app", "web", label, "forged"));
        assertThatThrownBy(() -> user.resource(labelled).create())
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining("the label " + label);
        assertThat(operator.resource(labelled).create().getMetadata().getLabels())
                .containsKey(label);
    }

    @Test
    void only_the_operator_changes_such_a_label_and_all_else_goes_on() {
        operator.resource(pod("web", Map.of(KubeHV.VIRTUAL_MACHINE_LABEL, "true")))
                .create();
        var web = user.pods().inNamespace("default").withName("web");
        assertThatThrownBy(() -> web.patch(MERGE, """
                        {"metadata": {"labels": {"kubehv.io/virtual-machine": null}}}""")).hasMessageContaining("KubeHV operator alone");
        assertThatThrownBy(() -> web.patch(MERGE, """
                        {"metadata": {"labels": {"kubehv.io/vm-uid": "forged"}}}""")).hasMessageContaining("KubeHV operator alone");
        assertThatThrownBy(() -> web.subresource("status").patch(MERGE, """
                        {"metadata": {"labels": {"kubehv.io/save-pod-for": "forged"}}}"""))
                .hasMessageContaining("KubeHV operator alone");
        assertThat(web.patch(MERGE, """
                                {"metadata": {"labels": {"app": "web"}, "annotations": {"a": "b"}}}""").getMetadata().getLabels()).containsEntry("app", "web");
        assertThat(web.subresource("status").patch(MERGE, """
                                {"status": {"phase": "Running"}}""").getStatus().getPhase())
                .isEqualTo("Running");
        assertThat(operator.pods()
                        .inNamespace("default")
                        .withName("web")
                        .patch(MERGE, """
                                {"metadata": {"labels": {"kubehv.io/vm-uid": "u"}}}""")
                        .getMetadata()
                        .getLabels())
                .containsEntry("kubehv.io/vm-uid", "u");
        assertThat(web.withGracePeriod(0).delete()).isNotEmpty();
    }

    @Test
    void only_the_operator_says_which_ports_of_switches_a_pod_asks_for() {
        Pod forged = pod("forged", Map.of());
        forged.getMetadata().setAnnotations(Map.of(KubeHV.SWITCH_PORTS_ANNOTATION, "[]"));
        assertThatThrownBy(() -> user.resource(forged).create()).hasMessageContaining("spec.networkAdapters[].switch");
        Pod real = pod("on-switch", Map.of());
        real.getMetadata().setAnnotations(Map.of(KubeHV.SWITCH_PORTS_ANNOTATION, "[]"));
        operator.resource(real).create();
        var found = user.pods().inNamespace("default").withName("on-switch");
        for (String value : new String[] {"null", "\"[{}]\"", "\"\""}) {
            String patch = "{\"metadata\": {\"annotations\": {\"kubehv.io/switch-ports\": " + value + "}}}";
            assertThatThrownBy(() -> found.patch(MERGE, patch)).hasMessageContaining("KubeHV operator alone");
            assertThatThrownBy(() -> found.subresource("status").patch(MERGE, patch))
                    .hasMessageContaining("KubeHV operator alone");
        }
        assertThat(found.patch(MERGE, """
                                {"metadata": {"annotations": {"a": "b"}}}""").getMetadata().getAnnotations()).containsEntry("a", "b");
    }

    @Test
    void a_pod_without_our_labels_is_nobodys_business() {
        assertThat(user.resource(pod("plain", Map.of())).create().getMetadata().getUid())
                .isNotEmpty();
        assertThat(user.resource(pod("labelled", Map.of("app", "web")))
                        .create()
                        .getMetadata()
                        .getUid())
                .isNotEmpty();
    }
}
