package io.kubehv.operator.export;

import io.fabric8.kubernetes.api.model.Condition;
import io.kubehv.api.v1alpha1.CaptureState;
import io.kubehv.api.v1alpha1.ExportPhase;
import io.kubehv.api.v1alpha1.ExportStatus;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The steps of an export's status, each made of the one before. */
final class ExportStatuses {
    private ExportStatuses() {}

    static ExportStatus at(ExportStatus before, ExportPhase phase) {
        return with(before, next -> {
            next.phase = phase;
            next.progress = null;
        });
    }

    static ExportStatus copying(
            ExportStatus before,
            String machine,
            String checkpoint,
            @Nullable CaptureState captured,
            boolean memory,
            String location) {
        return with(before, next -> {
            next.phase = ExportPhase.COPYING;
            next.machine = machine;
            next.checkpoint = checkpoint;
            next.captured = captured;
            next.memory = memory ? true : null;
            next.location = location;
        });
    }

    /** @param percent null: what was seen last stays */
    static ExportStatus progress(ExportStatus before, @Nullable Integer percent) {
        return percent == null ? before : with(before, next -> next.progress = percent + "%");
    }

    static ExportStatus interrupted(ExportStatus before, int interruptions) {
        return with(before, next -> {
            next.progress = null;
            next.interruptions = interruptions;
        });
    }

    static ExportStatus exported(ExportStatus before, long bytes, String at) {
        return with(before, next -> {
            next.phase = ExportPhase.EXPORTED;
            next.progress = "100%";
            next.bytes = bytes;
            next.exportedAt = at;
        });
    }

    /** As it is stored: with what it speaks of. */
    static ExportStatus of(ExportStatus before, @Nullable Long generation, @Nullable List<Condition> conditions) {
        return with(before, next -> {
            next.generation = generation;
            next.conditions = conditions;
        });
    }

    private static ExportStatus with(ExportStatus before, Consumer<Draft> change) {
        Draft next = new Draft(before);
        change.accept(next);
        return next.done();
    }

    /** The one place that knows the order of a status's fields. */
    private static final class Draft {
        private @Nullable ExportPhase phase;
        private @Nullable String progress;
        private @Nullable String machine;
        private @Nullable String checkpoint;
        private @Nullable CaptureState captured;
        private @Nullable Boolean memory;
        private @Nullable String location;
        private @Nullable Long bytes;
        private @Nullable String exportedAt;
        private @Nullable Integer interruptions;
        private @Nullable Long generation;
        private @Nullable List<Condition> conditions;

        Draft(ExportStatus before) {
            phase = before.phase();
            progress = before.progress();
            machine = before.virtualMachine();
            checkpoint = before.checkpoint();
            captured = before.captureState();
            memory = before.memory();
            location = before.location();
            bytes = before.bytes();
            exportedAt = before.exportedAt();
            interruptions = before.interruptions();
        }

        ExportStatus done() {
            return new ExportStatus(
                    phase,
                    progress,
                    machine,
                    checkpoint,
                    captured,
                    memory,
                    location,
                    bytes,
                    exportedAt,
                    interruptions,
                    generation,
                    conditions);
        }
    }
}
