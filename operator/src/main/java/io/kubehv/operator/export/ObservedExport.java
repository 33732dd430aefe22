package io.kubehv.operator.export;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.CheckpointStatus;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.Export;
import io.kubehv.api.v1alpha1.ExportPhase;
import io.kubehv.api.v1alpha1.ExportStatus;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.operator.status.Conditions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All that a decision about an export is made from.
 *
 * @param machine the VM that is exported, or whose checkpoint is
 * @param checkpoint what is exported: the one that the spec names, or that was taken for it
 * @param memory the claim with the memory that the checkpoint has kept, where that is wanted
 * @param present the machine that the VM would be if it started now, where the memory is wanted
 * @param sources the claims of the checkpoint's disks themselves, by the disks' names
 * @param claims the claims that were made of its snapshots
 * @param pod the pod that copies
 * @param percent how far that is
 * @param missing what the target names and the namespace has not; empty: all is there
 */
record ObservedExport(
        Export export,
        @Nullable VirtualMachine machine,
        @Nullable Checkpoint checkpoint,
        @Nullable PersistentVolumeClaim memory,
        @Nullable VirtualMachineDefinition present,
        Map<String, PersistentVolumeClaim> sources,
        List<PersistentVolumeClaim> claims,
        @Nullable Pod pod,
        @Nullable Integer percent,
        String missing,
        Instant now) {
    ObservedExport {
        sources = Map.copyOf(sources);
        claims = List.copyOf(claims);
    }

    /** The checkpoint that is taken for an export of a VM. */
    static String checkpointName(Export export) {
        return DerivedName.of(export.getMetadata().getName(), "export");
    }

    ExportStatus status() {
        return Objects.requireNonNullElse(export.getStatus(), ExportStatus.NONE);
    }

    ExportPhase phase() {
        return Objects.requireNonNullElse(status().phase(), ExportPhase.PENDING);
    }

    Conditions conditions() {
        return new Conditions(status().conditions());
    }

    /** Whether the checkpoint was taken for this export, and goes with it. */
    boolean isOwn(Checkpoint found) {
        Map<String, String> labels = found.getMetadata().getLabels();
        return labels != null && export.getMetadata().getUid().equals(labels.get(KubeHV.EXPORT_UID_LABEL));
    }

    /** The same, with the checkpoint that was taken for it, as the API server has it. */
    ObservedExport withOwn(@Nullable Checkpoint taken) {
        return taken == null || !isOwn(taken)
                ? this
                : new ObservedExport(
                        export, machine, taken, memory, present, sources, claims, pod, percent, missing, now);
    }

    boolean wantsMemory() {
        return Boolean.TRUE.equals(export.getSpec().memory());
    }

    List<CheckpointDisk> disks() {
        return Optional.ofNullable(checkpoint)
                .map(Checkpoint::getStatus)
                .map(CheckpointStatus::disks)
                .orElse(List.of());
    }
}
