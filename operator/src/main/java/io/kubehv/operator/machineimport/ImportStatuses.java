package io.kubehv.operator.machineimport;

import io.fabric8.kubernetes.api.model.Condition;
import io.kubehv.api.v1alpha1.ImportPhase;
import io.kubehv.api.v1alpha1.ImportStatus;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The steps of an import's status, each made of the one before. */
final class ImportStatuses {
    private ImportStatuses() {}

    static ImportStatus at(ImportStatus before, ImportPhase phase) {
        return with(before, phase, null, before.virtualMachine(), before.virtualHardDisks(), before.importedAt());
    }

    static ImportStatus copying(ImportStatus before, String machine, List<String> disks) {
        return with(before, ImportPhase.COPYING, null, machine, disks, null);
    }

    static ImportStatus progress(ImportStatus before, String progress) {
        return with(
                before,
                before.phase(),
                progress,
                before.virtualMachine(),
                before.virtualHardDisks(),
                before.importedAt());
    }

    static ImportStatus interrupted(ImportStatus before, ImportPhase phase, int interruptions) {
        return new ImportStatus(
                phase,
                null,
                before.virtualMachine(),
                before.virtualHardDisks(),
                before.importedAt(),
                interruptions,
                null,
                null);
    }

    static ImportStatus imported(ImportStatus before, Instant now) {
        return with(
                before,
                ImportPhase.IMPORTED,
                before.progress(),
                before.virtualMachine(),
                before.virtualHardDisks(),
                now.truncatedTo(ChronoUnit.SECONDS).toString());
    }

    /** As it is stored: with what it speaks of. */
    static ImportStatus of(ImportStatus before, @Nullable Long generation, @Nullable List<Condition> conditions) {
        return new ImportStatus(
                before.phase(),
                before.progress(),
                before.virtualMachine(),
                before.virtualHardDisks(),
                before.importedAt(),
                before.interruptions(),
                generation,
                conditions);
    }

    private static ImportStatus with(
            ImportStatus before,
            @Nullable ImportPhase phase,
            @Nullable String progress,
            @Nullable String machine,
            @Nullable List<String> disks,
            @Nullable String importedAt) {
        return new ImportStatus(phase, progress, machine, disks, importedAt, before.interruptions(), null, null);
    }
}
