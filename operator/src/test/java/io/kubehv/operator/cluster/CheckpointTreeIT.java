package io.kubehv.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.Accelerator;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointApply;
import io.kubehv.api.v1alpha1.CheckpointApplyPhase;
import io.kubehv.api.v1alpha1.CheckpointApplyStatus;
import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.api.v1alpha1.CheckpointCapture.Snapshot;
import io.kubehv.api.v1alpha1.CheckpointCapture.Stage;
import io.kubehv.api.v1alpha1.CheckpointMachine;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import io.kubehv.api.v1alpha1.CheckpointReversal;
import io.kubehv.api.v1alpha1.CheckpointStatus;
import io.kubehv.api.v1alpha1.CheckpointType;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.status.StatusApply;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Checkpoints and the way back, with a real API server; the node's daemon is played here. */
class CheckpointTreeIT {
    private static final Duration SOON = Duration.ofSeconds(60);

    private final String namespace = "it-" + UUID.randomUUID();
    private KubernetesClient client;
    private TestOperator operator;
    private FakeNode node;
    private PlayedStorage storage;

    @BeforeEach
    void start() {
        ApiServer server = ApiServer.get();
        client = server.client();
        ApiServer.namespace(client, namespace);
        operator = new TestOperator(client);
        node = new FakeNode(client, namespace);
        storage = new PlayedStorage(client, namespace);
        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualHardDisk
                metadata: {name: root}
                spec: {size: 64Mi, blank: {}}
                """, VirtualHardDisk.class);
        await().atMost(SOON).until(() -> storage.claim("root") != null);
        storage.bind("root");
        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata: {name: web}
                spec:
                  generation: 1
                  memory: {startup: 128Mi}
                  disks: [{name: d, virtualHardDisk: root}]
                """, VirtualMachine.class);
        runs();
    }

    @AfterEach
    void stop() {
        operator.close();
        client.pods().inNamespace(namespace).withGracePeriod(0).delete();
        client.close();
    }

    /** As its node and daemon bring it up. */
    private void runs() {
        await().atMost(SOON)
                .until(() ->
                        node.pod("web") != null && node.pod("web").getSpec().getNodeName() == null);
        node.schedule("web");
        await().atMost(SOON).until(() -> "worker".equals(web().getStatus().nodeName()));
        node.run("web");
        await().atMost(SOON).until(() -> web().getStatus().state() == VirtualMachineState.RUNNING);
    }

    private VirtualMachine web() {
        return client.resources(VirtualMachine.class)
                .inNamespace(namespace)
                .withName("web")
                .get();
    }

    private Checkpoint checkpoint(String name) {
        return client.resources(Checkpoint.class)
                .inNamespace(namespace)
                .withName(name)
                .get();
    }

    private CheckpointApply apply(String name) {
        return client.resources(CheckpointApply.class)
                .inNamespace(namespace)
                .withName(name)
                .get();
    }

    private <T extends HasMetadata> void create(String yaml, Class<T> kind) {
        T loaded = Serialization.unmarshal(yaml, kind);
        loaded.getMetadata().setNamespace(namespace);
        client.resource(loaded).create();
    }

    private void ask(String name, String type) {
        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: Checkpoint
                metadata: {name: %s}
                spec: {virtualMachine: web, type: %s}
                """.formatted(name, type), Checkpoint.class);
    }

    private void awaitPhase(String name, CheckpointPhase phase) {
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(Optional.ofNullable(checkpoint(name).getStatus())
                                        .map(CheckpointStatus::phase))
                                .contains(phase));
    }

    private void awaitPhase(String name, CheckpointApplyPhase phase) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(
                                Optional.ofNullable(apply(name).getStatus()).map(CheckpointApplyStatus::phase))
                        .contains(phase));
    }

    private <T extends CustomResource<?, ?>> void asDaemon(T statusOnly) {
        try (KubernetesClient daemon = ApiServer.get().daemon("vmbus-daemon", "worker")) {
            StatusApply.store(daemon, statusOnly, KubeHV.DAEMON_FIELD_MANAGER);
        }
    }

    private static CheckpointCapture whole(CheckpointType type, String snapshot, @Nullable CheckpointMachine machine) {
        return new CheckpointCapture(
                Stage.COMPLETE,
                type,
                null,
                null,
                "2026-01-01T00:00:00Z",
                "12ms",
                null,
                "1.0ms",
                "Background",
                1L,
                "group-" + snapshot,
                List.of(new Snapshot("worker/root", snapshot, 1L)),
                machine);
    }

    private void take(String name) {
        take(name, null);
    }

    private void take(String name, @Nullable CheckpointMachine machine) {
        ask(name, "Standard");
        await().atMost(SOON).until(() -> node.pod(name + "-memory") != null);
        node.schedule(name + "-memory");
        runMemoryPod(name + "-memory");
        awaitPhase(name, CheckpointPhase.CREATING);
        storage.tell(checkpoint(name), whole(CheckpointType.STANDARD, "snapshot-" + name, machine));
        awaitPhase(name, CheckpointPhase.READY);
        node.confirmGone(name + "-memory");
        await().atMost(SOON).until(() -> name.equals(web().getStatus().checkpoint()));
    }

    private void runMemoryPod(String name) {
        client.pods().inNamespace(namespace).withName(name).editStatus(pod -> {
            pod.getStatus().setPhase("Running");
            return pod;
        });
    }

    @Test
    void checkpoints_are_a_tree_and_a_delete_in_the_middle_hangs_the_children_on_its_parent() {
        take("first");
        take("second");
        take("third");
        assertThat(checkpoint("first").getStatus().parent()).isNull();
        assertThat(checkpoint("third").getStatus().parent()).isEqualTo("second");
        assertThat(checkpoint("third").getStatus().disks().getFirst().snapshotHandle())
                .isEqualTo("snapshot-third");
        assertThat(checkpoint("third").getStatus().current()).isTrue();
        await().atMost(SOON).until(() -> checkpoint("second").getStatus().current() == null);
        assertThat(checkpoint("third")
                        .getMetadata()
                        .getOwnerReferences()
                        .getFirst()
                        .getName())
                .isEqualTo("web");

        client.resource(checkpoint("second")).delete();
        awaitPhase("second", CheckpointPhase.DELETING);
        storage.tell(
                checkpoint("second"), checkpoint("second").getStatus().capture().at(Stage.DELETED));

        await().atMost(SOON).until(() -> checkpoint("second") == null);
        assertThat(checkpoint("third").getStatus().parent()).isEqualTo("first");
        assertThat(web().getStatus().checkpoint()).isEqualTo("third");
    }

    @Test
    void a_vm_goes_back_to_a_checkpoint_and_goes_on_from_a_copy_of_its_memory() {
        Identity born = web().getStatus().identity();
        take("first");
        assertThat(web().getStatus().identity()).isEqualTo(born);
        String before = node.pod("web").getMetadata().getUid();
        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: CheckpointApply
                metadata: {name: back}
                spec: {checkpoint: first}
                """, CheckpointApply.class);
        awaitPhase("back", CheckpointApplyPhase.TURNING_OFF);
        await().atMost(SOON).until(() -> node.pod("web").getMetadata().getDeletionTimestamp() != null);
        assertThat(node.pod("web").getMetadata().getDeletionGracePeriodSeconds())
                .isEqualTo(1);
        node.confirmGone("web");
        awaitPhase("back", CheckpointApplyPhase.REVERTING);
        assertThat(node.pod("web"))
                .as("nothing starts while disks are taken back")
                .isNull();

        CheckpointApply statusOnly = new CheckpointApply();
        statusOnly.setMetadata(StatusApply.to(apply("back")));
        statusOnly.setStatus(new CheckpointApplyStatus(
                null, null, null, null, new CheckpointReversal(true, null, "3ms"), null, null, null));
        asDaemon(statusOnly);
        awaitPhase("back", CheckpointApplyPhase.APPLIED);

        PersistentVolumeClaim memory = storage.claim("web-saved-state");
        assertThat(memory.getSpec().getDataSource().getName()).isEqualTo("first-memory");
        await().atMost(SOON)
                .until(() -> node.pod("web") != null
                        && !before.equals(node.pod("web").getMetadata().getUid()));
        assertThat(node.pod("web")
                        .getSpec()
                        .getContainers()
                        .getFirst()
                        .getEnv()
                        .getFirst()
                        .getValue())
                .contains("restorePath")
                .as("a guest that went back sees another generation than the one in its memory")
                .contains(web().getStatus().identity().generationId())
                .doesNotContain(born.generationId());
        assertThat(web().getStatus().identity())
                .isEqualTo(born.withGenerationId(web().getStatus().identity().generationId()));
    }

    private void applyFirst() {
        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: CheckpointApply
                metadata: {name: back}
                spec: {checkpoint: first}
                """, CheckpointApply.class);
        await().atMost(SOON).until(() -> node.pod("back-fit") != null);
    }

    @Test
    void a_memory_that_does_not_fit_the_nodes_hypervisor_is_refused_before_anything_stops() {
        take("first", new CheckpointMachine("99.1.0", "pc-q35-99.1", "max", Accelerator.TCG));
        String before = node.pod("web").getMetadata().getUid();

        applyFirst();
        Container asked = node.pod("back-fit").getSpec().getContainers().getFirst();
        node.end(
                "back-fit",
                "fit",
                78,
                "The memory does not fit: its qemuVersion is 99.1.0, but the node has 10.0.3; do this");

        awaitPhase("back", CheckpointApplyPhase.FAILED);
        assertThat(apply("back").getStatus().conditions())
                .anySatisfy(condition -> assertThat(condition.getMessage())
                        .contains("nothing was done", "node \"worker\"", "99.1.0, but the node has 10.0.3; do this"));
        assertThat(asked.getImage())
                .isEqualTo(node.pod("web").getSpec().getContainers().getFirst().getImage());
        assertThat(asked.getEnv())
                .anySatisfy(variable -> assertThat(variable.getValue())
                        .isEqualTo("{\"qemuVersion\":\"99.1.0\",\"machineType\":\"pc-q35-99.1\",\"cpuModel\":\"max\","
                                + "\"accelerator\":\"TCG\"}"));
        await().atMost(SOON)
                .until(() -> node.pod("back-fit") == null
                        || node.pod("back-fit").getMetadata().getDeletionTimestamp() != null);
        assertThat(node.pod("web").getMetadata().getUid()).isEqualTo(before);
        assertThat(node.pod("web").getMetadata().getDeletionTimestamp()).isNull();
    }

    @Test
    void a_memory_that_fits_goes_on_in_the_machine_that_it_is_of() {
        take("first", new CheckpointMachine("9.0.0", "pc-q35-9.0", "max", Accelerator.TCG));

        applyFirst();
        assertThat(node.pod("web").getMetadata().getDeletionTimestamp()).isNull();
        node.end("back-fit", "fit", 0, "");
        awaitPhase("back", CheckpointApplyPhase.TURNING_OFF);
        node.confirmGone("web");
        awaitPhase("back", CheckpointApplyPhase.REVERTING);
        CheckpointApply statusOnly = new CheckpointApply();
        statusOnly.setMetadata(StatusApply.to(apply("back")));
        statusOnly.setStatus(new CheckpointApplyStatus(
                null, null, null, null, new CheckpointReversal(true, null, "3ms"), null, null, null));
        asDaemon(statusOnly);
        awaitPhase("back", CheckpointApplyPhase.APPLIED);

        await().atMost(SOON).until(() -> node.pod("web") != null);
        assertThat(node.pod("web").getSpec().getContainers().getFirst().getEnv())
                .anySatisfy(variable -> assertThat(variable.getValue()).contains("\"pc-q35-9.0\""));
    }

    @Test
    void what_is_refused_says_why_and_leaves_nothing() {
        client.genericKubernetesResources("kubehv.io/v1alpha1", "VirtualMachine")
                .inNamespace(namespace)
                .withName("web")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        Serialization.asJson(Map.of("spec", Map.of("checkpointType", "Disabled"))));

        ask("refused", "Standard");

        awaitPhase("refused", CheckpointPhase.FAILED);
        assertThat(checkpoint("refused").getStatus().conditions())
                .anySatisfy(condition -> assertThat(condition.getReason()).isEqualTo("CheckpointsDisabled"));
        assertThat(storage.claim("refused-memory")).isNull();
    }

    @Test
    void production_without_an_agent_falls_back_to_standard_and_production_only_does_not() {
        ask("strict", "ProductionOnly");
        awaitPhase("strict", CheckpointPhase.FAILED);

        ask("lenient", "Production");
        awaitPhase("lenient", CheckpointPhase.PREPARING);

        assertThat(checkpoint("lenient").getStatus().type()).isEqualTo(CheckpointType.STANDARD);
        assertThat(checkpoint("lenient").getStatus().fallbackReason()).contains("no guest agent");
    }

    @Test
    void a_vm_that_asks_for_it_has_a_checkpoint_of_its_start_until_it_was_shut_down() {
        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata: {name: auto}
                spec: {generation: 1, automaticCheckpoints: true}
                """, VirtualMachine.class);
        await().atMost(SOON).until(() -> node.pod("auto") != null);
        node.schedule("auto");
        await().atMost(SOON)
                .until(() -> "worker"
                        .equals(client.resources(VirtualMachine.class)
                                .inNamespace(namespace)
                                .withName("auto")
                                .get()
                                .getStatus()
                                .nodeName()));
        node.run("auto");

        await().atMost(SOON).until(() -> checkpoint("auto-automatic") != null);
        awaitPhase("auto-automatic", CheckpointPhase.FAILED);
        node.end("auto", "hypervisor", 0, "");
        await().atMost(SOON).until(() -> checkpoint("auto-automatic") == null);
    }
}
