package io.kubehv.vmbus.checkpoint;

import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import io.kubehv.api.v1alpha1.CheckpointStatus;
import io.kubehv.api.v1alpha1.CheckpointType;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint that this node's daemon is to take or delete.
 *
 * @param machinePodUid the pod of the VM that it is of; null: the VM is off
 * @param withMemory whether the guest's memory is a part of it
 * @param memoryPodUid the pod with the volume for the memory; null: there is none
 * @param disks the volumes that are a part of it
 * @param capture how far it is, as the API server has it; null: nothing was told, or of another attempt
 */
public record CheckpointOrder(
        String namespace,
        String name,
        String uid,
        @Nullable String machinePodUid,
        CheckpointType type,
        boolean withMemory,
        @Nullable String memoryPodUid,
        List<CheckpointDisk> disks,
        boolean deleting,
        @Nullable CheckpointCapture capture) {
    /** What a user is told of one that an earlier life of the daemon broke off. */
    public static final String INTERRUPTED =
            "the node's daemon was restarted while it was taken; make a new Checkpoint";

    private static final String CUT = "checkpoint-";

    /**
     * A disk of another CSI driver, of which the operator has a VolumeSnapshot made.
     *
     * @param name the disk's name in the VM
     * @param kept whether the driver has kept its state
     */
    public record Foreign(String name, String driver, boolean kept) {
        @Override
        public String toString() {
            return name + " (" + driver + ")";
        }
    }

    /** Copies the list. */
    public CheckpointOrder {
        disks = List.copyOf(disks);
    }

    /** Our CSI driver's handles of those of the volumes that it has. */
    public List<String> volumes() {
        return disks.stream()
                .filter(CheckpointDisk::ours)
                .map(CheckpointDisk::volumeHandle)
                .toList();
    }

    /** The disks that other CSI drivers have, and whether those have kept them. */
    public List<Foreign> foreign() {
        return disks.stream()
                .flatMap(disk -> Stream.ofNullable(disk.foreign())
                        .map(foreign -> new Foreign(disk.name(), foreign.driver(), foreign.creationTime() != null)))
                .toList();
    }

    /** What a checkpoint's object asks for now; empty while that is nothing. */
    public static Optional<CheckpointOrder> of(Checkpoint checkpoint) {
        CheckpointStatus status = checkpoint.getStatus();
        if (status == null || status.type() == null) {
            return Optional.empty();
        }
        boolean deleting = status.phase() == CheckpointPhase.DELETING;
        boolean taken = status.phase() == CheckpointPhase.CREATING || status.phase() == CheckpointPhase.SAVING_MEMORY;
        if (!taken && !deleting) {
            return Optional.empty();
        }
        CheckpointCapture capture = status.capture();
        boolean ofThisAttempt = capture != null && (deleting || capture.type() == status.type());
        return Optional.of(new CheckpointOrder(
                checkpoint.getMetadata().getNamespace(),
                checkpoint.getMetadata().getName(),
                checkpoint.getMetadata().getUid(),
                status.machinePodUid(),
                status.type(),
                Boolean.TRUE.equals(status.withMemory()),
                status.memoryPodUid(),
                Objects.requireNonNullElse(status.disks(), List.of()),
                deleting,
                ofThisAttempt ? capture : null));
    }

    /** Under which name the driver keeps the states of its volumes. */
    public String cutName() {
        return CUT + uid + "-" + type.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Whether both are the same attempt at the same checkpoint. */
    public boolean isSameAs(@Nullable CheckpointOrder other) {
        return other != null && uid.equals(other.uid) && type == other.type;
    }

    /** Whether somebody has begun it and not come to an end. */
    public boolean isUnderWay() {
        return capture != null
                && (capture.stage() == CheckpointCapture.Stage.STARTED
                        || capture.stage() == CheckpointCapture.Stage.CUTTING
                        || capture.stage() == CheckpointCapture.Stage.SAVING_MEMORY);
    }

    @Override
    public String toString() {
        return namespace + "/" + name;
    }
}
