package io.kubehv.operator.export;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.CheckpointStatus;
import io.kubehv.api.v1alpha1.Export;
import io.kubehv.api.v1alpha1.ExportPhase;
import io.kubehv.api.v1alpha1.ExportSpec;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.Owners;
import io.kubehv.operator.WebReferences;
import io.kubehv.operator.checkpoint.CheckpointIndex;
import io.kubehv.operator.export.dependent.ExportClaim;
import io.kubehv.operator.export.dependent.ExportPod;
import io.kubehv.operator.pod.PodLogs;
import io.kubehv.operator.virtualmachine.MachineIndex;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Collects what a decision about an export is made from. */
@ApplicationScoped
public class ExportObserver {
    private final MachineIndex machines;
    private final CheckpointIndex checkpoints;
    private final WebReferences references;
    private final PodLogs logs;
    private final Clock clock;

    public ExportObserver(
            MachineIndex machines, CheckpointIndex checkpoints, WebReferences references, PodLogs logs, Clock clock) {
        this.machines = machines;
        this.checkpoints = checkpoints;
        this.references = references;
        this.logs = logs;
        this.clock = clock;
    }

    ObservedExport observe(Export export, ExportSources sources) {
        String namespace = export.getMetadata().getNamespace();
        ExportSpec spec = export.getSpec();
        Optional<Checkpoint> checkpoint = checkpoints.checkpoint(
                namespace,
                Objects.requireNonNullElseGet(spec.checkpoint(), () -> ObservedExport.checkpointName(export)));
        String machine = Objects.requireNonNullElseGet(
                spec.virtualMachine(),
                () -> checkpoint.map(found -> found.getSpec().virtualMachine()).orElse(""));
        List<CheckpointDisk> disks = checkpoint
                .map(Checkpoint::getStatus)
                .map(CheckpointStatus::disks)
                .orElse(List.of());
        Map<String, PersistentVolumeClaim> own = new LinkedHashMap<>();
        List<PersistentVolumeClaim> made = new ArrayList<>();
        for (CheckpointDisk disk : disks) {
            machines.claim(namespace, disk.persistentVolumeClaim()).ifPresent(claim -> own.put(disk.name(), claim));
            machines.claim(namespace, ExportClaim.name(export, disk.name())).ifPresent(made::add);
        }
        Optional<Pod> pod = sources.pod(namespace, ExportPod.name(export)).filter(found -> Owners.owns(export, found));
        boolean copies = export.getStatus() != null && export.getStatus().phase() == ExportPhase.COPYING;
        boolean begins = export.getStatus() == null
                || export.getStatus().phase() == null
                || export.getStatus().phase() == ExportPhase.PENDING;
        Optional<VirtualMachine> found = machines.machine(namespace, machine);
        boolean withMemory = Boolean.TRUE.equals(spec.memory());
        return new ObservedExport(
                export,
                found.orElse(null),
                checkpoint.orElse(null),
                withMemory ? checkpoint.flatMap(checkpoints::memory).orElse(null) : null,
                withMemory ? found.flatMap(machines::definitionOf).orElse(null) : null,
                own,
                made,
                pod.orElse(null),
                copies ? pod.flatMap(logs::percent).orElse(null) : null,
                begins && spec.target().http() != null
                        ? references.missing(namespace, spec.target().http())
                        : "",
                clock.instant());
    }
}
