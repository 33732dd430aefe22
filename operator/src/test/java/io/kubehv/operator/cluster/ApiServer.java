package io.kubehv.operator.cluster;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.fabric8.kubeapitest.KubeAPIServer;
import io.fabric8.kubeapitest.KubeAPIServerConfigBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One API server with our definitions for all tests of a JVM. It has no kubelet and no controllers. */
final class ApiServer {
    private static final String VERSION = "1.34.4";
    private static final Path DEFINITIONS = Path.of("..", "config", "crd", "bases");
    private static final Path SNAPSHOTS = Path.of("..", "config", "snapshot-controller", "crd");
    private static ApiServer instance;

    private final Config config;

    private ApiServer(Config config) {
        this.config = config;
    }

    /** Starts it, or aborts the test with the way to get the programs; in CI that is a failure. */
    static synchronized ApiServer get() {
        if (instance == null) {
            Path directory = programs();
            KubeAPIServer server = new KubeAPIServer(KubeAPIServerConfigBuilder.anAPIServerConfig()
                    .withOfflineMode(true)
                    .withApiServerVersion(VERSION)
                    .withTestDir(directory.toString())
                    .withStartupTimeout(120_000)
                    .build());
            server.start();
            Runtime.getRuntime().addShutdownHook(new Thread(server::stop));
            Config config = Config.fromKubeconfig(server.getKubeConfigYaml());
            // A bench deletes thousands of objects by one request.
            config.setRequestTimeout(120_000);
            ApiServer started = new ApiServer(config);
            try {
                started.prepare();
            } catch (RuntimeException e) {
                // Each test would leave one behind.
                server.stop();
                throw e;
            }
            instance = started;
        }
        return instance;
    }

    KubernetesClient client() {
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    /** A client with the token of a daemon's pod; {@code node}: the node that the token is bound to. */
    KubernetesClient daemon(String name, @Nullable String node) {
        Config daemons = new ConfigBuilder(config)
                .withImpersonateUsername("system:serviceaccount:kubehv-system:" + name)
                // Roles are not what is asked about.
                .withImpersonateGroups("system:masters")
                .build();
        if (node != null) {
            // A header's name has no slash; the server decodes it.
            daemons.setImpersonateExtras(Map.of("authentication.kubernetes.io%2Fnode-name", List.of(node)));
        }
        return new KubernetesClientBuilder().withConfig(daemons).build();
    }

    /** A namespace of its own for a test. */
    static void namespace(KubernetesClient client, String name) {
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .build())
                .create();
    }

    private void prepare() {
        try (KubernetesClient client = client()) {
            Stream.of(
                            "virtualmachines",
                            "virtualharddisks",
                            "virtualswitches",
                            "checkpoints",
                            "checkpointapplies",
                            "checkpointschedules",
                            "exports",
                            "imports")
                    .forEach(kind -> define(client, DEFINITIONS.resolve(kind + ".kubehv.io-v1.yml")));
            Stream.of("volumesnapshots", "volumesnapshotcontents", "volumesnapshotclasses")
                    .forEach(kind -> define(client, SNAPSHOTS.resolve("snapshot.storage.k8s.io_" + kind + ".yaml")));
            client.resource(new StorageClassBuilder()
                            .withNewMetadata()
                            .withName("kubehv")
                            .addToAnnotations("storageclass.kubernetes.io/is-default-class", "true")
                            .endMetadata()
                            .withProvisioner("csi.kubehv.io")
                            .withAllowVolumeExpansion(true)
                            .build())
                    .create();
        }
    }

    private static void define(KubernetesClient client, Path file) {
        CustomResourceDefinition definition = client.apiextensions()
                .v1()
                .customResourceDefinitions()
                .load(file.toFile())
                .create();
        client.resource(definition)
                .waitUntilCondition(
                        found -> found.getStatus() != null
                                && found.getStatus().getConditions() != null
                                && found.getStatus().getConditions().stream()
                                        .anyMatch(condition -> "Established".equals(condition.getType())
                                                && "True".equals(condition.getStatus())),
                        60,
                        TimeUnit.SECONDS);
    }

    private static Path programs() {
        Path cache = Optional.ofNullable(System.getenv("KUBEHV_CACHE"))
                .map(Path::of)
                .orElse(Path.of(System.getProperty("user.home"), ".cache", "kubehv"));
        Path directory = cache.resolve("kube-api-test");
        if (!Files.isExecutable(
                directory.resolve("k8s").resolve(VERSION + "-linux-amd64").resolve("kube-apiserver"))) {
            String message = "no kube-apiserver under " + directory + ": make test-programs builds it";
            if (System.getenv("CI") != null) {
                fail(message);
            }
            abort(message);
        }
        return directory;
    }
}
