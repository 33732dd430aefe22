package io.kubehv.operator.virtualmachine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointOrigin;
import io.kubehv.api.v1alpha1.DiskBus;
import io.kubehv.api.v1alpha1.OriginDisk;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.operator.Owners;
import io.kubehv.operator.virtualmachine.dependent.ClonedVolume;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OriginsTest {
    private final Map<String, PersistentVolumeClaim> claims = new HashMap<>();
    private final VirtualMachine source = machine("golden", """
            disks:
            - {name: root, virtualHardDisk: debian, bus: Virtio, bootOrder: 2}
            - {name: data, template: {size: 1Gi, blank: {}}}
            """);
    private final Checkpoint checkpoint = Serialization.unmarshal("""
            metadata:
              name: base
              namespace: shop
              uid: uid-base
              ownerReferences: [{kind: VirtualMachine, apiVersion: kubehv.io/v1alpha1, name: golden, uid: uid-golden}]
            spec: {virtualMachine: golden}
            status:
              phase: Ready
              nodeName: worker-2
              disks:
              - {name: root, persistentVolumeClaim: debian, volumeHandle: v1, snapshotHandle: s1, volumeSnapshot: base-root}
              - {name: data, persistentVolumeClaim: golden-data, volumeHandle: v2, snapshotHandle: s2, volumeSnapshot: base-data}
              - {name: guest-state, persistentVolumeClaim: golden-guest-state, volumeHandle: v3, snapshotHandle: s3, volumeSnapshot: base-guest-state}
              capture:
                stage: Complete
                snapshots:
                - {volumeHandle: v1, snapshotHandle: s1, size: 100}
                - {volumeHandle: v3, snapshotHandle: s3}
            """, Checkpoint.class);

    private static VirtualMachine machine(String name, String spec) {
        VirtualMachine machine =
                Serialization.unmarshal("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata: {name: %s, namespace: shop, uid: uid-%s}
                spec:
                %s
                """.formatted(name, name, spec.strip().indent(2)), VirtualMachine.class);
        return machine;
    }

    @BeforeEach
    void the_claims_of_the_source() {
        claim("debian", "kubehv-disk", "200");
        claim("golden-data", null, "300");
        claim("golden-guest-state", null, "400");
        claims.get("golden-guest-state").getMetadata().setAnnotations(Map.of("kubehv.io/key-protector", "golden-key"));
    }

    private void claim(String name, String attributes, String size) {
        claims.put(name, Serialization.unmarshal("""
                metadata: {name: %s, namespace: shop}
                spec:
                  storageClassName: fast
                  volumeMode: Filesystem
                  volumeAttributesClassName: %s
                  resources: {requests: {storage: %s}}
                """.formatted(name, attributes, size), PersistentVolumeClaim.class));
    }

    private MachineOrigin origin(VirtualMachine machine) {
        return Origins.of(machine, checkpoint, source, claims::get);
    }

    private VirtualMachine written(VirtualMachine machine) {
        CheckpointOrigin known = origin(machine).known();
        machine.setStatus(new VirtualMachineStatus(
                VirtualMachineState.OFF,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                known));
        return machine;
    }

    /** Makes the claims that are to be made. */
    private void make(VirtualMachine machine, String phase) {
        origin(machine)
                .toMake()
                .forEach((name, part) -> claims.put(
                        name,
                        new PersistentVolumeClaimBuilder(ClonedVolume.desired(
                                        machine, machine.getStatus().origin(), part, name))
                                .withNewStatus()
                                .withPhase(phase)
                                .endStatus()
                                .build()));
    }

    @Test
    void what_the_checkpoint_consists_of_is_known_before_anything_is_made() {
        MachineOrigin origin = origin(machine("lab", "fromCheckpoint: base"));

        assertThat(origin.toMake()).isEmpty();
        assertThat(origin.problem().reason()).isEqualTo("Cloning");
        CheckpointOrigin known = origin.known();
        assertThat(known.checkpointUid()).isEqualTo("uid-base");
        assertThat(known.nodeName()).isEqualTo("worker-2");
        assertThat(known.keyProtectorSecretName()).isEqualTo("golden-key");
        assertThat(known.disks())
                .containsExactly(
                        new OriginDisk(
                                "root", "base-root", 100L, "fast", "Filesystem", "kubehv-disk", DiskBus.VIRTIO, 2),
                        new OriginDisk("data", "base-data", 300L, "fast", "Filesystem", null, null, null));
        assertThat(known.guestState().size()).isEqualTo(400L);
        assertThat(known.isComplete()).isFalse();
    }

    @Test
    void disks_left_out_are_all_of_the_checkpoints_on_the_bus_that_they_had() {
        VirtualMachine lab = written(machine("lab", "fromCheckpoint: base"));

        assertThat(CheckpointOrigin.disksOf(lab))
                .extracting(disk -> disk.name())
                .containsExactly("root", "data");
        assertThat(CheckpointOrigin.disksOf(lab).getFirst().bus()).isEqualTo(DiskBus.VIRTIO);
        assertThat(origin(lab).toMake()).containsOnlyKeys("lab-root", "lab-data", "lab-guest-state");
        assertThat(origin(lab).disks()).containsOnlyKeys("root", "data");
    }

    @Test
    void of_disks_that_are_listed_those_without_a_source_are_the_checkpoints() {
        VirtualMachine lab = written(machine("lab", """
                fromCheckpoint: base
                disks:
                - {name: root}
                - {name: more, template: {size: 1Gi, blank: {}}}
                """));

        assertThat(origin(lab).toMake()).containsOnlyKeys("lab-root", "lab-guest-state");
    }

    @Test
    void a_copy_is_made_on_the_checkpoints_node_and_goes_with_the_vm() {
        VirtualMachine lab = written(machine("lab", "fromCheckpoint: base"));
        PersistentVolumeClaim claim = ClonedVolume.desired(
                lab, lab.getStatus().origin(), lab.getStatus().origin().disks().getFirst(), "lab-root");

        assertThat(claim.getMetadata().getAnnotations())
                .containsEntry("volume.kubernetes.io/selected-node", "worker-2");
        assertThat(Owners.owns(lab, claim)).isTrue();
        assertThat(claim.getSpec().getDataSource().getKind()).isEqualTo("VolumeSnapshot");
        assertThat(claim.getSpec().getDataSource().getApiGroup()).isEqualTo("snapshot.storage.k8s.io");
        assertThat(claim.getSpec().getDataSource().getName()).isEqualTo("base-root");
        assertThat(claim.getSpec().getVolumeAttributesClassName()).isEqualTo("kubehv-disk");
        assertThat(claim.getSpec().getResources().getRequests().get("storage").toString())
                .isEqualTo("100");
    }

    @Test
    void it_is_complete_when_the_last_claim_has_its_volume_and_the_checkpoint_may_go_then() {
        VirtualMachine lab = written(machine("lab", "fromCheckpoint: base"));
        make(lab, "Pending");
        assertThat(origin(lab).disks().get("root").message()).contains("\"lab-root\" has no volume yet");
        assertThat(origin(lab).known().isComplete()).isFalse();
        assertThat(MachineKeys.beingMadeFrom(lab)).containsExactly("uid-base");

        claims.keySet().removeIf(name -> name.startsWith("lab-"));
        make(lab, "Bound");

        MachineOrigin made = origin(lab);
        assertThat(made.known().isComplete()).isTrue();
        assertThat(made.problem()).isNull();
        assertThat(made.disks()).isEmpty();
        VirtualMachine complete = written(lab);
        assertThat(MachineKeys.beingMadeFrom(complete)).isEmpty();
        MachineOrigin alone = Origins.of(complete, null, null, claims::get);
        assertThat(alone.problem()).isNull();
        assertThat(alone.disks()).isEmpty();
    }

    @Test
    void it_is_not_complete_while_the_firmwares_variables_are_missing() {
        VirtualMachine lab = written(machine("lab", "fromCheckpoint: base"));
        make(lab, "Bound");
        claims.remove("lab-guest-state");

        MachineOrigin origin = origin(lab);

        assertThat(origin.disks()).isEmpty();
        assertThat(origin.toMake()).containsOnlyKeys("lab-guest-state");
        assertThat(origin.problem()).isNotNull();
        assertThat(origin.known().isComplete()).isFalse();
    }

    @Test
    void a_claim_that_the_provisioner_gave_up_is_told_its_node_again() {
        VirtualMachine lab = written(machine("lab", "fromCheckpoint: base"));
        make(lab, "Pending");
        assertThat(origin(lab).toPlace()).isEmpty();

        claims.get("lab-root").getMetadata().setAnnotations(Map.of());

        assertThat(origin(lab).toPlace()).containsExactly(claims.get("lab-root"));
    }

    @Test
    void a_checkpoint_that_goes_too_soon_is_told_and_nothing_more_is_made() {
        VirtualMachine lab = written(machine("lab", "fromCheckpoint: base"));

        MachineOrigin origin = Origins.of(lab, null, null, claims::get);

        assertThat(origin.toMake()).isEmpty();
        assertThat(origin.disks().get("root").reason()).isEqualTo("CheckpointGone");
        assertThat(origin.disks().get("root").stalled()).isPresent();
    }

    @Test
    void another_checkpoint_of_the_same_name_is_not_taken_for_it() {
        VirtualMachine lab = written(machine("lab", "fromCheckpoint: base"));
        checkpoint.getMetadata().setUid("uid-other");

        assertThat(origin(lab).disks().get("root").reason()).isEqualTo("CheckpointGone");
    }

    @Test
    void what_can_not_be_made_says_why() {
        assertThat(Origins.of(machine("lab", "fromCheckpoint: base"), null, null, claims::get)
                        .problem()
                        .reason())
                .isEqualTo("CheckpointNotFound");
        assertThat(origin(machine("lab", "{fromCheckpoint: base, generation: 1}"))
                        .problem()
                        .message())
                .contains("generation: 1 is not 2", "\"golden\"", "make it with generation: 2");
        VirtualMachine unknown = written(machine("lab", "{fromCheckpoint: base, disks: [{name: boot}]}"));
        assertThat(origin(unknown).disks().get("boot").message()).contains("no disk of this name, only root, data");
        claim("lab-root", null, "1");
        VirtualMachine lab = written(machine("lab", "fromCheckpoint: base"));
        assertThat(origin(lab).disks().get("root").reason()).isEqualTo("ClaimNameTaken");
    }

    @Test
    void a_checkpoint_that_is_not_ready_is_waited_for_and_one_that_failed_is_told() {
        checkpoint.setStatus(Serialization.unmarshal(
                "phase: Creating", checkpoint.getStatus().getClass()));
        assertThat(origin(machine("lab", "fromCheckpoint: base")).problem().reason())
                .isEqualTo("CheckpointNotReady");

        checkpoint.setStatus(
                Serialization.unmarshal("phase: Failed", checkpoint.getStatus().getClass()));
        assertThat(origin(machine("lab", "fromCheckpoint: base")).problem().message())
                .contains("was not taken");
    }

    @Test
    void a_start_waits_for_the_firmwares_variables_and_the_disks() {
        VirtualMachine lab = written(machine("lab", "fromCheckpoint: base"));
        MachineOrigin origin = origin(lab);
        Observed observed = new Observed(
                lab,
                null,
                null,
                null,
                null,
                List.of(),
                List.of(),
                Prerequisites.MET,
                NodeRestart.UNKNOWN,
                MachineNetwork.of(Fixtures.IDENTITY),
                Fixtures.NOW,
                null,
                origin);

        Plan plan = Decision.decide(observed);

        assertThat(plan.start()).isEmpty();
        assertThat(plan.ready().message()).contains("firmware and TPM");
        assertThat(plan.actions()).hasSize(3).allMatch(Action.CreateClone.class::isInstance);
        assertThat(plan.again()).isNotNull();
    }
}
