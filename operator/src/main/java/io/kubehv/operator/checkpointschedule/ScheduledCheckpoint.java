package io.kubehv.operator.checkpointschedule;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointSchedule;
import io.kubehv.api.v1alpha1.CheckpointSpec;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.Owners;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Optional;

/**
 * A checkpoint that a schedule takes. It is marked as the schedule's and belongs to its VM as any other: it goes with the VM, and
 * not with the schedule.
 */
final class ScheduledCheckpoint {
    /** Label: the UID of the schedule that took it (a name may be longer than a label's value). */
    static final String SCHEDULE_UID_LABEL = KubeHV.GROUP + "/checkpoint-schedule-uid";

    private static final String SCHEDULE_ANNOTATION = KubeHV.GROUP + "/checkpoint-schedule";
    private static final String TIME_ANNOTATION = KubeHV.GROUP + "/scheduled-at";
    private static final DateTimeFormatter NAME =
            DateTimeFormatter.ofPattern("uuuuMMdd-HHmm").withZone(ZoneOffset.UTC);

    private ScheduledCheckpoint() {}

    /** The same time gives the same name: a pass that is done again makes none twice. */
    static Checkpoint desired(CheckpointSchedule schedule, VirtualMachine machine, Instant time) {
        String own = schedule.getMetadata().getName();
        String name = machine.getMetadata().getName();
        String base = schedule.getSpec().virtualMachine() == null ? own + "-" + name : own;
        Checkpoint checkpoint = new Checkpoint();
        checkpoint.setMetadata(new ObjectMetaBuilder()
                .withName(DerivedName.of(base, NAME.format(time)))
                .withNamespace(schedule.getMetadata().getNamespace())
                .withOwnerReferences(Owners.controller(machine))
                .addToLabels(SCHEDULE_UID_LABEL, schedule.getMetadata().getUid())
                .addToAnnotations(SCHEDULE_ANNOTATION, own)
                .addToAnnotations(TIME_ANNOTATION, time.toString())
                .build());
        checkpoint.setSpec(new CheckpointSpec(name, schedule.getSpec().type()));
        return checkpoint;
    }

    /** The name of the schedule that took it. */
    static Optional<String> schedule(Checkpoint checkpoint) {
        return annotation(checkpoint, SCHEDULE_ANNOTATION);
    }

    static boolean isOf(CheckpointSchedule schedule, Checkpoint checkpoint) {
        Map<String, String> labels = checkpoint.getMetadata().getLabels();
        return labels != null && schedule.getMetadata().getUid().equals(labels.get(SCHEDULE_UID_LABEL));
    }

    /** The time of the schedule that it was taken for, unless somebody has changed that. */
    static Optional<Instant> scheduledAt(Checkpoint checkpoint) {
        try {
            return annotation(checkpoint, TIME_ANNOTATION).map(Instant::parse);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> annotation(Checkpoint checkpoint, String name) {
        return Optional.ofNullable(checkpoint.getMetadata().getAnnotations()).map(annotations -> annotations.get(name));
    }
}
