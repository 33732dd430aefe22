package io.kubehv.operator.checkpointschedule;

import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointScheduleStatus;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.status.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pass does about a schedule.
 *
 * @param status what the status becomes; its conditions are made of {@code ready}
 * @param take the VMs of which a checkpoint is taken now
 * @param at the time of the schedule that they are taken for; null: none is taken
 * @param delete the checkpoints that go
 * @param again when to look again though nothing may tell; null: only when something tells
 */
record SchedulePlan(
        CheckpointScheduleStatus status,
        Verdict ready,
        List<VirtualMachine> take,
        @Nullable Instant at,
        List<Checkpoint> delete,
        @Nullable Duration again) {
    SchedulePlan {
        take = List.copyOf(take);
        delete = List.copyOf(delete);
    }
}
