package io.kubehv.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointApply;
import io.kubehv.api.v1alpha1.CheckpointApplyPhase;
import io.kubehv.api.v1alpha1.CheckpointApplyStatus;
import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.api.v1alpha1.CheckpointCapture.Stage;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import io.kubehv.api.v1alpha1.CheckpointReversal;
import io.kubehv.api.v1alpha1.CheckpointStatus;
import io.kubehv.api.v1alpha1.CheckpointType;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.status.StatusApply;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Checkpoints of disks that another CSI driver has, with a real API server; the driver, its controllers and the node's daemon
 * are played here.
 */
class ForeignCheckpointIT {
    private static final Duration SOON = Duration.ofSeconds(60);

    /** Of each test another: classes are the cluster's. */
    private final String driver = UUID.randomUUID() + ".example";

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
        client.resource(new NodeBuilder()
                        .withNewMetadata()
                        .withName(PlayedStorage.NODE)
                        .addToLabels("topology.kubehv.io/node", PlayedStorage.NODE)
                        .endMetadata()
                        .withNewStatus()
                        .addNewCondition()
                        .withType("Ready")
                        .withStatus("True")
                        .endCondition()
                        .endStatus()
                        .build())
                .createOr(made -> made.update());
        client.nodes()
                .withName(PlayedStorage.NODE)
                .subresource("status")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"status\": {\"conditions\": [{\"type\": \"Ready\", \"status\": \"True\"}]}}");
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
        storage.bind("root", driver);
        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata: {name: web}
                spec:
                  generation: 1
                  powerState: "Off"
                  memory: {startup: 128Mi}
                  disks: [{name: d, virtualHardDisk: root}]
                """, VirtualMachine.class);
        await().atMost(SOON)
                .until(() -> web().getStatus() != null && web().getStatus().state() == VirtualMachineState.OFF);
    }

    @AfterEach
    void stop() {
        operator.close();
        client.pods().inNamespace(namespace).withGracePeriod(0).delete();
        client.genericKubernetesResources("snapshot.storage.k8s.io/v1", "VolumeSnapshotClass")
                .withName(driver)
                .delete();
        client.nodes().withName(PlayedStorage.NODE).delete();
        client.close();
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

    private void makeClass() {
        client.resource(Serialization.unmarshal("""
                        apiVersion: snapshot.storage.k8s.io/v1
                        kind: VolumeSnapshotClass
                        metadata: {name: %s}
                        driver: %s
                        deletionPolicy: Delete
                        """.formatted(driver, driver), GenericKubernetesResource.class))
                .create();
    }

    private Resource<GenericKubernetesResource> snapshot(String name) {
        return client.genericKubernetesResources("snapshot.storage.k8s.io/v1", "VolumeSnapshot")
                .inNamespace(namespace)
                .withName(name);
    }

    private void ask(String name) {
        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: Checkpoint
                metadata: {name: %s}
                spec: {virtualMachine: web, type: Production}
                """.formatted(name), Checkpoint.class);
    }

    private void awaitPhase(String name, CheckpointPhase phase) {
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(Optional.ofNullable(checkpoint(name).getStatus())
                                        .map(CheckpointStatus::phase))
                                .as(Serialization.asJson(checkpoint(name)))
                                .contains(phase));
    }

    private void awaitPhase(String name, CheckpointApplyPhase phase) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(
                                Optional.ofNullable(apply(name).getStatus()).map(CheckpointApplyStatus::phase))
                        .as(Serialization.asJson(apply(name)))
                        .contains(phase));
    }

    private String ready(HasMetadata kept) {
        return kept instanceof Checkpoint checkpoint
                ? checkpoint.getStatus().conditions().getFirst().getMessage()
                : apply(kept.getMetadata().getName())
                        .getStatus()
                        .conditions()
                        .getFirst()
                        .getMessage();
    }

    private static CheckpointCapture at(Stage stage) {
        return CheckpointCapture.of(stage, CheckpointType.PRODUCTION);
    }

    /** As far as the daemon holds the guest, and waits. */
    private void begin(String name) {
        ask(name);
        awaitPhase(name, CheckpointPhase.CREATING);
        assertThat(snapshot(name + "-d").get())
                .as("before the guest stands still")
                .isNull();
        storage.tell(checkpoint(name), at(Stage.CUTTING));
        await().atMost(SOON).until(() -> snapshot(name + "-d").get() != null);
    }

    private void cut(String name, boolean readyToUse) {
        snapshot(name)
                .subresource("status")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"status\": {\"creationTime\": \"2026-01-01T00:00:00Z\", \"readyToUse\": %s, \"restoreSize\": \"64Mi\"}}"
                                .formatted(readyToUse));
    }

    private void take(String name) {
        begin(name);
        cut(name + "-d", false);
        await().atMost(SOON)
                .until(() -> checkpoint(name)
                                .getStatus()
                                .disks()
                                .getFirst()
                                .foreign()
                                .creationTime()
                        != null);
        storage.taken(checkpoint(name));
        await().atMost(SOON).until(() -> ready(checkpoint(name)).contains("the guest goes on"));
        assertThat(checkpoint(name).getStatus().phase())
                .as("nothing can be made of it yet")
                .isEqualTo(CheckpointPhase.CREATING);
        cut(name + "-d", true);
        awaitPhase(name, CheckpointPhase.READY);
    }

    @Test
    void a_driver_without_a_class_of_snapshots_is_refused_with_the_fix() {
        ask("refused");

        awaitPhase("refused", CheckpointPhase.FAILED);

        assertThat(ready(checkpoint("refused")))
                .contains("disk \"d\" (claim \"root\")", driver, "no VolumeSnapshotClass", "create one with");
    }

    @Test
    void a_disk_is_kept_by_a_snapshot_that_is_made_when_the_guest_stands_still_and_goes_with_the_checkpoint() {
        makeClass();

        take("first");

        assertThat(snapshot("first-d")
                        .get()
                        .getAdditionalProperties()
                        .get("spec")
                        .toString())
                .contains("volumeSnapshotClassName=" + driver, "persistentVolumeClaimName=root");
        assertThat(ready(checkpoint("first"))).contains(driver, "takes longer");
        assertThat(checkpoint("first").getStatus().disks()).singleElement().satisfies(disk -> {
            assertThat(disk.volumeSnapshot()).isEqualTo("first-d");
            assertThat(disk.foreign().restoreSize()).isEqualTo(64L << 20);
        });

        client.resource(checkpoint("first")).delete();
        await("the daemon's node may be gone").atMost(SOON).until(() -> checkpoint("first") == null);
        assertThat(snapshot("first-d").get()).isNull();
    }

    @Test
    void what_the_daemon_could_not_wait_for_leaves_no_snapshot() {
        makeClass();
        begin("late");

        storage.tell(
                checkpoint("late"),
                CheckpointCapture.failed(CheckpointType.PRODUCTION, "DriverTooSlow", "it took too long"));

        awaitPhase("late", CheckpointPhase.FAILED);
        await().atMost(SOON).until(() -> snapshot("late-d").get() == null);
        assertThat(ready(checkpoint("late"))).contains("it took too long");
    }

    @Test
    void a_snapshot_of_that_name_that_is_somebody_elses_stays() {
        makeClass();
        create("""
                apiVersion: snapshot.storage.k8s.io/v1
                kind: VolumeSnapshot
                metadata: {name: mine-d}
                spec: {volumeSnapshotClassName: other, source: {persistentVolumeClaimName: root}}
                """, GenericKubernetesResource.class);
        String uid = snapshot("mine-d").get().getMetadata().getUid();
        ask("mine");
        awaitPhase("mine", CheckpointPhase.CREATING);
        storage.tell(checkpoint("mine"), at(Stage.CUTTING));
        storage.tell(
                checkpoint("mine"),
                CheckpointCapture.failed(CheckpointType.PRODUCTION, "DriverTooSlow", "it took too long"));
        awaitPhase("mine", CheckpointPhase.FAILED);

        client.resource(checkpoint("mine")).delete();
        await().atMost(SOON).until(() -> checkpoint("mine") == null);

        assertThat(snapshot("mine-d").get().getMetadata().getUid()).isEqualTo(uid);
    }

    private void runs() {
        client.genericKubernetesResources("kubehv.io/v1alpha1", "VirtualMachine")
                .inNamespace(namespace)
                .withName("web")
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\": {\"powerState\": \"Running\"}}");
        await().atMost(SOON)
                .until(() ->
                        node.pod("web") != null && node.pod("web").getSpec().getNodeName() == null);
        node.schedule("web");
        await().atMost(SOON).until(() -> "worker".equals(web().getStatus().nodeName()));
        node.run("web");
        await().atMost(SOON).until(() -> web().getStatus().state() == VirtualMachineState.RUNNING);
    }

    @Test
    void a_vm_goes_back_by_a_copy_whose_source_is_there_before_anything_stops() {
        makeClass();
        take("first");
        runs();
        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: CheckpointApply
                metadata: {name: back}
                spec: {checkpoint: first}
                """, CheckpointApply.class);

        await().atMost(SOON).until(() -> storage.claim("back-copy-d") != null);
        PersistentVolumeClaim staged = storage.claim("back-copy-d");
        assertThat(staged.getSpec().getDataSource().getName()).isEqualTo("first-d");
        assertThat(staged.getMetadata().getAnnotations()).containsEntry("volume.kubernetes.io/selected-node", "worker");
        await().atMost(SOON).until(() -> ready(apply("back")).contains("the VM goes on meanwhile"));
        assertThat(node.pod("web").getMetadata().getDeletionTimestamp()).isNull();
        storage.bind("back-copy-d", driver);
        awaitPhase("back", CheckpointApplyPhase.TURNING_OFF);
        node.confirmGone("web");
        awaitPhase("back", CheckpointApplyPhase.REVERTING);
        CheckpointApply statusOnly = new CheckpointApply();
        statusOnly.setMetadata(StatusApply.to(apply("back")));
        statusOnly.setStatus(new CheckpointApplyStatus(
                null, null, null, null, new CheckpointReversal(true, null, "0.1ms"), null, null, null));
        try (KubernetesClient daemon = ApiServer.get().daemon("vmbus-daemon", "worker")) {
            StatusApply.store(daemon, statusOnly, KubeHV.DAEMON_FIELD_MANAGER);
        }

        await().atMost(SOON).until(() -> node.pod("back-copy") != null);
        String first = node.pod("back-copy").getMetadata().getUid();
        node.end("back-copy", "main", 65, "{\"reason\": \"CopyFailed\", \"message\": \"it broke off\"}");
        node.confirmGone("back-copy");
        await("a copy that broke off is made anew")
                .atMost(SOON)
                .until(() -> node.pod("back-copy") != null
                        && !first.equals(node.pod("back-copy").getMetadata().getUid()));
        assertThat(node.pod("back-copy").getSpec().getContainers().getFirst().getEnv())
                .anySatisfy(variable -> assertThat(variable.getValue())
                        .contains("\"name\":\"d\"", "\"source\":\"/sources/0\"", "\"target\":\"/targets/0\""));
        assertThat(node.pod("back-copy").getSpec().getVolumes())
                .filteredOn(volume -> volume.getPersistentVolumeClaim() != null)
                .extracting(
                        volume -> volume.getPersistentVolumeClaim().getClaimName(),
                        volume -> volume.getPersistentVolumeClaim().getReadOnly())
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("back-copy-d", true),
                        org.assertj.core.groups.Tuple.tuple("root", null));
        assertThat(apply("back").getStatus().phase()).isEqualTo(CheckpointApplyPhase.REVERTING);
        node.end("back-copy", "main", 0, "{\"bytes\": 1}");

        awaitPhase("back", CheckpointApplyPhase.APPLIED);
        await().atMost(SOON)
                .until(() -> Optional.ofNullable(storage.claim("back-copy-d"))
                        .map(claim -> claim.getMetadata().getDeletionTimestamp() != null)
                        .orElse(true));
        assertThat(snapshot("first-d").get()).as("what it was copied from").isNotNull();
        assertThat(List.of("first")).contains(web().getStatus().checkpoint());
    }
}
