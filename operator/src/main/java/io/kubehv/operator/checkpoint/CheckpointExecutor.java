package io.kubehv.operator.checkpoint;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.CheckpointStatus;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.OperatorSettings;
import io.kubehv.operator.Owners;
import io.kubehv.operator.Writes;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Refusal;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.MachineIndex;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Carries out a plan's actions. What was done already is done: every action may be repeated. */
@ApplicationScoped
public class CheckpointExecutor {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final KubernetesClient client;
    private final OperatorSettings settings;
    private final MachinePlace place;
    private final MachineIndex machines;

    public CheckpointExecutor(
            KubernetesClient client, OperatorSettings settings, MachinePlace place, MachineIndex machines) {
        this.client = client;
        this.settings = settings;
        this.place = place;
        this.machines = machines;
    }

    /** Does what the plan wants; returns what the cluster refused of it, and then does not do the rest. */
    Optional<Verdict> execute(ObservedCheckpoint observed, CheckpointPlan plan, CheckpointSources sources) {
        for (CheckpointAction action : plan.actions()) {
            try {
                perform(observed.checkpoint(), action, sources);
            } catch (KubernetesClientException e) {
                if (!Refusal.is(e)) {
                    throw e;
                }
                return Optional.of(Verdict.no(
                        Reason.CHANGE_REFUSED, "the cluster refuses what the checkpoint needs: " + Refusal.words(e)));
            }
        }
        return Optional.empty();
    }

    private void perform(Checkpoint checkpoint, CheckpointAction action, CheckpointSources sources) {
        switch (action) {
            case CheckpointAction.BelongTo(VirtualMachine machine) -> belongTo(checkpoint, machine);
            case CheckpointAction.CreateMemoryClaim create ->
                make(
                        CheckpointMemory.claim(
                                checkpoint, create.machine(), create.running(), storageClass(create.running())),
                        sources::made);
            case CheckpointAction.CopyMemory copy ->
                make(CheckpointMemory.copy(checkpoint, copy.saved(), copy.nodeName()), sources::made);
            case CheckpointAction.CreateMemoryPod create ->
                make(CheckpointMemory.pod(checkpoint, create.machine(), create.nodeName(), settings), sources::made);
            case CheckpointAction.DeletePod delete -> Writes.delete(client, delete.pod());
            case CheckpointAction.DeleteClaim delete -> Writes.delete(client, delete.claim());
            case CheckpointAction.Cut cut ->
                Writes.unlessThere(() -> client.genericKubernetesResources(VolumeSnapshotObjects.SNAPSHOTS)
                        .inNamespace(checkpoint.getMetadata().getNamespace())
                        .resource(VolumeSnapshotObjects.cut(checkpoint, cut.disk()))
                        .create());
            case CheckpointAction.Expose expose ->
                expose.disks().stream().filter(CheckpointDisk::ours).forEach(disk -> expose(checkpoint, disk));
            case CheckpointAction.Conceal _ -> conceal(checkpoint);
            case CheckpointAction.MoveMachine move ->
                Writes.unlessGone(() -> place.move(move.machine(), move.checkpoint()));
            case CheckpointAction.Reparent reparent -> reparent(reparent.child(), reparent.parent());
        }
    }

    /** What belongs to the machine is kept where its disks are. */
    private @Nullable String storageClass(Pod running) {
        return new PodFacts(running)
                .claims()
                .flatMap(volume -> machines.claim(running.getMetadata().getNamespace(), volume.claim()).stream())
                .map(claim -> claim.getSpec().getStorageClassName())
                .filter(name -> name != null && !name.isEmpty())
                .findFirst()
                .orElse(null);
    }

    private void belongTo(Checkpoint checkpoint, VirtualMachine machine) {
        ObjectNode metadata = JSON.createObjectNode();
        metadata.put("uid", checkpoint.getMetadata().getUid());
        metadata.putArray("ownerReferences").add(JSON.valueToTree(Owners.controller(machine)));
        String patch = JSON.createObjectNode().set("metadata", metadata).toString();
        Writes.unlessGone(() -> {
            var _ = client.resource(checkpoint).patch(PatchContext.of(PatchType.JSON_MERGE), patch);
        });
    }

    private <T extends HasMetadata> void make(T desired, Consumer<T> made) {
        Writes.unlessThere(() -> made.accept(client.resource(desired).create()));
    }

    private void expose(Checkpoint checkpoint, CheckpointDisk disk) {
        createIfKnown(client.genericKubernetesResources(VolumeSnapshotObjects.CONTENTS)
                .resource(VolumeSnapshotObjects.content(
                        checkpoint,
                        disk,
                        Objects.requireNonNull(checkpoint.getStatus().nodeName()))));
        createIfKnown(client.genericKubernetesResources(VolumeSnapshotObjects.SNAPSHOTS)
                .inNamespace(checkpoint.getMetadata().getNamespace())
                .resource(VolumeSnapshotObjects.snapshot(checkpoint, disk)));
    }

    /** A cluster without the kind has no tools for it, either. */
    private static void createIfKnown(Resource<GenericKubernetesResource> desired) {
        try {
            var _ = desired.create();
        } catch (KubernetesClientException e) {
            boolean there = e.getCode() == HttpURLConnection.HTTP_CONFLICT;
            if (!there && e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
                throw e;
            }
        }
    }

    private void conceal(Checkpoint checkpoint) {
        String namespace = checkpoint.getMetadata().getNamespace();
        for (CheckpointDisk disk : CheckpointDecision.disks(
                checkpoint.getStatus() == null ? CheckpointStatus.NONE : checkpoint.getStatus())) {
            Resource<GenericKubernetesResource> snapshot = client.genericKubernetesResources(
                            VolumeSnapshotObjects.SNAPSHOTS)
                    .inNamespace(namespace)
                    .withName(VolumeSnapshotObjects.name(checkpoint, disk.name()));
            Writes.unlessGone(() -> {
                GenericKubernetesResource found = snapshot.get();
                // One of that name may be somebody else's.
                if (found != null && Owners.owns(checkpoint, found)) {
                    var _ = snapshot.delete();
                }
            });
            Writes.unlessGone(() -> {
                var _ = client.genericKubernetesResources(VolumeSnapshotObjects.CONTENTS)
                        .withName(VolumeSnapshotObjects.contentName(checkpoint, disk.name()))
                        .delete();
            });
        }
    }

    /** One field of another's status, under our own name for all of it. */
    private void reparent(Checkpoint child, @Nullable String parent) {
        ObjectNode patch = JSON.createObjectNode();
        patch.putObject("metadata").put("uid", child.getMetadata().getUid());
        patch.putObject("status").put("parent", parent);
        Writes.unlessGone(() -> {
            var _ = client.resource(child)
                    .subresource("status")
                    .patch(
                            new PatchContext.Builder()
                                    .withPatchType(PatchType.JSON_MERGE)
                                    .withFieldManager(KubeHV.OPERATOR_FIELD_MANAGER)
                                    .build(),
                            patch.toString());
        });
    }
}
