package io.kubehv.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.api.v1alpha1.CheckpointCapture.Snapshot;
import io.kubehv.api.v1alpha1.CheckpointCapture.Stage;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import io.kubehv.api.v1alpha1.CheckpointType;
import io.kubehv.api.v1alpha1.Export;
import io.kubehv.api.v1alpha1.ExportPhase;
import io.kubehv.api.v1alpha1.Import;
import io.kubehv.api.v1alpha1.ImportPhase;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.hv.definition.ExportDefinition;
import io.kubehv.hv.definition.ExportManifest;
import io.kubehv.hv.definition.ExportManifest.PackedDisk;
import io.kubehv.hv.definition.ExportManifest.PackedMemory;
import io.kubehv.hv.definition.ExportManifest.StateFile;
import io.kubehv.operator.virtualmachine.Fixtures;
import io.kubehv.operator.virtualmachine.ResolvedDisk;
import io.kubehv.operator.virtualmachine.dependent.LauncherPod;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Exports and imports, with a real API server; the nodes, and the programs of the pods, are played here. */
class ExportIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SHA = "0123456789abcdef".repeat(4);

    private final String namespace = "it-" + UUID.randomUUID();
    private KubernetesClient client;
    private TestOperator operator;
    private FakeNode node;
    private PlayedStorage storage;

    @BeforeEach
    void start() {
        client = ApiServer.get().client();
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
                metadata: {name: web, labels: {tier: front}}
                spec:
                  powerState: "Off"
                  generation: 1
                  memory: {startup: 128Mi}
                  disks: [{name: d, virtualHardDisk: root}]
                  networkAdapters: [{name: lan, macAddress: "00:15:5d:aa:bb:cc"}]
                """, VirtualMachine.class);
        await().atMost(SOON)
                .until(() -> machine("web").getStatus() != null
                        && machine("web").getStatus().state() == VirtualMachineState.OFF
                        && machine("web").getStatus().identity() != null);
    }

    @AfterEach
    void stop() {
        operator.close();
        client.pods().inNamespace(namespace).withGracePeriod(0).delete();
        client.close();
    }

    private <T extends HasMetadata> T create(String yaml, Class<T> kind) {
        T loaded = Serialization.unmarshal(yaml, kind);
        loaded.getMetadata().setNamespace(namespace);
        return client.resource(loaded).create();
    }

    private <T extends HasMetadata> T get(Class<T> kind, String name) {
        return client.resources(kind).inNamespace(namespace).withName(name).get();
    }

    private VirtualMachine machine(String name) {
        return get(VirtualMachine.class, name);
    }

    private static boolean isGoing(HasMetadata found) {
        return found == null || found.getMetadata().getDeletionTimestamp() != null;
    }

    private Export awaitPhase(String name, ExportPhase phase) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(
                                Optional.ofNullable(get(Export.class, name).getStatus())
                                        .map(status -> status.phase()))
                        .contains(phase));
        return get(Export.class, name);
    }

    private Import awaitPhase(String name, ImportPhase phase) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(
                                Optional.ofNullable(get(Import.class, name).getStatus())
                                        .map(status -> status.phase()))
                        .contains(phase));
        return get(Import.class, name);
    }

    private static Condition ready(List<Condition> conditions) {
        return conditions.stream()
                .filter(condition -> condition.getType().equals("Ready"))
                .findFirst()
                .orElseThrow();
    }

    /** As the node's daemon takes it. */
    private void take(String checkpoint) {
        await().atMost(SOON)
                .until(() -> Optional.ofNullable(get(Checkpoint.class, checkpoint))
                        .map(Checkpoint::getStatus)
                        .filter(status -> status.phase() == CheckpointPhase.CREATING)
                        .isPresent());
        storage.tell(
                get(Checkpoint.class, checkpoint),
                new CheckpointCapture(
                        Stage.COMPLETE,
                        CheckpointType.PRODUCTION,
                        null,
                        null,
                        "2026-01-01T00:00:00Z",
                        null,
                        null,
                        "1.0ms",
                        null,
                        null,
                        "group-1",
                        List.of(new Snapshot("worker/root", "snapshot-1", 1L)),
                        null));
    }

    private Export export(String more) {
        Export made = create("""
                apiVersion: kubehv.io/v1alpha1
                kind: Export
                metadata: {name: out}
                spec:
                  %s
                  target: {persistentVolumeClaim: {name: shelf, path: exports/web}}
                """.formatted(more), Export.class);
        if (!more.contains("checkpoint")) {
            take("out-export");
        }
        await().atMost(SOON).until(() -> node.pod("out-export") != null);
        return made;
    }

    @Test
    void a_vm_is_exported_through_a_checkpoint_of_its_own_and_nothing_stays_in_the_cluster() throws Exception {
        Export made = export("virtualMachine: web\n  diskFormat: VHDX");

        PersistentVolumeClaim copy =
                storage.claim("export-" + made.getMetadata().getUid() + "-d");
        assertThat(copy.getSpec().getDataSource().getKind()).isEqualTo("VolumeSnapshot");
        assertThat(copy.getSpec().getDataSource().getName()).isEqualTo("out-export-d");
        assertThat(copy.getMetadata().getAnnotations()).containsEntry("volume.kubernetes.io/selected-node", "worker");
        Pod pod = node.pod("out-export");
        ExportDefinition definition = ExportDefinition.fromJson(
                pod.getSpec().getContainers().getFirst().getEnv().getFirst().getValue());
        assertThat(definition.format()).isEqualTo("vhdx");
        assertThat(definition.disks()).containsExactly(new ExportDefinition.Source("d", "/disks/d/disk.img"));
        assertThat(definition.target()).isEqualTo(new ExportDefinition.Folder("/target", "exports/web"));
        assertThat(definition.manifest().uuid())
                .isEqualTo(machine("web").getStatus().identity().uuid());
        assertThat(definition.manifest().labels()).containsEntry("tier", "front");
        assertThat(pod.getSpec().getAutomountServiceAccountToken()).isFalse();
        assertThat(pod.getSpec().getSecurityContext().getRunAsNonRoot()).isTrue();

        node.end("out-export", "main", 0, "{\"bytes\": 4711, \"exportedAt\": \"2026-01-01T00:00:00Z\"}");

        Export done = awaitPhase("out", ExportPhase.EXPORTED);
        assertThat(done.getStatus().bytes()).isEqualTo(4711);
        assertThat(done.getStatus().progress()).isEqualTo("100%");
        assertThat(done.getStatus().location()).isEqualTo("shelf:/exports/web");
        assertThat(done.getStatus().captureState()).as("it was off").isNull();
        await().atMost(SOON).until(() -> isGoing(node.pod("out-export")));
        await().atMost(SOON)
                .until(() ->
                        isGoing(storage.claim("export-" + made.getMetadata().getUid() + "-d")));
        await().atMost(SOON).until(() -> isGoing(get(Checkpoint.class, "out-export")));
        await().atMost(SOON)
                .until(() -> get(Checkpoint.class, "out-export").getStatus().phase() == CheckpointPhase.DELETING);
        storage.tell(
                get(Checkpoint.class, "out-export"),
                get(Checkpoint.class, "out-export").getStatus().capture().at(Stage.DELETED));
        await().atMost(SOON).until(() -> get(Checkpoint.class, "out-export") == null);
        await().atMost(SOON).until(() -> machine("web").getStatus().checkpoint() == null);
    }

    @Test
    void an_export_that_fails_says_why_and_one_that_is_ended_begins_anew() {
        export("virtualMachine: web");
        String first = node.pod("out-export").getMetadata().getUid();

        node.end("out-export", "main", 137, "");
        await().atMost(SOON)
                .until(() -> node.pod("out-export") != null
                        && !node.pod("out-export").getMetadata().getUid().equals(first));
        assertThat(awaitPhase("out", ExportPhase.COPYING).getStatus().interruptions())
                .isEqualTo(1);

        node.end("out-export", "main", 65, "{\"reason\": \"FolderExists\", \"message\": \"it exists\"}");
        Export failed = awaitPhase("out", ExportPhase.FAILED);
        assertThat(ready(failed.getStatus().conditions()).getReason()).isEqualTo("FolderExists");
        assertThat(failed.getStatus().conditions())
                .anyMatch(condition -> condition.getType().equals("Stalled"));
        await().atMost(SOON).until(() -> isGoing(get(Checkpoint.class, "out-export")));
    }

    @Test
    void a_checkpoint_that_somebody_has_is_exported_and_stays_and_a_deleted_export_takes_its_own_along() {
        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: Checkpoint
                metadata: {name: kept}
                spec: {virtualMachine: web}
                """, Checkpoint.class);
        take("kept");
        export("checkpoint: kept");
        node.end("out-export", "main", 0, "{\"bytes\": 1, \"exportedAt\": \"2026-01-01T00:00:00Z\"}");
        assertThat(awaitPhase("out", ExportPhase.EXPORTED).getStatus().checkpoint())
                .isEqualTo("kept");
        await().atMost(SOON).until(() -> isGoing(node.pod("out-export")));
        client.resource(get(Export.class, "out")).delete();
        await().atMost(SOON).until(() -> get(Export.class, "out") == null);
        assertThat(isGoing(get(Checkpoint.class, "kept"))).isFalse();

        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: Export
                metadata: {name: broken-off}
                spec: {virtualMachine: web, target: {persistentVolumeClaim: {name: shelf}}}
                """, Export.class);
        await().atMost(SOON).until(() -> get(Checkpoint.class, "broken-off-export") != null);
        client.resource(get(Export.class, "broken-off")).delete();
        await().atMost(SOON).until(() -> isGoing(get(Checkpoint.class, "broken-off-export")));
    }

    private ExportManifest manifest(String spec, List<StateFile> state) throws JsonProcessingException {
        JsonNode known = spec.isEmpty() ? JSON.valueToTree(machine("web").getSpec()) : JSON.readTree(spec);
        return new ExportManifest(
                1,
                "some-export",
                "2026-01-01T00:00:00Z",
                "elsewhere",
                "web",
                machine("web") == null
                        ? null
                        : machine("web").getStatus().identity().uuid(),
                Map.of("lan", "00:15:5d:aa:bb:cc"),
                Map.of("tier", "front"),
                "Off",
                known,
                List.of(new PackedDisk("d", "Virtual Hard Disks/d.qcow2", "qcow2", 64 << 20, 1000, SHA)),
                state,
                null);
    }

    private void importing(String mode, String machine, ExportManifest manifest) throws JsonProcessingException {
        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: Import
                metadata: {name: in}
                spec:
                  mode: %s
                  virtualMachine: %s
                  source: {persistentVolumeClaim: {name: shelf, path: exports/web}}
                """.formatted(mode, machine), Import.class);
        await().atMost(SOON).until(() -> node.pod("in-import-manifest") != null);
        node.end("in-import-manifest", "main", 0, JSON.writeValueAsString(Map.of("manifest", manifest.toJson())));
    }

    private void fill(String disk) {
        await().atMost(SOON).until(() -> node.pod(disk + "-import") != null);
        node.end(disk + "-import", "import", 0, "{\"format\": \"qcow2\", \"virtualSize\": 67108864}");
    }

    private void assertRefused(String reason, String... words) {
        Condition ready = ready(awaitPhase("in", ImportPhase.FAILED).getStatus().conditions());
        assertThat(ready.getReason()).isEqualTo(reason);
        assertThat(ready.getMessage()).contains(words);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(client.resources(VirtualHardDisk.class)
                                .inNamespace(namespace)
                                .list()
                                .getItems())
                        .extracting(disk -> disk.getMetadata().getName())
                        .containsExactly("root"));
        await().atMost(SOON).until(() -> isGoing(node.pod("in-import-manifest")));
    }

    @Test
    void a_copy_is_another_vm_with_disks_of_its_own() throws Exception {
        importing("Copy", "copy", manifest("", List.of()));
        fill("copy-d");

        Import done = awaitPhase("in", ImportPhase.IMPORTED);
        assertThat(done.getStatus().virtualMachine()).isEqualTo("copy");
        VirtualMachine copy = machine("copy");
        assertThat(copy.getSpec().powerState()).isEqualTo(PowerState.OFF);
        assertThat(copy.getSpec().disks().getFirst().virtualHardDisk()).isEqualTo("copy-d");
        assertThat(copy.getSpec().networkAdapters().getFirst().macAddress()).isNull();
        assertThat(copy.getMetadata().getLabels()).containsEntry("tier", "front");
        VirtualHardDisk disk = get(VirtualHardDisk.class, "copy-d");
        assertThat(disk.getSpec().persistentVolumeClaim().path()).isEqualTo("exports/web/Virtual Hard Disks/d.qcow2");
        assertThat(disk.getSpec().persistentVolumeClaim().checksum()).isEqualTo("sha256:" + SHA);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(get(VirtualHardDisk.class, "copy-d")
                                .getMetadata()
                                .getOwnerReferences())
                        .as("the disk is its user's")
                        .isEmpty());
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(
                                machine("copy").getStatus().identity().uuid())
                        .isNotEqualTo(machine("web").getStatus().identity().uuid()));
        assertThat(machine("copy").getStatus().identity().macAddresses().get("lan"))
                .isNotEqualTo("00:15:5d:aa:bb:cc");
    }

    @Test
    void a_register_gives_back_the_same_vm_and_is_refused_while_that_is_there() throws Exception {
        String uuid = machine("web").getStatus().identity().uuid();
        String generation = machine("web").getStatus().identity().generationId();
        ExportManifest manifest = manifest("", List.of());
        importing("Register", "again", manifest);
        assertRefused("AlreadyRegistered", namespace + "/web", uuid);

        client.resource(get(Import.class, "in")).delete();
        client.resource(machine("web")).delete();
        await().atMost(SOON).until(() -> machine("web") == null && get(Import.class, "in") == null);
        await().atMost(SOON).until(() -> node.pod("in-import-manifest") == null);
        importing("Register", "again", manifest);
        fill("again-d");

        awaitPhase("in", ImportPhase.IMPORTED);
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(machine("again").getStatus().identity().uuid())
                                .isEqualTo(uuid));
        assertThat(machine("again").getStatus().identity().macAddresses()).containsEntry("lan", "00:15:5d:aa:bb:cc");
        assertThat(machine("again").getStatus().identity().generationId())
                .as("time went back")
                .isNotEqualTo(generation);
    }

    @Test
    void what_the_machine_remembers_is_there_before_the_vm_and_becomes_its_own() throws Exception {
        importing(
                "Copy",
                "copy",
                manifest(
                        "",
                        List.of(new StateFile(
                                "firmware/nvram.fd", "Virtual Machines/guest-state/firmware/nvram.fd", 1000, SHA))));
        fill("copy-d");
        await().atMost(SOON).until(() -> node.pod("in-import-state") != null);
        assertThat(node.pod("in-import-state").getSpec().getVolumes())
                .as("it comes to where the disk is")
                .anyMatch(volume -> volume.getPersistentVolumeClaim() != null
                        && volume.getPersistentVolumeClaim().getClaimName().equals("copy-d"));
        assertThat(machine("copy")).isNull();

        node.end("in-import-state", "main", 0, "{\"files\": 1}");

        awaitPhase("in", ImportPhase.IMPORTED);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(
                                storage.claim("copy-guest-state").getMetadata().getOwnerReferences())
                        .singleElement()
                        .satisfies(owner -> assertThat(owner.getUid())
                                .isEqualTo(machine("copy").getMetadata().getUid())));
    }

    /** As its pod was defined. */
    private ExportManifest withMemory(ExportManifest manifest) {
        VirtualMachine web = machine("web");
        ResolvedDisk disk =
                new ResolvedDisk(web.getSpec().disks().getFirst(), "root", false, 64L << 20, null, null, false);
        PackedMemory memory = new PackedMemory(
                "Virtual Machines/memory",
                1000,
                SHA,
                null,
                LauncherPod.definition(web, web.getStatus().identity(), List.of(disk)));
        return manifest.with(manifest.disks(), manifest.guestState(), memory, manifest.exportedAt());
    }

    @Test
    void a_registered_vm_with_memory_is_saved_and_goes_on_from_it() throws Exception {
        ExportManifest manifest = withMemory(manifest("", List.of()));
        client.resource(machine("web")).delete();
        await().atMost(SOON).until(() -> machine("web") == null);
        importing("Register", "again", manifest);
        fill("again-d");
        await().atMost(SOON).until(() -> node.pod("in-import-state") != null);
        assertThat(node.pod("in-import-state").getSpec().getVolumes())
                .anyMatch(volume -> volume.getPersistentVolumeClaim() != null
                        && volume.getPersistentVolumeClaim().getClaimName().equals("again-saved-state"));
        assertThat(machine("again")).isNull();
        node.end("in-import-state", "main", 0, "{\"files\": 1}");

        Import done = awaitPhase("in", ImportPhase.IMPORTED);
        assertThat(done.getStatus().memory()).isTrue();
        assertThat(ready(done.getStatus().conditions()).getMessage()).contains("is there and saved");
        await().atMost(SOON).until(() -> machine("again").getStatus().state() == VirtualMachineState.SAVED);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(
                                ready(machine("again").getStatus().conditions()).getReason())
                        .isEqualTo("Saved"));
        assertThat(node.pod("again")).isNull();

        client.resource(machine("again")).edit(machine -> {
            machine.setSpec(Fixtures.with(machine.getSpec(), PowerState.RUNNING));
            return machine;
        });
        await().atMost(SOON).until(() -> node.pod("again") != null);
        assertThat(LauncherPod.resumes(node.pod("again"))).isTrue();
        assertThat(LauncherPod.disks(node.pod("again"))).containsEntry("d", "again-d");
    }

    @Test
    void a_copy_of_an_export_with_memory_starts_and_says_so() throws Exception {
        importing("Copy", "copy", withMemory(manifest("", List.of())));
        fill("copy-d");

        Import done = awaitPhase("in", ImportPhase.IMPORTED);
        assertThat(done.getStatus().memory()).isNull();
        assertThat(ready(done.getStatus().conditions()).getMessage())
                .contains("is there and off", "a copy has another identity");
        assertThat(storage.claim("copy-saved-state")).isNull();
        assertThat(machine("copy").getSpec().powerState()).isEqualTo(PowerState.OFF);
    }

    @Test
    void a_disk_that_is_not_what_was_exported_fails_the_import_and_leaves_nothing() throws Exception {
        importing("Copy", "copy", manifest("", List.of()));
        await().atMost(SOON).until(() -> node.pod("copy-d-import") != null);
        node.end("copy-d-import", "import", 65, "{\"reason\": \"ChecksumMismatch\", \"message\": \"the checksum is\"}");

        assertRefused("ChecksumMismatch", "copy-d", "the checksum is");
        assertThat(machine("copy")).isNull();
    }

    @Test
    void manifests_that_ask_for_what_there_is_not_are_refused_before_anything_is_made() throws Exception {
        importing("Copy", "copy", manifest("""
                {"disks": [{"name": "d"}], "colour": "blue"}""", List.of()));
        assertRefused("ManifestInvalid", "spec.colour");
        again();
        importing("Copy", "copy", manifest("""
                {"disks": [{"name": "d"}], "memory": {"startup": "none"}}""", List.of()));
        assertRefused("ManifestInvalid", "memory");
        again();
        importing("Copy", "copy", manifest("""
                {"disks": [{"name": "other", "virtualHardDisk": "other"}]}""", List.of()));
        assertRefused("ManifestInvalid", "\"d\"");
        again();
        importing("Copy", "web", manifest("", List.of()));
        assertRefused("NameTaken", "VirtualMachine \"web\"");
    }

    private void again() {
        client.resource(get(Import.class, "in")).delete();
        await().atMost(SOON).until(() -> get(Import.class, "in") == null && node.pod("in-import-manifest") == null);
    }

    @Test
    void what_the_pod_says_of_the_export_is_passed_on() {
        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: Import
                metadata: {name: in}
                spec: {source: {http: {url: "http://files.example.com/web"}}}
                """, Import.class);
        await().atMost(SOON).until(() -> node.pod("in-import-manifest") != null);
        node.end(
                "in-import-manifest",
                "main",
                65,
                "{\"reason\": \"ManifestNotFound\", \"message\": \"there is no manifest.json\"}");

        assertRefused("ManifestNotFound", "there is no manifest.json");
    }
}
