package io.kubehv.operator.machineimport;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.HttpFolder;
import io.kubehv.api.v1alpha1.Import;
import io.kubehv.api.v1alpha1.ImportPhase;
import io.kubehv.api.v1alpha1.ImportStatus;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.hv.definition.DefinitionException;
import io.kubehv.hv.definition.ExportManifest;
import io.kubehv.operator.Owners;
import io.kubehv.operator.WebReferences;
import io.kubehv.operator.machineimport.dependent.ImportedDisk;
import io.kubehv.operator.machineimport.dependent.ImportedMachine;
import io.kubehv.operator.machineimport.dependent.MachineImportPod;
import io.kubehv.operator.pod.OneShotPod;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.pod.PodLogs;
import io.kubehv.operator.virtualmachine.MachineIndex;
import io.kubehv.operator.virtualmachine.dependent.GuestState;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Collects what a decision about an import is made from. */
@ApplicationScoped
public class ImportObserver {
    private final MachineIndex machines;
    private final WebReferences references;
    private final PodLogs logs;
    private final Clock clock;

    public ImportObserver(MachineIndex machines, WebReferences references, PodLogs logs, Clock clock) {
        this.machines = machines;
        this.references = references;
        this.logs = logs;
        this.clock = clock;
    }

    /** What is asked for, as far as it is understood. */
    private record Understood(
            @Nullable ExportManifest manifest,
            @Nullable VirtualMachine desired,
            @Nullable String problem) {
        static final Understood NOTHING = new Understood(null, null, null);
    }

    ObservedImport observe(Import request, ImportSources sources) {
        String namespace = request.getMetadata().getNamespace();
        Optional<Pod> inspection = sources.pod(namespace, MachineImportPod.inspectionName(request))
                .filter(pod -> Owners.owns(request, pod));
        Optional<ImportStatus> status = Optional.ofNullable(request.getStatus());
        Understood understood = inspection
                .filter(pod -> new PodFacts(pod).succeeded())
                .map(pod -> understand(request, pod))
                .orElse(Understood.NOTHING);
        VirtualMachine desired = understood.desired();
        ExportManifest manifest = understood.manifest();
        @Nullable
        String name = desired == null
                ? status.map(ImportStatus::virtualMachine).orElse(null)
                : desired.getMetadata().getName();
        List<String> names = status.map(ImportStatus::virtualHardDisks)
                .orElseGet(() -> manifest == null || name == null
                        ? List.of()
                        : manifest.disks().stream()
                                .map(disk -> ImportedDisk.name(name, disk.name()))
                                .toList());
        List<VirtualHardDisk> disks = names.stream()
                .flatMap(disk -> sources.disk(namespace, disk).stream())
                .toList();
        VirtualMachine machine =
                name == null ? null : machines.machine(namespace, name).orElse(null);
        PersistentVolumeClaim guestState = name == null ? null : claim(namespace, name, GuestState::name);
        PersistentVolumeClaim savedState = name == null ? null : claim(namespace, name, SavedState::name);
        HttpFolder http = request.getSpec().source().http();
        boolean begins = status.map(ImportStatus::phase)
                .filter(phase -> phase != ImportPhase.PENDING)
                .isEmpty();
        return new ObservedImport(
                request,
                inspection.orElse(null),
                manifest,
                understood.problem(),
                desired,
                machine,
                manifest == null || manifest.uuid() == null
                        ? null
                        : machines.withUuid(manifest.uuid()).orElse(null),
                disks,
                strangers(namespace, names, disks, Stream.of(guestState, savedState), request),
                guestState,
                savedState,
                sources.pod(namespace, MachineImportPod.stateName(request))
                        .filter(pod -> Owners.owns(request, pod))
                        .orElse(null),
                begins && http != null ? references.missing(namespace, http) : "",
                clock.instant());
    }

    private @Nullable PersistentVolumeClaim claim(
            String namespace, String machine, Function<VirtualMachine, String> nameOf) {
        VirtualMachine named = new VirtualMachine();
        named.getMetadata().setName(machine);
        return machines.claim(namespace, nameOf.apply(named)).orElse(null);
    }

    private List<String> strangers(
            String namespace,
            List<String> names,
            List<VirtualHardDisk> disks,
            Stream<@Nullable PersistentVolumeClaim> others,
            Import request) {
        List<String> strangers = new ArrayList<>(names.stream()
                .filter(name -> disks.stream()
                        .noneMatch(disk -> disk.getMetadata().getName().equals(name)))
                .filter(name -> machines.hasClaim(namespace, name))
                .toList());
        others.flatMap(Stream::ofNullable)
                .filter(claim -> !Owners.owns(request, claim))
                .map(claim -> claim.getMetadata().getName())
                .forEach(strangers::add);
        return strangers;
    }

    private Understood understand(Import request, Pod pod) {
        Optional<String> json = manifest(pod);
        if (json.isEmpty()) {
            return Understood.NOTHING;
        }
        try {
            ExportManifest manifest = ExportManifest.fromJson(json.get());
            return new Understood(manifest, ImportedMachine.desired(request, manifest), null);
        } catch (DefinitionException | IllegalArgumentException e) {
            return new Understood(null, null, "the manifest can't be imported: " + e.getMessage());
        }
    }

    /** In its last words, or where it is too long for them, on the line of the log before them. */
    private Optional<String> manifest(Pod pod) {
        JsonNode told = OneShotPod.told(new PodFacts(pod));
        if (told.path("manifest").isTextual()) {
            return Optional.of(told.path("manifest").asText());
        }
        return logs.lastLines(pod, 2).flatMap(lines -> lines.lines().findFirst());
    }
}
