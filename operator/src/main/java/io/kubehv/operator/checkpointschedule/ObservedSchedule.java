package io.kubehv.operator.checkpointschedule;

import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointSchedule;
import io.kubehv.api.v1alpha1.CheckpointScheduleStatus;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.status.Conditions;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * All that a decision about a schedule is made from.
 *
 * @param machines the VMs that it is for
 * @param taken the checkpoints that it took, also of VMs that it is for no more
 * @param counts by VM, how many checkpoints that has of its 50
 */
record ObservedSchedule(
        CheckpointSchedule schedule,
        List<VirtualMachine> machines,
        List<Checkpoint> taken,
        Map<String, Long> counts,
        Instant now) {
    ObservedSchedule {
        machines = List.copyOf(machines);
        taken = List.copyOf(taken);
        counts = Map.copyOf(counts);
    }

    CheckpointScheduleStatus status() {
        return schedule.getStatus() == null ? CheckpointScheduleStatus.NONE : schedule.getStatus();
    }

    Conditions conditions() {
        return new Conditions(status().conditions());
    }

    /** The time from which on the schedule's times count. */
    Instant since() {
        String last = status().lastScheduleTime();
        return Instant.parse(last == null ? schedule.getMetadata().getCreationTimestamp() : last);
    }
}
