package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.Condition;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import io.kubehv.api.v1alpha1.CheckpointStatus;
import io.kubehv.api.v1alpha1.CheckpointType;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The steps of a checkpoint's status, each made of the one before. The daemon's part is left out: it is not ours. */
final class CheckpointStatuses {
    private CheckpointStatuses() {}

    static CheckpointStatus at(CheckpointStatus before, CheckpointPhase phase) {
        return with(before, next -> next.phase = phase);
    }

    static CheckpointStatus typed(
            CheckpointStatus before, CheckpointType type, @Nullable String fallbackReason, boolean withMemory) {
        return with(before, next -> {
            next.type = type;
            next.fallbackReason = fallbackReason;
            next.withMemory = withMemory;
        });
    }

    static CheckpointStatus placed(
            CheckpointStatus before,
            @Nullable String parent,
            @Nullable String nodeName,
            @Nullable String machinePodUid,
            List<CheckpointDisk> disks) {
        return with(before, next -> {
            next.parent = parent;
            next.nodeName = nodeName;
            next.memoryClaim = null;
            next.memoryPodUid = null;
            next.machinePodUid = machinePodUid;
            next.disks = disks;
        });
    }

    static CheckpointStatus withMemory(CheckpointStatus before, @Nullable String claim, @Nullable String podUid) {
        return with(before, next -> {
            next.memoryClaim = claim;
            next.memoryPodUid = podUid;
        });
    }

    static CheckpointStatus withDisks(CheckpointStatus before, List<CheckpointDisk> disks) {
        return with(before, next -> next.disks = disks);
    }

    static CheckpointStatus current(CheckpointStatus before, boolean current) {
        return with(before, next -> next.current = current ? (Boolean) true : null);
    }

    /** As it is stored: with what it speaks of. */
    static CheckpointStatus of(
            CheckpointStatus before, @Nullable Long generation, @Nullable List<Condition> conditions) {
        return with(before, next -> {
            next.observedGeneration = generation;
            next.conditions = conditions;
        });
    }

    private static CheckpointStatus with(CheckpointStatus before, Consumer<Draft> change) {
        Draft next = new Draft(before);
        change.accept(next);
        return next.done();
    }

    /** The one place that knows the order of a status's fields. */
    private static final class Draft {
        private @Nullable CheckpointPhase phase;
        private @Nullable CheckpointType type;
        private @Nullable String fallbackReason;
        private @Nullable String parent;
        private @Nullable Boolean current;
        private @Nullable String nodeName;
        private @Nullable Boolean withMemory;
        private @Nullable String memoryClaim;
        private @Nullable String memoryPodUid;
        private @Nullable String machinePodUid;
        private @Nullable List<CheckpointDisk> disks;
        private @Nullable Long observedGeneration;
        private @Nullable List<Condition> conditions;

        Draft(CheckpointStatus before) {
            phase = before.phase();
            type = before.type();
            fallbackReason = before.fallbackReason();
            parent = before.parent();
            current = before.current();
            nodeName = before.nodeName();
            withMemory = before.withMemory();
            memoryClaim = before.memoryPersistentVolumeClaim();
            memoryPodUid = before.memoryPodUid();
            machinePodUid = before.machinePodUid();
            disks = before.disks();
        }

        CheckpointStatus done() {
            return new CheckpointStatus(
                    phase,
                    type,
                    fallbackReason,
                    parent,
                    current,
                    nodeName,
                    withMemory,
                    memoryClaim,
                    memoryPodUid,
                    machinePodUid,
                    disks,
                    null,
                    observedGeneration,
                    conditions);
        }
    }
}
