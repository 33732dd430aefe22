package io.kubehv.operator.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.api.v1alpha1.CheckpointCapture.Stage;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import io.kubehv.api.v1alpha1.CheckpointSpec;
import io.kubehv.api.v1alpha1.CheckpointStatus;
import io.kubehv.api.v1alpha1.CheckpointType;
import io.kubehv.api.v1alpha1.ForeignDisk;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.virtualmachine.Fixtures;
import java.util.List;
import org.junit.jupiter.api.Test;

class ForeignTest {
    private static final String DRIVER = "other.example";
    private static final CheckpointDisk OURS = new CheckpointDisk("root", "web-root", "worker/root", null, null);
    private static final CheckpointDisk OTHER =
            new CheckpointDisk("data", "web-data", "42", null, null).with(new ForeignDisk(DRIVER, "gold", null, null));
    private static final ForeignSnapshot ASKED = new ForeignSnapshot("data", false, null, false, null, null);
    private static final ForeignSnapshot KEPT =
            new ForeignSnapshot("data", false, "2026-01-01T00:00:00Z", false, 1L << 20, null);

    private static CheckpointPlan plan(
            CheckpointType type, CheckpointCapture capture, CheckpointDisk other, ForeignSnapshot... snapshots) {
        Checkpoint checkpoint = new Checkpoint();
        checkpoint.getMetadata().setName("before");
        checkpoint.getMetadata().setUid("uid-1");
        checkpoint.setSpec(new CheckpointSpec("web", type));
        checkpoint.setStatus(new CheckpointStatus(
                CheckpointPhase.CREATING,
                type,
                null,
                null,
                null,
                "worker",
                type == CheckpointType.STANDARD,
                null,
                null,
                "pod-1",
                List.of(OURS, other),
                capture,
                null,
                null));
        VirtualMachine machine = Fixtures.at(Fixtures.web(), VirtualMachineState.RUNNING, Reason.RUNNING);
        return CheckpointDecision.decide(new ObservedCheckpoint(
                checkpoint,
                machine,
                Fixtures.running(machine),
                null,
                false,
                List.of(),
                false,
                null,
                null,
                CheckpointVolumes.NOT_ASKED,
                List.of(snapshots),
                List.of(),
                Fixtures.NOW));
    }

    private static CheckpointCapture at(Stage stage, CheckpointType type) {
        return CheckpointCapture.of(stage, type);
    }

    @Test
    void nothing_is_kept_before_the_guest_stands_still() {
        assertThat(plan(CheckpointType.STANDARD, at(Stage.STARTED, CheckpointType.STANDARD), OTHER)
                        .actions())
                .isEmpty();
    }

    @Test
    void what_others_have_is_kept_when_the_guest_stands_still_and_told_when_it_is() {
        CheckpointCapture cutting = at(Stage.CUTTING, CheckpointType.STANDARD);

        assertThat(plan(CheckpointType.STANDARD, cutting, OTHER).actions())
                .containsExactly(new CheckpointAction.Cut(OTHER));
        CheckpointPlan waits = plan(CheckpointType.STANDARD, cutting, OTHER, ASKED);
        assertThat(waits.actions()).isEmpty();
        assertThat(waits.status().disks()).containsExactly(OURS, OTHER);
        assertThat(waits.again()).isNotNull();
        CheckpointPlan kept = plan(CheckpointType.STANDARD, cutting, OTHER, KEPT);
        assertThat(kept.actions()).isEmpty();
        assertThat(kept.status().disks())
                .containsExactly(OURS, OTHER.with(new ForeignDisk(DRIVER, "gold", "2026-01-01T00:00:00Z", 1L << 20)));
    }

    @Test
    void a_production_checkpoint_whose_driver_was_too_slow_falls_back_when_nothing_of_it_is_left() {
        CheckpointCapture failed =
                CheckpointCapture.failed(CheckpointType.PRODUCTION, "DriverTooSlow", "it took too long");
        CheckpointDisk kept = OTHER.with(new ForeignDisk(DRIVER, "gold", "2026-01-01T00:00:00Z", null));
        ForeignSnapshot ill = new ForeignSnapshot("data", false, null, false, null, "quota exceeded");

        CheckpointPlan falls = plan(CheckpointType.PRODUCTION, failed, kept, ill);

        assertThat(falls.status().type()).isEqualTo(CheckpointType.STANDARD);
        assertThat(falls.status().phase()).isEqualTo(CheckpointPhase.PREPARING);
        assertThat(falls.status().fallbackReason()).contains("it took too long", "quota exceeded");
        assertThat(falls.status().disks()).containsExactly(OURS, OTHER);
        assertThat(falls.actions()).containsExactly(new CheckpointAction.Conceal());
        CheckpointPlan strict = plan(
                CheckpointType.PRODUCTION_ONLY,
                CheckpointCapture.failed(CheckpointType.PRODUCTION_ONLY, "DriverTooSlow", "it took too long"),
                kept,
                ill);
        assertThat(strict.status().phase()).isEqualTo(CheckpointPhase.FAILED);
        assertThat(strict.actions()).containsExactly(new CheckpointAction.Conceal());
    }

    private static GenericKubernetesResource snapshotClass(String name, String driver, boolean isDefault) {
        return Serialization.unmarshal("""
                apiVersion: snapshot.storage.k8s.io/v1
                kind: VolumeSnapshotClass
                metadata:
                  name: %s
                  annotations: {snapshot.storage.kubernetes.io/is-default-class: "%s"}
                driver: %s
                """.formatted(name, isDefault, driver), GenericKubernetesResource.class);
    }

    @Test
    void a_driver_has_its_default_class_or_its_only_one_and_else_the_user_is_asked() {
        GenericKubernetesResource gold = snapshotClass("gold", DRIVER, false);
        GenericKubernetesResource silver = snapshotClass("silver", DRIVER, false);
        GenericKubernetesResource others = snapshotClass("others", "another.example", true);

        assertThat(SnapshotClasses.choose(DRIVER, List.of(gold, others)).name()).isEqualTo("gold");
        assertThat(SnapshotClasses.choose(DRIVER, List.of(gold, silver, snapshotClass("default", DRIVER, true)))
                        .name())
                .isEqualTo("default");
        assertThat(SnapshotClasses.choose(DRIVER, List.of(gold, silver)).problem())
                .contains("gold, silver", "annotate one of them");
        assertThat(SnapshotClasses.choose(DRIVER, List.of(others)).problem())
                .contains("no VolumeSnapshotClass", "driver: " + DRIVER);
    }

    @Test
    void a_checkpoint_of_a_vm_that_is_off_is_on_a_node_that_has_its_volumes() {
        PersistentVolume volume = new PersistentVolumeBuilder()
                .withNewSpec()
                .withNewNodeAffinity()
                .withNewRequired()
                .addNewNodeSelectorTerm()
                .addNewMatchExpression()
                .withKey("topology.other.example/zone")
                .withOperator("In")
                .withValues("a", "b")
                .endMatchExpression()
                .endNodeSelectorTerm()
                .endRequired()
                .endNodeAffinity()
                .endSpec()
                .build();

        assertThat(NodeFit.has(node("b"), volume)).isTrue();
        assertThat(NodeFit.has(node("c"), volume)).isFalse();
        assertThat(NodeFit.has(
                        node("c"),
                        new PersistentVolumeBuilder().withNewSpec().endSpec().build()))
                .isTrue();
    }

    private static io.fabric8.kubernetes.api.model.Node node(String zone) {
        return new NodeBuilder()
                .withNewMetadata()
                .withName("node-" + zone)
                .addToLabels("topology.other.example/zone", zone)
                .endMetadata()
                .build();
    }
}
