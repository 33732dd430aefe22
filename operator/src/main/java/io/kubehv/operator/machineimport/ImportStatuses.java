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
        return with(
                before,
                phase,
                null,
                before.virtualMachine(),
                before.virtualHardDisks(),
                before.memory(),
                before.importedAt());
    }

    static ImportStatus copying(ImportStatus before, String machine, List<String> disks, boolean memory) {
        return with(before, ImportPhase.COPYING, null, machine, disks, memory ? true : null, null);
    }

    static ImportStatus progress(ImportStatus before, String progress) {
        return with(
                before,
                before.phase(),
                progress,
                before.virtualMachine(),
                before.virtualHardDisks(),
                before.memory(),
                before.importedAt());
    }

    static ImportStatus interrupted(ImportStatus before, ImportPhase phase, int interruptions) {
        return new ImportStatus(
                phase,
                null,
                before.virtualMachine(),
                before.virtualHardDisks(),
                before.memory(),
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
                before.memory(),
                now.truncatedTo(ChronoUnit.SECONDS).toString());
    }

    /** As it is stored: with what it speaks of. */
    static ImportStatus of(ImportStatus before, @Nullable Long generation, @Nullable List<Condition> conditions) {
        return new ImportStatus(
                before.phase(),
                before.progress(),
                before.virtualMachine(),
                before.virtualHardDisks(),
                before.memory(),
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
            @Nullable Boolean memory,
            @Nullable String importedAt) {
        return new ImportStatus(
                phase, progress, machine, disks, memory, importedAt, before.interruptions(), null, null);
    }
}
