package io.kubehv.operator.virtualharddisk;

import io.fabric8.kubernetes.api.model.DeleteOptions;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.kubehv.api.v1alpha1.Disk;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VirtualHardDiskPhase;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.OperatorSettings;
import io.kubehv.operator.Owners;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualharddisk.dependent.DiskClaim;
import io.kubehv.operator.virtualharddisk.dependent.ImportPod;
import io.kubehv.operator.virtualharddisk.dependent.Placement;
import io.kubehv.operator.virtualmachine.MachineIndex;
import io.kubehv.operator.virtualmachine.MachineSources;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Carries out a disk's plan. What was done already is done: every action may be repeated. */
@ApplicationScoped
public class DiskExecutor {
    private static final int UNPROCESSABLE = 422;
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);

    private final KubernetesClient client;
    private final OperatorSettings settings;
    private final MachineIndex machines;

    public DiskExecutor(KubernetesClient client, OperatorSettings settings, MachineIndex machines) {
        this.client = client;
        this.settings = settings;
        this.machines = machines;
    }

    /**
     * Does what the plan wants.
     *
     * @return what the disk comes to instead, when the cluster refuses
     */
    public Optional<DiskPlan> execute(ObservedDisk observed, DiskPlan plan, DiskSources sources) {
        for (DiskAction action : plan.actions()) {
            Optional<DiskPlan> setback = perform(observed, action, sources);
            if (setback.isPresent()) {
                return setback;
            }
        }
        return Optional.empty();
    }

    private Optional<DiskPlan> perform(ObservedDisk observed, DiskAction action, DiskSources sources) {
        return switch (action) {
            case DiskAction.CreateClaim create -> createClaim(observed, create.copy(), sources);
            case DiskAction.CreateImportPod create -> createPod(observed, create.attempt(), sources);
            case DiskAction.GrowClaim grow ->
                merge(
                        grow.claim(),
                        "{\"spec\":{\"resources\":{\"requests\":{\"storage\":\"%d\"}}}}".formatted(grow.bytes()));
            case DiskAction.MarkFilled filled ->
                merge(
                        filled.claim(),
                        "{\"metadata\":{\"annotations\":{\"%s\":\"true\"}}}".formatted(DiskClaim.filledAnnotation()));
            case DiskAction.DeletePod delete -> delete(delete.pod());
        };
    }

    private Optional<DiskPlan> createClaim(ObservedDisk observed, boolean clone, DiskSources sources) {
        VirtualHardDisk disk = observed.disk();
        PersistentVolumeClaim desired = clone
                ? DiskClaim.clone(disk, observed.storage(), settings)
                : DiskClaim.desired(disk, observed.storage(), settings);
        try {
            sources.made(client.resource(desired).create());
            return Optional.empty();
        } catch (KubernetesClientException e) {
            return refusal(e, disk);
        }
    }

    private Optional<DiskPlan> refusal(KubernetesClientException e, VirtualHardDisk disk) {
        String message = e.getStatus() == null
                ? String.valueOf(e.getMessage())
                : e.getStatus().getMessage();
        return switch (e.getCode()) {
            case HttpURLConnection.HTTP_CONFLICT -> nameTaken(disk);
            case HttpURLConnection.HTTP_FORBIDDEN, HttpURLConnection.HTTP_BAD_REQUEST, UNPROCESSABLE ->
                Optional.of(pending(Reason.CLAIM_REFUSED, "the cluster refuses its claim: " + message));
            default -> throw e;
        };
    }

    private Optional<DiskPlan> nameTaken(VirtualHardDisk disk) {
        String name = disk.getMetadata().getName();
        PersistentVolumeClaim present = client.persistentVolumeClaims()
                .inNamespace(disk.getMetadata().getNamespace())
                .withName(name)
                .get();
        if (present == null || Owners.owns(disk, present)) {
            return Optional.empty();
        }
        return Optional.of(
                pending(
                        Reason.DISK_NAME_TAKEN,
                        "there is a PersistentVolumeClaim \"" + name
                                + "\" that is not this disk's; a VM can use it by persistentVolumeClaim, or give the disk another name"));
    }

    private static DiskPlan pending(Reason reason, String message) {
        return DiskPlan.of(VirtualHardDiskPhase.PENDING, Verdict.no(reason, message))
                .lookAgain(LOOK_AGAIN);
    }

    private Optional<DiskPlan> createPod(ObservedDisk observed, int attempt, DiskSources sources) {
        Pod desired = ImportPod.desired(observed, attempt, placement(observed.disk(), sources), settings);
        try {
            sources.made(client.resource(desired).create());
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_FORBIDDEN || e.getCode() == UNPROCESSABLE) {
                return Optional.of(
                        pending(Reason.POD_REFUSED, "the cluster refuses its import's pod: " + e.getMessage()));
            }
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
            // Made before, or the last one is still going: the watch tells.
        }
        return Optional.empty();
    }

    /** By the rules of a VM that uses the disk, and beside its other disks that need nothing of this one. */
    private Placement placement(VirtualHardDisk disk, DiskSources sources) {
        String namespace = disk.getMetadata().getNamespace();
        String name = disk.getMetadata().getName();
        List<VirtualMachine> users = machines.users(namespace, name);
        if (users.isEmpty()) {
            return Placement.anywhere();
        }
        VirtualMachine machine = users.getFirst();
        List<Disk> disks = machine.getSpec().disks() == null
                ? List.of()
                : machine.getSpec().disks();
        List<String> siblings = disks.stream()
                .map(other -> MachineSources.claimName(machine, other))
                .filter(other -> !other.equals(name))
                .filter(other -> sources.disk(namespace, other)
                        .map(found -> found.getSpec().parent() == null)
                        .orElse(false))
                .toList();
        return Placement.with(machine, siblings);
    }

    private Optional<DiskPlan> delete(Pod pod) {
        DeleteOptions exactly = new DeleteOptionsBuilder()
                .withNewPreconditions()
                .withUid(pod.getMetadata().getUid())
                .endPreconditions()
                .build();
        String path = "/api/v1/namespaces/%s/pods/%s"
                .formatted(pod.getMetadata().getNamespace(), pod.getMetadata().getName());
        return unlessGone(() -> client.raw(path, "DELETE", exactly));
    }

    private Optional<DiskPlan> merge(HasMetadata resource, String patch) {
        return unlessGone(() -> client.resource(resource).patch(PatchContext.of(PatchType.JSON_MERGE), patch));
    }

    private static Optional<DiskPlan> unlessGone(Runnable change) {
        try {
            change.run();
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
                throw e;
            }
            // Gone is what was wanted, or what can't be helped: the watch tells of it.
        }
        return Optional.empty();
    }
}
