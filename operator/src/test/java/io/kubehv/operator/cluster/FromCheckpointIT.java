package io.kubehv.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import io.kubehv.api.v1alpha1.CheckpointStatus;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** VMs that are made from a checkpoint, with a real API server; the node's driver and daemon are played here. */
class FromCheckpointIT {
    private static final Duration SOON = Duration.ofSeconds(60);

    private final String namespace = "it-" + UUID.randomUUID();
    private KubernetesClient client;
    private TestOperator operator;
    private PlayedStorage storage;

    @BeforeEach
    void a_checkpoint_of_a_vm_that_is_off() {
        client = ApiServer.get().client();
        ApiServer.namespace(client, namespace);
        operator = new TestOperator(client);
        storage = new PlayedStorage(client, namespace);
        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualHardDisk
                metadata: {name: root}
                spec: {size: 64Mi, blank: {}}
                ---
                apiVersion: v1
                kind: Secret
                metadata: {name: golden-tpm-key}
                data: {key: Z29sZGVu}
                ---
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata:
                  name: golden-guest-state
                  annotations: {kubehv.io/key-protector: golden-tpm-key}
                spec:
                  accessModes: [ReadWriteOnce]
                  resources: {requests: {storage: 32Mi}}
                """);
        await().atMost(SOON).until(() -> storage.claim("root") != null);
        storage.bind("root");
        storage.bind("golden-guest-state");
        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata: {name: golden}
                spec:
                  powerState: Off
                  disks: [{name: system, virtualHardDisk: root, bus: Virtio}]
                ---
                apiVersion: kubehv.io/v1alpha1
                kind: Checkpoint
                metadata: {name: base}
                spec: {virtualMachine: golden}
                """);
        await().atMost(SOON).until(() -> phase() == CheckpointPhase.CREATING);
        storage.taken(checkpoint(), "root", "golden-guest-state");
        await().atMost(SOON).until(() -> phase() == CheckpointPhase.READY);
    }

    @AfterEach
    void stop() {
        operator.close();
        client.pods().inNamespace(namespace).withGracePeriod(0).delete();
        client.close();
    }

    private void create(String manifest) {
        client.load(new ByteArrayInputStream(manifest.getBytes(StandardCharsets.UTF_8)))
                .items()
                .forEach(item -> client.resource(item).inNamespace(namespace).create());
    }

    private Checkpoint checkpoint() {
        return get(Checkpoint.class, "base");
    }

    private CheckpointPhase phase() {
        return checkpoint().getStatus() == null
                ? null
                : checkpoint().getStatus().phase();
    }

    private VirtualMachine machine(String name) {
        return get(VirtualMachine.class, name);
    }

    private <T extends HasMetadata> T get(Class<T> kind, String name) {
        return client.resources(kind).inNamespace(namespace).withName(name).get();
    }

    private void laboratory(String name) {
        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata: {name: %s}
                spec: {fromCheckpoint: base, security: {tpm: {enabled: true}}}
                """.formatted(name));
    }

    private void awaitClaims(String name) {
        await().atMost(SOON)
                .until(() -> storage.claim(name + "-system") != null && storage.claim(name + "-guest-state") != null);
    }

    private void bindClaims(String name) {
        storage.bind(name + "-system");
        storage.bind(name + "-guest-state");
    }

    /** The reason and the message of the condition Ready; "" where nothing was told yet. */
    private static String reason(CustomResource<?, ?> of) {
        List<Condition> conditions = switch (of.getStatus()) {
            case VirtualMachineStatus status -> status.conditions();
            case CheckpointStatus status -> status.conditions();
            case null, default -> null;
        };
        return conditions == null
                ? ""
                : conditions.stream()
                        .filter(condition -> condition.getType().equals("Ready"))
                        .map(condition -> condition.getReason() + ": " + condition.getMessage())
                        .findFirst()
                        .orElse("");
    }

    @Test
    void vms_are_made_from_a_checkpoint_each_with_an_identity_of_its_own() {
        laboratory("one");
        laboratory("two");
        awaitClaims("one");
        awaitClaims("two");
        assertThat(storage.claim("one-system").getSpec().getDataSource().getName())
                .isEqualTo("base-system");
        assertThat(storage.claim("one-system").getSpec().getVolumeAttributesClassName())
                .isEqualTo("kubehv-disk");
        assertThat(storage.claim("one-guest-state").getSpec().getDataSource().getName())
                .isEqualTo("base-guest-state");
        assertThat(storage.claim("two-system").getMetadata().getAnnotations())
                .containsEntry("volume.kubernetes.io/selected-node", PlayedStorage.NODE);
        assertThat(get(Pod.class, "one")).as("it waits for its volumes").isNull();

        bindClaims("one");
        bindClaims("two");

        await().atMost(SOON).until(() -> get(Pod.class, "one") != null && get(Pod.class, "two") != null);
        assertThat(get(Pod.class, "one").getSpec().getVolumes().stream()
                        .map(Volume::getPersistentVolumeClaim)
                        .filter(claim -> claim != null)
                        .map(claim -> claim.getClaimName()))
                .contains("one-system", "one-guest-state");
        assertThat(get(Secret.class, "one-tpm-key").getData()).containsEntry("key", "Z29sZGVu");
        assertThat(machine("one").getStatus().origin().isComplete()).isTrue();
        Identity one = machine("one").getStatus().identity();
        Identity two = machine("two").getStatus().identity();
        Identity golden = machine("golden").getStatus().identity();
        assertThat(List.of(one.uuid(), two.uuid(), golden.uuid())).doesNotHaveDuplicates();
        assertThat(List.of(one.generationId(), two.generationId(), golden.generationId()))
                .doesNotHaveDuplicates();
        assertThat(List.of(one.macAddresses().get("default"), two.macAddresses().get("default")))
                .doesNotHaveDuplicates();
    }

    @Test
    void a_checkpoint_stays_until_what_is_made_of_it_is_whole_and_then_nobody_misses_it() {
        laboratory("lab");
        awaitClaims("lab");

        client.resource(checkpoint()).delete();
        await().atMost(SOON).until(() -> reason(checkpoint()).contains("Deleting: it goes when"));
        assertThat(reason(checkpoint())).contains("lab");
        assertThat(phase()).isEqualTo(CheckpointPhase.READY);

        bindClaims("lab");
        await().atMost(SOON).until(() -> phase() == CheckpointPhase.DELETING);
        storage.deleted(checkpoint());
        await().atMost(SOON).until(() -> checkpoint() == null);
        client.resource(machine("golden")).delete();

        await().atMost(SOON).until(() -> get(Pod.class, "lab") != null);
        assertThat(reason(machine("lab"))).startsWith("Starting");
    }

    @Test
    void a_vm_whose_checkpoint_comes_later_is_made_then_and_told_why_not_before() {
        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata: {name: early}
                spec: {fromCheckpoint: later}
                """);
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(reason(machine("early"))).contains("CheckpointNotFound", "no Checkpoint \"later\""));
        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata: {name: old}
                spec: {fromCheckpoint: base, generation: 1}
                """);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(reason(machine("old"))).contains("GenerationDiffers"));

        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: Checkpoint
                metadata: {name: later}
                spec: {virtualMachine: golden}
                """);
        await().atMost(SOON)
                .until(() -> get(Checkpoint.class, "later").getStatus() != null
                        && get(Checkpoint.class, "later").getStatus().phase() == CheckpointPhase.CREATING);
        storage.taken(get(Checkpoint.class, "later"), "root", "golden-guest-state");

        awaitClaims("early");
    }

    @Test
    void what_a_vm_is_made_from_does_not_change_and_a_disk_needs_a_source_without_it() {
        laboratory("lab");

        assertThatThrownBy(() -> client.resources(VirtualMachine.class)
                        .inNamespace(namespace)
                        .withName("lab")
                        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\": {\"fromCheckpoint\": \"other\"}}"))
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining("fromCheckpoint can't be changed");
        assertThatThrownBy(() -> create("""
                        apiVersion: kubehv.io/v1alpha1
                        kind: VirtualMachine
                        metadata: {name: bad}
                        spec: {disks: [{name: root}]}
                        """)).hasMessageContaining("a disk needs exactly one of virtualHardDisk");
    }
}
