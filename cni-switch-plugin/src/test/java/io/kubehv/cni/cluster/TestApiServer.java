package io.kubehv.cni.cluster;

import io.fabric8.kubeapitest.KubeAPIServer;
import io.fabric8.kubeapitest.KubeAPIServerConfigBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.kubehv.cni.TestPrograms;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A real API server, which knows one definition of ours or of somebody else. It has no kubelet and no controllers. */
public final class TestApiServer implements AutoCloseable {
    private static final String VERSION = "1.34.4";
    private static final Path PROGRAMS = TestPrograms.directory("kube-api-test");

    private final KubeAPIServer server;
    private final KubernetesClient client;

    private TestApiServer(KubeAPIServer server) {
        this.server = server;
        this.client = new KubernetesClientBuilder()
                .withConfig(Config.fromKubeconfig(server.getKubeConfigYaml()))
                .build();
    }

    /** Starts it, or leaves the test out where its programs are not there; in CI that is a failure. */
    public static TestApiServer start(CustomResourceDefinition definition) {
        TestPrograms.require(PROGRAMS.resolve("k8s/" + VERSION + "-linux-amd64/kube-apiserver"));
        KubeAPIServer server = new KubeAPIServer(KubeAPIServerConfigBuilder.anAPIServerConfig()
                .withOfflineMode(true)
                .withApiServerVersion(VERSION)
                .withTestDir(PROGRAMS.toString())
                .withStartupTimeout(120_000)
                .build());
        server.start();
        TestApiServer started = new TestApiServer(server);
        started.define(definition);
        return started;
    }

    private void define(CustomResourceDefinition definition) {
        client.resource(client.resource(definition).create())
                .waitUntilCondition(
                        found -> found.getStatus() != null
                                && found.getStatus().getConditions() != null
                                && found.getStatus().getConditions().stream()
                                        .anyMatch(condition -> "Established".equals(condition.getType())
                                                && "True".equals(condition.getStatus())),
                        60,
                        TimeUnit.SECONDS);
    }

    public KubernetesClient client() {
        return client;
    }

    /** What a program reads that is to reach it. */
    public String kubeconfig() {
        return server.getKubeConfigYaml();
    }

    @Override
    public void close() {
        client.close();
        server.stop();
    }
}
